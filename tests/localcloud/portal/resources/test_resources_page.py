"""The resources page: groups, drift with the commands that fix it, changes, and one resource without its secrets."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from localcloud import extras
from localcloud.portal.application import application
from localcloud.portal.page import Connections
from localcloud.portal.resources import PAGE
from localcloud.resources.model import Model
from localcloud.resources.server import ResourceServer
from localcloud.serving import Server

from ...resources.conftest import Ids, Paper

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
SIZES = ((1280, 720), (1366, 650), (1440, 900))


@dataclass
class Shown:
    """A subscription, and a portal that shows it."""

    url: str
    server: ResourceServer
    ids: Ids
    http: aiohttp.ClientSession

    @property
    def model(self) -> Model:
        return self.server.model

    async def apply(self, bodies: dict[str, Any]) -> None:
        """Writes resources as the provider does."""
        headers = {"Authorization": f"Bearer {self.server.token}"}
        for id, body in bodies.items():
            async with self.http.put(self.server.url + id, json=body, headers=headers) as answer:
                assert answer.status in (200, 201), await answer.text()

    async def everything(self) -> None:
        """The camp, applied: a reference that is resolved, one that is not, and a secret in plain."""
        vault = self.ids.name(self.ids.vault)
        settings = {
            "SLACK_BOT_TOKEN": f"@Microsoft.KeyVault(VaultName={vault};SecretName=token)",
            "SLACK_SIGNING_SECRET": f"@Microsoft.KeyVault(SecretUri=https://{vault}.vault.azure.net/secrets/signing)",
            "API_KEY": "plain-secret",
            "SLACK_API_URL": "https://slack.com/api/",
        }
        bodies = self.ids.bodies()
        await self.apply(bodies | {self.ids.site: self.ids.site_body(settings)})
        principal = (await self.model.get(self.ids.identity))["properties"]["principalId"]
        await self.ids.give(SECRETS_USER, principal, self.ids.vault)
        lock = {"properties": {"level": "CanNotDelete", "notes": "keep what people said"}}
        await self.apply({self.ids.lock(self.ids.cosmos): lock})

    async def drift(self) -> None:
        """A queue is deleted by hand, and a setting of the app is changed by hand."""
        await self.model.effects.storage.remove(self.ids.name(self.ids.storage), "queues", "reports")
        await self.model.patch(self.ids.site, {"properties": {"httpsOnly": True}})


@pytest_asyncio.fixture(loop_scope="session")
async def shown(tmp_path: Path) -> AsyncIterator[Shown]:
    model = Model(None, Paper(), random.Random(1))
    await model.start()
    server = ResourceServer(model)
    server.overview.app_url = lambda name: f"http://127.0.0.1:7000/{name}"
    await server.start()
    settings = {
        "CAMP_RESOURCES_URL": server.url, "CAMP_RESOURCES_TOKEN": server.token,
        "CAMP_OPENED": "6-infrastructure-as-code",
    }  # fmt: skip
    portal = Server(application(Connections(settings, tmp_path, ["resources"]), pages=[PAGE]))
    await portal.start()
    async with aiohttp.ClientSession() as http:
        yield Shown(portal.url, server, Ids(model), http)
    await portal.stop()
    await server.stop()
    await model.stop()


async def test_before_the_first_apply_it_says_what_to_type(page: Page, shown: Shown) -> None:
    await page.goto(f"{shown.url}/resources")
    await expect(page.get_by_role("heading", name="No resource yet")).to_be_visible()
    await expect(page.locator(".commands")).to_contain_text("camp tofu apply")
    await expect(page.locator("#nothing")).to_contain_text("such as -var-file=dev.tfvars.json")
    await expect(page.locator("#elsewhere")).to_contain_text("camp tofu -chdir=work/6-infrastructure-as-code apply")


async def test_what_is_applied_appears_by_itself_below_what_it_lies_in(page: Page, shown: Shown) -> None:
    await page.goto(f"{shown.url}/resources")
    await expect(page.get_by_role("heading", name="No resource yet")).to_be_visible()
    await shown.everything()
    await expect(page.locator("#groups a")).to_contain_text("rg-camp-dev")
    rows = page.locator("#rows tr")
    await expect(rows).to_have_count(10)
    await expect(rows.nth(1)).to_contain_text("Queue")
    await expect(rows.nth(1).locator(".depth-1")).to_contain_text("reports")
    await expect(page.locator("#rows .badge-of.good")).to_have_count(10)
    await expect(page.get_by_role("link", name="http://127.0.0.1:7000/func-campdev")).to_be_visible()


async def test_drift_is_said_with_the_commands_that_show_and_fix_it(page: Page, shown: Shown) -> None:
    await shown.everything()
    await page.goto(f"{shown.url}/resources")
    await page.get_by_role("tab", name="Drift (0)").click()
    await expect(page.locator("#no-drift")).to_contain_text("Nothing differs")
    await shown.drift()
    await expect(page.get_by_role("tab", name="Drift (2)")).to_be_visible()
    gone, changed = page.locator("#drifts > li").nth(0), page.locator("#drifts > li").nth(1)
    await expect(gone).to_contain_text("reports")
    await expect(gone).to_contain_text("something else than an apply deleted it")
    await expect(gone.locator("code")).to_have_text(["camp tofu plan", "camp tofu apply"])
    await expect(gone).to_contain_text("with the options of your last apply, such as -var-file=dev.tfvars.json")
    await expect(gone).to_contain_text("-chdir=work/6-infrastructure-as-code")
    await expect(changed.locator(".differences tbody tr")).to_have_text(["httpsOnlyfalsetrue"])
    await expect(page.locator("#groups .bad")).to_have_text("2 drift")
    await shown.apply({shown.ids.queue: {}})
    await expect(page.locator("#drifts > li")).to_have_count(1)


async def test_changes_come_live_with_who_made_them(page: Page, shown: Shown) -> None:
    await shown.everything()
    await page.goto(f"{shown.url}/resources?tab=changes")
    newest = page.locator("#group-changes li").first
    await expect(newest).to_contain_text("Management lock")
    await expect(page.locator("#group-changes")).to_contain_text("Key Vault Secrets UserRole assignment")
    await shown.model.delete(shown.ids.lock(shown.ids.cosmos))
    await expect(newest).to_contain_text("deleted")
    await expect(newest).to_contain_text("by something else")


async def test_a_resource_shows_references_and_never_what_they_lead_to(page: Page, shown: Shown) -> None:
    await shown.everything()
    await page.goto(f"{shown.url}/resources")
    await page.get_by_role("link", name="func-campdev", exact=True).click()
    await expect(page.get_by_role("heading", name="func-campdev")).to_be_visible()
    rows = page.locator("#settings-rows tr")
    await expect(rows.filter(has_text="SLACK_BOT_TOKEN")).to_contain_text("SecretName=token)resolved")
    await expect(rows.filter(has_text="SLACK_SIGNING_SECRET")).to_contain_text("there is no such secret")
    await expect(rows.filter(has_text="API_KEY")).to_contain_text("looks like a secret")
    await expect(rows.filter(has_text="SLACK_API_URL")).to_contain_text("https://slack.com/api/")
    text = await page.content()
    assert "plain-secret" not in text and "xoxb-1" not in text
    await expect(page.get_by_role("link", name="Open the app")).to_have_attribute(
        "href", "http://127.0.0.1:7000/func-campdev"
    )
    await page.get_by_role("link", name="← rg-camp-dev").click()
    await page.get_by_role("link", name="cosmos-campdev").click()
    await expect(page.locator("#lock-rows")).to_contain_text("keep what people said")
    await expect(page.locator("#inside-rows tr")).to_have_count(2)
    await page.goto(f"{shown.url}/resources?id={shown.ids.identity}")
    await expect(page.locator("#given-rows")).to_contain_text("Key Vault Secrets User")


async def test_what_a_destroy_leaves_is_the_history(page: Page, shown: Shown) -> None:
    await shown.apply({shown.ids.group: {"location": "japaneast"}})
    headers = {"Authorization": f"Bearer {shown.server.token}"}
    async with shown.http.delete(shown.server.url + shown.ids.group, headers=headers) as answer:
        assert answer.status == 200
    await page.goto(f"{shown.url}/resources")
    await expect(page.get_by_role("heading", name="No resource yet")).to_be_visible()
    await expect(page.locator("#past-changes li")).to_have_count(2)
    await expect(page.locator("#past-changes li").first).to_contain_text("deleted")


async def test_it_works_with_the_keyboard_alone(page: Page, shown: Shown) -> None:
    await shown.everything()
    await shown.drift()
    await page.goto(f"{shown.url}/resources")
    await page.get_by_role("tab", name="Resources").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Drift (2)")).to_be_focused()
    await expect(page.locator("#drifts > li")).to_have_count(2)
    await page.locator("#drifts a").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#one .drifts")).to_contain_text("camp tofu apply")


async def test_a_resource_that_is_not_there_is_said_so(page: Page, shown: Shown) -> None:
    await shown.everything()
    await page.goto(f"{shown.url}/resources?id={shown.ids.queue}2")
    await expect(page.locator("#trouble")).to_contain_text("no such resource")


async def test_without_the_token_nothing_is_shown(shown: Shown, tmp_path: Path) -> None:
    settings = {"CAMP_RESOURCES_URL": shown.server.url, "CAMP_RESOURCES_TOKEN": "wrong"}
    portal = Server(application(Connections(settings, tmp_path, ["resources"]), pages=[PAGE]))
    await portal.start()
    async with shown.http.get(f"{portal.url}/api/resources") as answer:
        assert answer.status == 502
    await portal.stop()


def addresses(shown: Shown) -> list[str]:
    ids = (shown.ids.site, shown.ids.queue, shown.ids.identity, shown.ids.cosmos)
    return ["?tab=list", "?tab=drift", "?tab=changes", *(f"?id={id}" for id in ids)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_keeps_nobody_out(browser: Browser, shown: Shown, scheme: Any) -> None:
    """axe finds nothing, there is one h1, and nothing scrolls sideways at the sizes of laptops."""
    axe = extras.ensure("axe", print).place / "node_modules" / "axe-core" / "axe.min.js"
    await shown.everything()
    await shown.drift()
    page = await browser.new_page(color_scheme=scheme)
    await page.add_init_script(path=axe)  # the page's own policy lets no other script in
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        for address in addresses(shown):
            await page.goto(f"{shown.url}/resources{address}")
            await expect(page.locator("#group:visible, #one:visible")).to_have_count(1)
            await expect(page.locator("#link")).to_have_text("Live")
            result = await page.evaluate("axe.run(document, {resultTypes: ['violations', 'passes']})")
            assert "color-contrast" in {one["id"] for one in result["passes"]}
            assert [(one["id"], one["nodes"][0]["html"]) for one in result["violations"]] == [], address
            await expect(page.get_by_role("heading", level=1)).to_have_count(1)
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await page.evaluate(wide) <= 0, (address, width)
    await page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_phone_with_large_text(browser: Browser, shown: Shown, scheme: Any) -> None:
    await shown.everything()
    await shown.drift()
    page = await browser.new_page(color_scheme=scheme, viewport={"width": 320, "height": 640})
    for address in addresses(shown):
        await page.goto(f"{shown.url}/resources{address}")
        await page.evaluate("document.documentElement.style.fontSize = '32px'")
        await expect(page.locator("#group:visible, #one:visible")).to_have_count(1)
        for wide in ("document.documentElement", "document.getElementById('main')"):
            assert await page.evaluate(f"{wide}.scrollWidth - {wide}.clientWidth") <= 0, address
    await page.close()
