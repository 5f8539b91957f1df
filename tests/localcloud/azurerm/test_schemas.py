"""The tables, attribute by attribute, against what two packages publish of the real provider."""

import fcntl
import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from localcloud.azurerm import resource
from localcloud.azurerm.schema import Attribute, Block
from localcloud.azurerm.tables import RESOURCES

PROJECT = Path(__file__).parents[3]
NOT_ARGUMENTS = "computed inside of a block: the bindings list arguments alone there"
SAME_ACCOUNT = "the words do not say it, but another account is another queue"
BY_HOOK = "planned by the resource's own `plan`"
# Where ours differs from cdktf's: the attribute and why.
OTHER_NAMES = {
    "azurerm_key_vault.access_policy required": "an attribute that is written as blocks: there nothing is required",
    "azurerm_user_assigned_identity.isolation_scope": "newer than the bindings",
    "azurerm_linux_function_app.site_credential": "computed, a list of objects: the bindings have no type for it",
    "azurerm_linux_function_app_slot.site_credential": "computed, a list of objects: the bindings have no type for it",
    **{
        f"azurerm_linux_function_app{slot}.{name}": NOT_ARGUMENTS
        for slot in ("", "_slot")
        for name in (
            "identity.principal_id", "identity.tenant_id", "site_config.detailed_error_logging_enabled",
            "site_config.linux_fx_version",
        )
    },
}  # fmt: skip
# Where ours differs from what Pulumi says.
OTHER_WORDS = {
    "azurerm_storage_account.account_replication_type new": BY_HOOK,
    "azurerm_storage_account.access_tier default": "computed: an account of another kind has none",
    "azurerm_storage_queue.storage_account_id new": SAME_ACCOUNT,
    "azurerm_storage_queue.storage_account_name new": SAME_ACCOUNT,
    "azurerm_storage_container.storage_account_id new": SAME_ACCOUNT,
    "azurerm_storage_container.storage_account_name new": SAME_ACCOUNT,
    "azurerm_key_vault.rbac_authorization_enabled default": BY_HOOK,
    "azurerm_key_vault.soft_delete_retention_days default": "the words do not say it",
    "azurerm_role_assignment.skip_service_principal_aad_check default": BY_HOOK,
    "azurerm_log_analytics_workspace.sku computed": "the service's own choice is known: a plan may show it",
    "azurerm_cosmosdb_account.local_authentication_disabled computed": "only while an older argument stands beside it",
    "azurerm_cosmosdb_account.capabilities.name new": "only where one goes that cannot be taken away",
    "azurerm_cosmosdb_sql_container.indexing_policy.indexing_mode default": "computed, as the block around it",
    **{
        f"azurerm_linux_function_app{name} default": "computed: the plan of the app decides"
        for name in (
            ".site_config.always_on",
            "_slot.site_config.always_on",
            "_slot.site_config.health_check_eviction_time_in_min",
        )
    },
    "azurerm_log_analytics_workspace.sku new": "only from and to some of the values, which nobody here uses",
    "azurerm_linux_function_app sensitive": "Pulumi has the plural of site_credential",
    "azurerm_linux_function_app_slot sensitive": "Pulumi has the plural of site_credential",
}
PULUMI = {
    "azurerm_resource_group": ("core/resource_group", "ResourceGroup"),
    "azurerm_storage_account": ("storage/account", "Account"),
    "azurerm_storage_queue": ("storage/queue", "Queue"),
    "azurerm_storage_container": ("storage/container", "Container"),
    "azurerm_storage_table": ("storage/table", "Table"),
    "azurerm_cosmosdb_account": ("cosmosdb/account", "Account"),
    "azurerm_cosmosdb_sql_database": ("cosmosdb/sql_database", "SqlDatabase"),
    "azurerm_cosmosdb_sql_container": ("cosmosdb/sql_container", "SqlContainer"),
    "azurerm_key_vault": ("keyvault/key_vault", "KeyVault"),
    "azurerm_key_vault_secret": ("keyvault/secret", "Secret"),
    "azurerm_user_assigned_identity": ("authorization/user_assigned_identity", "UserAssignedIdentity"),
    "azurerm_role_assignment": ("authorization/assignment", "Assignment"),
    "azurerm_management_lock": ("management/lock", "Lock"),
    "azurerm_service_plan": ("appservice/service_plan", "ServicePlan"),
    "azurerm_linux_function_app": ("appservice/linux_function_app", "LinuxFunctionApp"),
    "azurerm_linux_function_app_slot": ("appservice/linux_function_app_slot", "LinuxFunctionAppSlot"),
    "azurerm_application_insights": ("appinsights/insights", "Insights"),
    "azurerm_log_analytics_workspace": ("operationalinsights/analytics_workspace", "AnalyticsWorkspace"),
}


@pytest.fixture(scope="module")
def published() -> ModuleType:
    spec = importlib.util.spec_from_file_location("published", Path(__file__).with_name("published.py"))
    assert spec and spec.loader
    module = sys.modules["published"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder of the two packages, fetched once."""
    folder = PROJECT / ".camp" / "published"
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "published.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests beside this one want them, too
        if not (folder / "complete").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            fetch(folder)
            (folder / "complete").touch()
    return folder


def fetch(folder: Path) -> None:
    wanted = ["--no-deps", "--require-hashes", "-r", str(Path(__file__).with_name("published.txt"))]
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "-d", str(folder)]
    done = subprocess.run([*pip, *wanted], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the packages cannot be fetched: {done.stderr[-300:]}")
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [one for one in archive.namelist() if "/_jsii/" in one or "pulumi" in one])
        wheel.unlink()


def differences(ours: Block, real: Any, where: str) -> list[str]:
    plain = {name: one for name, one in ours.refused.items() if not isinstance(one, Block)}
    types = {**{name: one.type for name, one in ours.attributes.items()}, **plain}
    blocks = {**ours.blocks, **{name: one for name, one in ours.refused.items() if isinstance(one, Block)}}
    blocks.pop("timeouts", None)
    found = [f"{where}.{name}" for name in sorted({*types, *blocks} ^ {*real.attributes, *real.blocks})]
    found += [
        f"{where}.{name} type" for name in types if name in real.attributes and types[name] != real.attributes[name]
    ]
    required = {name for name, one in ours.attributes.items() if one.required} | {
        n for n, one in ours.blocks.items() if one.least
    }
    if required != real.required & {*ours.attributes, *ours.blocks}:
        found.append(f"{where} required")
    for name in sorted(set(blocks) & set(real.blocks)):
        if blocks[name].nesting != real.blocks[name].nesting:
            found.append(f"{where}.{name} nesting")
        found += differences(blocks[name], real.blocks[name], f"{where}.{name}")
    return found


def test_names_types_nesting_and_what_is_required_are_the_real_providers(packages: Path, published: ModuleType) -> None:
    folder = packages / "cdktf_cdktf_provider_azurerm"
    found = [
        one
        for name, table in RESOURCES.items()
        for one in differences(table.block, published.published(folder, name), name)
    ]
    assert sorted(found) == sorted(OTHER_NAMES)


def test_the_rest_is_what_the_real_schema_has_beyond_the_tables(packages: Path, published: ModuleType) -> None:
    folder = packages / "cdktf_cdktf_provider_azurerm"
    rest = {name: published.rest(one.schema, published.published(folder, name)) for name, one in RESOURCES.items()}
    written = json.loads(Path(resource.__file__).with_name("rest.json").read_text("utf-8"))
    assert {name: one for name, one in rest.items() if one} == written, "run: python published.py FOLDER"


def test_flags_and_defaults_are_what_the_documentation_says(packages: Path, published: ModuleType) -> None:
    folder, found = packages / "pulumi_azure", []
    for name, (module, kind) in PULUMI.items():
        table, types = RESOURCES[name].schema, published.outputs(folder, module, kind)
        words = {f"{name}.{attribute}": one for attribute, one in published.said(folder, module, kind).items()}
        words.update(published.said_inside(folder, module, table, types, name))
        for path, one in _arguments(table, name):
            said = words.get(path)
            if said and said.new != one.new:
                found.append(f"{path} new")
            if said and _written(one.default) != said.default and (said.default or _written(one.default) != "false"):
                found.append(f"{path} default")
        for attribute, one in table.attributes.items():
            computed = not one.required and not types.get(attribute, "Optional").startswith("Optional")
            if attribute in types and computed != ("computed" in one.flags):
                found.append(f"{name}.{attribute} computed")
        sensitive = {attribute for attribute, one in table.attributes.items() if one.sensitive}
        listed = published.secrets(folder, module) & {*table.attributes, "site_credentials"}
        if listed != sensitive:
            found.append(f"{name} sensitive")
    assert sorted(found) == sorted(OTHER_WORDS)


def _arguments(block: Block, where: str) -> Iterator[tuple[str, Attribute]]:
    """The attributes of a block and of those inside of it, by their paths."""
    yield from ((f"{where}.{name}", one) for name, one in block.attributes.items())
    for name, inner in block.blocks.items():
        yield from _arguments(inner, f"{where}.{name}")


def _written(default: object) -> str | None:
    if isinstance(default, bool):
        return str(default).lower()
    return None if default is None else str(default)
