"""Lab 6: infrastructure as code.

All checks look at one story (`autograder/kinds/building/story.py`), of which each asks for the steps that it is about.
Judged is what is in the local cloud, and what plans say; never how the code is written.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from autograder import project
from autograder.checks import Camp, check, fail
from autograder.checks.deployed_bot import must_greet, must_have_containers, must_keep, must_refuse_a_forgery, why_not
from autograder.checks.engine_words import errors_in, lines_of, planned_text
from autograder.checks.hidden import must_be_sensitive, must_hide, must_lead_right, must_refer
from autograder.checks.leaks import leaks_in
from autograder.checks.least import must_be_closed, must_have_little
from autograder.kinds.building.standing import MESSAGES, QUEUE, Standing
from autograder.kinds.infrastructure import Infrastructure
from localcloud.cloud import NotAsExpected
from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.kinds.building.story import Story

BOT = "4-reactive-queues"  # the solution that is deployed, whatever the learner's own bot is like
SECONDS = 240.0  # an engine's command takes two seconds on an idle computer, and there are twenty


@check("6.1", timeout=SECONDS)
async def test_it_is_well_formed(camp: Camp) -> None:
    """It is well-formed"""
    formed = await story_of(camp).formed()
    camp.note("fmt -check -recursive; init; validate")
    if formed.formatted.code:
        fail(
            seen=lines_of(formed.formatted.text),
            expected=_("files that are formatted as fmt does it"),
            next=_("Run 'camp tofu fmt -recursive' in your folder. It can format only what it can read."),
        )
    for ran in (formed.ready, formed.validated):
        if ran and ran.code:
            fail(
                seen=errors_in(ran.text),
                expected=_("files that init and validate accept"),
                next=_("The engine's message names the file and the line. 'camp tofu validate' says the same."),
            )


@check("6.2", timeout=SECONDS)
async def test_the_bot_lives_on_it(camp: Camp) -> None:
    """The bot lives on it"""
    standing = await first_environment(camp, "6.2")
    if problems := standing.problems():
        fail(
            seen="\n".join(problems),
            expected=_("four outputs, each with the name of a resource"),
            next=_('An output is a block: output "function_app_name" { value = azurerm_linux_function_app.bot.name }'),
        )
    must_have_containers(await standing.containers())
    camp.note(_("The camp's own bot of Lab 4 is deployed to {app}.").format(app=standing.named()["function_app_name"]))
    if problem := await story_of(camp).deployed(project.content("solutions") / BOT):
        fail(
            seen=lines_of(problem),
            expected=_("a function app that runs the bot"),
            next=why_not(standing) or _("Compare the app's stack, and the names of its settings."),
        )
    message = await must_greet(camp, standing)
    await must_keep(standing, message)
    await must_refuse_a_forgery(camp, standing)


@check("6.3", timeout=SECONDS)
async def test_twice_is_once(camp: Camp) -> None:
    """Twice is once"""
    standing = await first_environment(camp, "6.3")
    if not standing.rows():
        tell_nothing_made()
    camp.note(_("plan -detailed-exitcode, right after apply"))
    planned = await story_of(camp).again()
    if planned.code:
        fail(
            seen=planned_text(planned),
            expected=_("No changes: nobody has touched anything since the first apply"),
            next=_(
                "What differs at each plan? A time, a random value, or a setting that the platform writes itself. Keep "
                "it out of the configuration."
            ),
        )


@check("6.4", timeout=SECONDS)
async def test_drift_is_seen_and_mended(camp: Camp) -> None:
    """Drift is seen and mended"""
    await first_environment(camp, "6.4")
    story = story_of(camp)
    drifted = await story.drifted()
    if drifted is None:
        fail(
            seen=_("There is no queue {queue} in the storage account.").format(queue=QUEUE),
            expected=_("a queue that the first apply makes"),
            next='resource "azurerm_storage_queue" "reports" { ... }',
        )
    camp.note(_("Somebody deletes the queue {queue} by hand. Then plan, and apply.").format(queue=QUEUE))
    changes = await story.unexpected(drifted.planned)
    if [(one.type, one.actions) for one in changes] != [("azurerm_storage_queue", ("create",))]:
        fail(
            seen=planned_text(drifted.planned),
            expected=_("a plan that creates the queue {queue}, and does nothing else").format(queue=QUEUE),
            next=_("Only what is in the code and in the state can drift. Does lifecycle or count hide the queue?"),
        )
    if not drifted.back:
        fail(
            seen=errors_in(drifted.applied.text) if drifted.applied else planned_text(drifted.planned),
            expected=_("the queue {queue} again, after another apply").format(queue=QUEUE),
            next=_("One 'apply' must be enough to repair it."),
        )


@check("6.5", timeout=SECONDS)
async def test_secrets_stay_secret(camp: Camp) -> None:
    """Secrets stay secret"""
    standing = await first_environment(camp, "6.5")
    story = story_of(camp)
    camp.note(_("App settings, variables, outputs, names, tags, the text of the plan, and every file were read."))
    must_refer(standing)
    must_be_sensitive(standing)
    must_hide(standing, story.secrets)
    must_lead_right(standing, story.secrets)
    if found := await asyncio.to_thread(leaks_in, camp[Infrastructure].folder):
        fail(
            seen="\n".join(map(str, found[:6])),
            expected=_("no secret in the folder: everybody who gets your code would get it"),
            next=_(
                "Hand it in as a variable: TF_VAR_slack_bot_token. If it was a real one, change it: it is known now."
            ),
        )


@check("6.6", timeout=SECONDS)
async def test_environments_stand_side_by_side(camp: Camp) -> None:
    """Environments side by side"""
    first = await first_environment(camp, "6.6")
    story = story_of(camp)
    beside = await story.beside()
    environments = [first, beside.second, beside.third]
    camp.note(
        "\n".join("prefix={prefix}, environment={environment}".format(**one.workspace.inputs) for one in environments)
    )
    for one in environments[1:]:
        if one.failed is not None:
            fail(
                seen=f"{inputs_of(one)}:\n{errors_in(one.failed)}",
                expected=_("another environment beside the first one"),
                next=_("Every name needs the prefix and the environment in it, within Azure's rules for names."),
            )
    must_differ(environments)
    assert beside.first_again
    if beside.first_again.code == 1 or await story.unexpected(beside.first_again):
        fail(
            seen=planned_text(beside.first_again),
            expected=_("No changes in the first environment, now that the others stand beside it"),
            next=_("Two environments share something. Each has a state and names of its own."),
        )


@check("6.7", timeout=SECONDS)
async def test_data_is_not_destroyed_by_accident(camp: Camp) -> None:
    """Data is not destroyed by accident"""
    await first_environment(camp, "6.7")
    story = story_of(camp)
    protected = await story.protected()
    if protected is None:
        fail(
            seen=_("The code makes no container {name}.").format(name=MESSAGES),
            expected=_("a container in the database camp"),
            next='resource "azurerm_cosmosdb_sql_container" ...',
        )
    camp.note(_("A document is in {name}. Then somebody changes the container's partition key.").format(name=MESSAGES))
    if not protected.refused or not protected.kept:
        lost = (
            _("The document is gone.") if not protected.kept else _("The document is there, and nothing was refused.")
        )
        fail(
            seen=f"{lost}\n{planned_text(protected.planned)}",
            expected=_("a plan or an apply that fails, and the document is still there"),
            next=_(
                "A container with another key is another container. lifecycle { prevent_destroy = true }, or a lock."
            ),
        )
    if protected.after.code == 1 or await story.unexpected(protected.after):
        fail(
            seen=planned_text(protected.after),
            expected=_("No changes, once the partition key is what it was"),
            next=_("A refused change leaves all as it was. What has been applied of it nevertheless?"),
        )


@check("6.8", timeout=SECONDS)
async def test_only_what_is_needed_is_open(camp: Camp) -> None:
    """Only what is needed is open"""
    standing = await first_environment(camp, "6.8")
    camp.note(_("The function app, the storage account and the roles of the app's identity were read in the cloud."))
    must_be_closed(standing)
    must_have_little(standing)


@check("6.9", timeout=SECONDS)
async def test_it_can_be_taken_away(camp: Camp) -> None:
    """It can be taken away"""
    await first_environment(camp, "6.9")
    story = story_of(camp)
    protected = await story.protected()
    if protected is None or not protected.refused:
        fail(
            seen=_("Nothing protects the data: see check 6.7."),
            expected=_("a protection that is lifted on purpose, before all is destroyed"),
            next=_("Protect the container {name} first.").format(name=MESSAGES),
        )
    gone = await story.gone()
    camp.note(_("An override file sets prevent_destroy = false everywhere. Then destroy, twice if need be."))
    if gone.destroyed[-1].code:
        fail(
            seen=errors_in(gone.destroyed[-1].text),
            expected=_("destroy succeeds, once protection is lifted"),
            next=_("What does destroy wait for? A lock must be part of the code, so that it goes, too."),
        )
    if left := [*gone.resources, *gone.state]:
        fail(
            seen=_("Still there:") + "".join(f"\n{one}" for one in left[:8]),
            expected=_("nothing in the cloud, and nothing in the state"),
            next=_("Whatever the code makes, it must also take away: no removed block, no resource without state."),
        )


# --- What all checks need ---------------------------------------------------------------------------------------------


def story_of(camp: Camp) -> "Story":
    return camp[Infrastructure].story


async def first_environment(camp: Camp, id: str) -> Standing:
    """The first environment; a failure when it was not built. The first check that needs it shows the whole message."""
    story = story_of(camp)
    seen = _("The configuration cannot be applied: check {id} shows the engine's message.").format(id=story.told_by)
    try:
        standing = await story.built()
    except NotAsExpected as error:
        first = story.told_by in (None, id)
        story.told_by = story.told_by or id
        fail(seen=error.seen if first else seen, expected=error.expected, next=error.next)
    camp.note(f"init; plan; apply: {inputs_of(standing)}")
    if standing.failed is None:
        return standing
    if story.told_by in (None, id):
        seen = errors_in(standing.failed)
    story.told_by = story.told_by or id
    fail(
        seen=seen,
        expected=_("a configuration that can be applied, with the inputs that the lab names"),
        next=_("The engine's message names the file and the line. 'camp tofu apply' shows the same."),
    )


def inputs_of(standing: Standing) -> str:
    return "prefix={prefix}, environment={environment}".format(**standing.workspace.inputs)


def tell_nothing_made() -> NoReturn:
    fail(
        seen=_("The first apply has made nothing."),
        expected=_("resources in the cloud"),
        next=_("Declare them: a resource group, a storage account, ..."),
    )


# --- 6.6 --------------------------------------------------------------------------------------------------------------


def must_differ(environments: Sequence[Standing]) -> None:
    """All exist at once, and no output of one is also another's. An output that is wrong has a check of its own."""
    named = [one.named() for one in environments]
    for output in named[0]:
        values = [some.get(output) for some in named]
        if None in values or len(set(values)) < len(values):
            shown = [
                str(one.built.outputs[output].value) if output in one.built.outputs else "-" for one in environments
            ]
            fail(
                seen=f"{output}: {', '.join(shown)}",
                expected=_("three resources with different names, which are all there"),
                next=_("Every name needs the prefix and the environment in it."),
            )
    if not named[0]:
        fail(
            seen=_("no output that names a resource"),
            expected=_("four outputs, which differ between environments"),
            next=_("Check 6.2 says what is wrong with them."),
        )
