"""Running a lab's checks on an app folder, for whoever asks: terminal, notebook, tests or grader."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web_app

from autograder.appfolder import AppProblem
from autograder.checking import CheckFailed
from autograder.clouds import Clouds
from autograder.hardship import Hardship
from autograder.lab import Check, Lab
from autograder.plainchecks import plain_checks
from autograder.plugin import CheckPlugin, Outcome, tell
from autograder.sandbox import Sandbox
from autograder.seeds import new_seed
from autograder.verdict import ERRORED, FAILED, PASSED, SKIPPED, CheckResult, Verdict
from localcloud.loops import new_event_loop
from localcloud.messages import _

ABILITIES = frozenset({"faults", "physics"})
OPTIONS = ("-c", os.devnull, "--noconftest", "--import-mode=importlib", "--assert=plain", "--disable-plugin-autoload")
LEFT_OUT = (
    *("cacheprovider", "terminal", "capture", "logging", "warnings", "faulthandler", "doctest", "junitxml"),
    *("unraisableexception", "threadexception"),
)


def run_checks(
    lab: Lab,
    app: Path,
    ids: Sequence[str] | None = None,
    seed: int | None = None,
    *,
    abilities: frozenset[str] = ABILITIES,
    sandbox: Sandbox | None = None,
    hardship: Hardship | None = None,
    notebook: bytes | None = None,
) -> Verdict:
    """Runs the checks `ids` (all by default, in the lab's order) on the app in `app`, in a cloud of their own; the app
    runs in `sandbox`, if there is one, and under a `hardship`, if one is wanted. The `notebook` is by default the one
    in the same folder.

    The same seed gives the same inputs, whatever other checks run. Call it outside of a running event loop.
    """
    loop = new_event_loop()
    clouds = Clouds(lab, app, sandbox, hardship, notebook)
    try:
        return run_in(clouds, loop, ids, seed, abilities=abilities)
    finally:
        close(loop, clouds)


def run_in(
    clouds: Clouds,
    loop: asyncio.AbstractEventLoop,
    ids: Sequence[str] | None = None,
    seed: int | None = None,
    *,
    abilities: frozenset[str] = ABILITIES,
) -> Verdict:
    """The same in clouds that may be there already, and that stay; they belong to `loop`, which must not be running."""
    lab = clouds.lab
    seed = new_seed() if seed is None else seed
    chosen = [check for check in lab.checks if ids is None or check.id in ids]
    wanted = [check.id for check in chosen if set(check.needs) <= abilities]
    plugin = CheckPlugin(clouds, wanted, seed, loop)
    if clouds.sandbox and (checks := plain_checks(lab.checks_file)) is not None:
        plugin.run_plain(checks)
        return Verdict.of_results(lab.name, seed, _results(lab, chosen, plugin, wanted))
    with _undisturbed():
        code = pytest.main(
            [*OPTIONS, *_left_out(), f"--rootdir={lab.checks_file.parent}", str(lab.checks_file)], [plugin]
        )
    if code == pytest.ExitCode.INTERRUPTED and plugin.broken is None:
        raise KeyboardInterrupt
    return Verdict.of_results(lab.name, seed, _results(lab, chosen, plugin, wanted))


def close(loop: asyncio.AbstractEventLoop, clouds: Clouds) -> None:
    """Ends the clouds, and whatever is left on their loop."""
    try:
        loop.run_until_complete(clouds.stop())
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=2.0))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
        _forget_servers()


def _forget_servers() -> None:
    """aiohttp remembers the last thousand handlers of all servers, and with each the whole cloud behind it."""
    if built := getattr(web_app, "_cached_build_middleware", None):
        built.cache_clear()


def _left_out() -> list[str]:
    return [part for name in LEFT_OUT for part in ("-p", f"no:{name}")]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keeps the caller's own pytest settings away from the checks, and theirs from the caller."""
    kept = {name: os.environ.pop(name, None) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_CURRENT_TEST")}
    try:
        yield
    finally:
        for name, value in kept.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _results(lab: Lab, chosen: Sequence[Check], plugin: CheckPlugin, wanted: Sequence[str]) -> list[CheckResult]:
    passed = {id for id, outcome in plugin.outcomes.items() if outcome.error is None}
    results = []
    for check in chosen:
        if check.id not in wanted:
            results.append(_result(lab, check, SKIPPED, 0, 0.0, next=_("This check needs the local cloud.")))
        elif check.id not in plugin.outcomes:
            seen = plugin.broken or _("{file} has no such check.").format(file=lab.checks_file.name)
            results.append(_result(lab, check, ERRORED, 0, 0.0, seen=seen, next=_("This is a fault of the camp.")))
        else:
            pays = check.pays_with is None or check.pays_with in passed
            results.append(_judged(lab, check, plugin.outcomes[check.id], pays))
    return results


def _judged(lab: Lab, check: Check, outcome: Outcome, pays: bool) -> CheckResult:
    error = outcome.error
    if error is None:
        waiting = None if pays else _("It pays once {id} passes.").format(id=check.pays_with)
        points = check.points if pays else 0
        return _result(lab, check, PASSED, points, outcome.seconds, sent=outcome.sent, next=waiting, log=outcome.log)
    if isinstance(error, CheckFailed):
        return _result(
            lab, check, FAILED, 0, outcome.seconds,
            sent=error.sent or outcome.sent, seen=error.seen, expected=error.expected, next=error.next, log=outcome.log,
        )  # fmt: skip
    if isinstance(error, AppProblem):
        expected = _("an app that loads")
        return _result(
            lab, check, FAILED, 0, outcome.seconds,
            seen=error.seen, expected=expected, next=error.next, log=outcome.log,
        )  # fmt: skip
    if isinstance(error, pytest.skip.Exception):
        return _result(lab, check, SKIPPED, 0, outcome.seconds, next=str(error), log=outcome.log)
    seen, next = tell(error)
    return _result(lab, check, ERRORED, 0, outcome.seconds, sent=outcome.sent, seen=seen, next=next, log=outcome.log)


def _result(
    lab: Lab,
    check: Check,
    outcome: str,
    points: int,
    seconds: float,
    *,
    sent: str | None = None,
    seen: str | None = None,
    expected: str | None = None,
    next: str | None = None,
    log: str | None = None,
) -> CheckResult:
    title = lab.title_of(check.id)
    return CheckResult(check.id, title, outcome, points, check.points, seconds, sent, seen, expected, next, log)
