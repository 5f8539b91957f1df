"""Lab 3: ship it from GitHub.

All checks look at one story (`autograder/kinds/shipping/story.py`), of which each asks for the steps that it is about.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from autograder.checks import Camp, check, fail
from autograder.checks.exposed import exposed_in
from autograder.checks.history import secrets_in
from autograder.checks.red_runs import by_heart, is_red, knows_by_heart, trouble, where_to_look
from autograder.kinds.repository import Shipping
from autograder.kinds.shipping import ALIKE, BACK, BAD, FORTH, GOOD, HEAD, MERGED, NEW_WORD, OPENED, REPAIRED
from localcloud.messages import _, ngettext

if TYPE_CHECKING:
    from autograder.kinds.shipping.story import Story
    from autograder.kinds.shipping.visitors import BotAnswer
    from autograder.kinds.shipping.world import Asked, Push

SECONDS = 720.0  # of six pushes, as many as a check may wait for: a run may take two minutes
ENOUGH = 20  # answers before the swap, and after it
PATIENCE = 3.0
CODE = "function_app.py"
GREEN, RED = "success", ("failure", "error")


@check("3.1", timeout=SECONDS)
async def test_the_workflow_is_valid_and_runs_on_a_push_to_main(camp: Camp) -> None:
    """The workflow is valid and runs on a push to main"""
    story = story_of(camp)
    push = await story.play(HEAD)
    camp.note(_("git push origin main: the last commit of your branch main"))
    if findings := await story.world.lint(push.commit):
        fail(
            seen="\n".join(findings[:8]),
            expected=_("workflows in which actionlint finds nothing"),
            next=_("The local GitHub says the same at each push. Correct what the first line names."),
        )
    if not push.runs:
        fail(
            seen="\n".join([_("The push started no run."), *story.world.notes]),
            expected=_("a run, for a push to main"),
            next=_("Look at 'on:' in the file in .github/workflows. A push is on: push."),
        )
    must_be_green(push)
    if left_out := await story.world.left_out(push, CODE):
        fail(
            seen=_("A push that changes {file} alone would not start {workflows}.").format(
                file=CODE, workflows=", ".join(left_out)
            ),
            expected=_("a run for every push to main that changes the bot"),
            next=_("Look at paths: below on: push. It must match every file that the bot is made of."),
        )


@check("3.2", timeout=SECONDS)
async def test_a_push_changes_the_live_bot(camp: Camp) -> None:
    """A push changes the live bot"""
    story = story_of(camp)
    push, word = await story.play(NEW_WORD), story.words[NEW_WORD]
    camp.note(said(word))
    await must_arrive(story, push, word)
    if story.mention != word:
        fail(
            seen=_("at a first mention: {text}").format(text=story.mention or _("no greeting")),
            expected=_("{word}, and the user's name").format(word=word),
            next=_("A first mention is greeted with the word of greeting.txt, too."),
        )


@check("3.3", timeout=SECONDS)
async def test_a_failing_test_stops_the_deployment(camp: Camp) -> None:
    """A failing test stops the deployment"""
    story = story_of(camp)
    bad = await story.play(BAD)
    camp.note(_("main gets a new word, and {file} with a test that fails.").format(file=story.probe))
    if not any(run.conclusion == "failure" for run in bad.runs):
        fail(
            seen=runs_of(bad),
            expected=_("a red run, for a test fails"),
            next=_(
                "Run every tests/test_*.py by pytest, and let its exit code through: no list of files, no "
                "continue-on-error, no pipe without pipefail."
            ),
        )
    must_deploy_nothing(bad, _("A test fails, and yet:"))
    must_stay(bad)
    good = await story.play(GOOD)
    camp.note(_("The test is taken away, and main gets another word."))
    await must_arrive(story, good, story.words[GOOD])


@check("3.4", timeout=SECONDS)
async def test_other_branches_do_not_reach_production(camp: Camp) -> None:
    """Other branches do not reach production"""
    story = story_of(camp)
    opened = await story.play(OPENED)
    words = _("A pull request from the branch {branch}, with a new word and a failing test.")
    camp.note(words.format(branch=story.branch))
    must_deploy_nothing(opened, _("Nothing was merged, and yet:"))
    if not any(state in RED for state in opened.checks.values()):
        fail(
            seen=_("the checks of the pull request: {checks}").format(checks=listed(opened.checks)),
            expected=_("a red one, for a test fails"),
            next=_(
                "Let on: pull_request (or a push to any branch) run the tests of what the pull request would bring."
            ),
        )
    repaired = await story.play(REPAIRED)
    camp.note(_("The same pull request, its test repaired."))
    must_deploy_nothing(repaired, _("Nothing was merged, and yet:"))
    if not repaired.checks or any(state != GREEN for state in repaired.checks.values()):
        skipped = _("What only main may do needs an if:, so that it is skipped here. Skipped is green.")
        fail(
            seen=_("the checks of the pull request: {checks}").format(checks=listed(repaired.checks))
            + trouble(repaired),
            expected=_("green ones only"),
            next=by_heart() if knows_by_heart(repaired, await story.play(HEAD)) else skipped,
        )
    must_stay(repaired)
    alike = await story.play(ALIKE)
    camp.note(_("A push to the branch {branch}, with a new word.").format(branch=story.alike))
    must_deploy_nothing(alike, _("Nothing was merged, and yet:"))
    must_stay(alike)
    merged = await story.play(MERGED)
    camp.note(_("The pull request is merged into main."))
    await must_arrive(story, merged, story.words[MERGED])


@check("3.5", timeout=SECONDS)
async def test_no_credentials_in_the_repository(camp: Camp) -> None:
    """No credentials in the repository"""
    story = story_of(camp)
    world = story.world
    camp.note(_("Every commit of every branch and tag was read; what steps printed and deployed, too."))
    if found := await secrets_in(world.repository.path, world.folder / "gitleaks.json"):
        fail(
            seen="\n".join(map(str, found[:6])),
            expected=_("no secret in any commit: a repository keeps all of them"),
            next=_("Switch the secret off and make a new one. Then rewrite the history, or begin a new repository."),
        )
    await story.play(HEAD)
    if shown := await asyncio.to_thread(exposed_in, world.places(), world.secrets()):
        fail(
            seen="\n".join(map(str, shown[:6])),
            expected=_("no credentials where others can read them"),
            next=_("Hand a secret to the one step that needs it, and print, keep and deploy nothing of it."),
        )


@check("3.6", timeout=SECONDS)
async def test_no_request_is_lost_during_a_deployment(camp: Camp) -> None:
    """No request is lost during a deployment"""
    story = story_of(camp)
    push = await story.play(NEW_WORD)
    rush, old, new = story.rush, push.before.word, story.words[NEW_WORD]
    camp.note(_("{count} requests to production, ten a second, while a push is deployed").format(count=len(rush)))
    if push.direct:
        fail(
            seen="\n".join(push.direct),
            expected=_("files of production that change by a swap alone"),
            next=_("Deploy to the slot staging, then swap it with production."),
        )
    bad = [one for one in rush if one.status != 200 or one.word not in (old, new) or one.seconds > PATIENCE]
    if bad:
        fail(
            seen=ngettext("1 request lost", "{count} requests lost", len(bad)) + "".join(map(lost, bad[:4])),
            expected=_("status 200 within three seconds, with the old word or the new one"),
            next=_("A direct deployment restarts its slot. Let only a swap reach production: it warms up first."),
        )
    if not push.swaps:
        tell_no_swap()
    asked_at, ended_at = push.swaps[-1].asked_at, push.swaps[-1].ended_at or float("inf")
    before = [one for one in rush if one.asked_at < asked_at]
    after = [one for one in rush if one.asked_at > ended_at]
    if late := [one for one in after if one.word != new]:
        fail(
            seen=_("after the swap had ended:") + "".join(map(lost, late[:4])),
            expected=_("the new word alone: {word}").format(word=new),
            next=_("Was the new version in staging when you asked for the swap?"),
        )
    if min(len(before), len(after)) < ENOUGH:
        fail(
            seen=_("{before} answers before the swap, {after} after it").format(before=len(before), after=len(after)),
            expected=_("at least {count} of both, and the new word at the end").format(count=ENOUGH),
            next=_("Let the tests run before the deployment, and the swap be its last step."),
        )


@check("3.7", timeout=SECONDS)
async def test_you_can_go_back(camp: Camp) -> None:
    """You can go back"""
    story = story_of(camp)
    forth, word = await story.play(FORTH), story.words[FORTH]
    camp.note(said(word))
    await must_arrive(story, forth, word)
    back = await story.play(BACK)
    camp.note(_("git revert of the last commit, and a push to main"))
    if back.after.word != forth.before.word:
        left_out = _("A revert is a push like any other. Does a condition, a cache or a path filter leave it out?")
        fail(
            seen=_("production says {word}").format(word=shown(back)) + trouble(back),
            expected=_("the former word again: {word}").format(word=forth.before.word),
            next=where_to_look(back) if is_red(back) else left_out,
        )


@check("3.8", timeout=SECONDS)
async def test_you_can_tell_what_is_running(camp: Camp) -> None:
    """You can tell what is running"""
    story = story_of(camp)
    camp.note("GET /api/version")
    for step in (HEAD, FORTH, BACK):
        await story.play(step)
        for push in story.world.pushes:
            if push.branch == "main" and push.swaps:
                must_name_itself(push, [one for one in story.world.asked if one.commit == push.commit])
    if not any(push.branch == "main" and push.swaps for push in story.world.pushes):
        tell_no_swap()


def story_of(camp: Camp) -> "Story":
    return camp[Shipping].story


def said(word: str) -> str:
    return _("main gets a new word in greeting.txt: {word}").format(word=word)


def must_be_green(push: "Push") -> None:
    if push.runs and not is_red(push):
        return
    fail(
        seen=runs_of(push) + trouble(push),
        expected=_("a green run"),
        next=where_to_look(push),
    )


async def must_arrive(story: "Story", push: "Push", word: str) -> None:
    """When the runs have ended, production answers with the new word, which it did not before."""
    if push.after.word == word and push.before.word is not None:
        return
    if push.before.word is None:
        tell_silent(push)
    advice = _("Deploy the commit to staging, then swap it with production.")
    if is_red(push):
        advice = by_heart() if knows_by_heart(push, await story.play(HEAD)) else where_to_look(push)
    fail(
        seen=_("production says {word}").format(word=shown(push)) + "\n" + runs_of(push) + trouble(push),
        expected=_("the new word: {word}").format(word=word),
        next=advice,
    )


def tell_silent(push: "Push") -> NoReturn:
    fail(
        seen=_("Production greeted nobody before this push: {answer}").format(answer=push.before.greeting.text[:200]),
        expected=_("a bot that answers, all the time"),
        next=_("An earlier push of this story broke it. Does the bot start with what you deploy?"),
    )


def must_deploy_nothing(push: "Push", why: str) -> None:
    if push.deployed:
        fail(
            seen=why + "\n" + "\n".join(push.deployed[:6]),
            expected=_("nothing deployed, to neither of the slots"),
            next=_("The job that deploys needs the tests, and an if: for main alone. Staging is a slot, too."),
        )


def must_stay(push: "Push") -> None:
    """Production answers as before."""
    before, after = push.before, push.after
    if (after.word, after.version) != (before.word, before.version):
        fail(
            seen=_("production says {word}, version {version}").format(word=shown(push), version=after.version),
            expected=_("as before: {word}, version {version}").format(word=before.word, version=before.version),
            next=_("Nothing of this push may reach production."),
        )


def must_name_itself(push: "Push", asked: "Sequence[Asked]") -> None:
    """Staging named the push's head each time that a swap was asked for, and production does afterwards."""
    named = [(one.version, _("staging, when the swap was asked for")) for one in asked]
    for version, where in [*named, (push.after.version, _("production, after the swap"))]:
        if version != push.commit:
            fail(
                seen=_("{where}: {version}").format(where=where, version=version or _("no commit")),
                expected=_('{{"commit": "{commit}"}}, the head of the push').format(commit=push.commit),
                next=_("Write GITHUB_SHA down at the deployment, where it goes along with the app."),
            )


def tell_no_swap() -> NoReturn:
    fail(
        seen=_("Nobody asked for a swap."),
        expected=_("a swap that brings the new version"),
        next="az functionapp deployment slot swap ... --slot staging --target-slot production",
    )


def shown(push: "Push") -> str:
    answer = push.after.greeting
    if answer.word is not None:
        return answer.word
    status = _("no answer") if answer.status is None else _("status {status}").format(status=answer.status)
    return f"{status} {answer.text[:120]}".strip()


def lost(answer: "BotAnswer") -> str:
    what = answer.word or (answer.status and f"{answer.status} {answer.text[:60]}") or answer.text
    return "\n" + _("{what}, after {seconds:.1f} s").format(what=what, seconds=answer.seconds)


def listed(states: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {state}" for name, state in sorted(states.items())) or _("none")


def runs_of(push: "Push") -> str:
    """One line for each run of a push."""
    if not push.runs:
        return _("The push started no run.")
    words = _("Run {name} ({event}): {conclusion}")
    lines = [
        words.format(name=run.name, event=run.event.name, conclusion=run.refused or run.conclusion or run.status)
        for run in push.runs
    ]
    return "\n".join(lines)
