"""Running a lab's checks on an app folder, for whoever asks: terminal, notebook, tests or grader."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from autograder.appfolder import AppProblem
from autograder.checking import CheckFailed
from autograder.checkrun import CheckRun, Outcome, is_skip, tell
from autograder.checksfile import ChecksBroken, checks_in
from autograder.clouds import Clouds
from autograder.hardship import Hardship
from autograder.inputs import new_seed
from autograder.lab import ABILITIES, Check, Lab
from autograder.sandbox import Sandbox
from autograder.verdict import ERRORED, FAILED, PASSED, SKIPPED, CheckResult, Verdict
from autograder.workarounds.aiohttp_servers import forget_servers
from localcloud.loops import new_event_loop
from localcloud.messages import _

Keep = Callable[[Verdict, Mapping[str, Outcome]], None]


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
    keep: Keep | None = None,
) -> Verdict:
    """Runs the checks `ids` (all by default, in the lab's order) on the app in `app`, in a cloud of their own; the app
    runs in `sandbox`, if there is one, and under a `hardship`, if one is wanted. The `notebook` is by default the one
    in the same folder. `keep` is called with the verdict, and with what each check came to, by id.

    The same seed gives the same inputs, whatever other checks run. Call it outside of a running event loop.
    """
    loop = new_event_loop()
    clouds = Clouds(lab, app, sandbox, hardship, notebook)
    with interruptible(loop):
        try:
            return run_in(clouds, loop, ids, seed, abilities=abilities, keep=keep)
        finally:
            close(loop, clouds)


def run_in(
    clouds: Clouds,
    loop: asyncio.AbstractEventLoop,
    ids: Sequence[str] | None = None,
    seed: int | None = None,
    *,
    abilities: frozenset[str] = ABILITIES,
    keep: Keep | None = None,
) -> Verdict:
    """The same in clouds that may be there already, and that stay; they belong to `loop`, which must not be running."""
    lab = clouds.lab
    seed = new_seed() if seed is None else seed
    chosen = [check for check in lab.checks if ids is None or check.id in ids]
    wanted = [check.id for check in chosen if set(check.needs) <= abilities]
    run = CheckRun(clouds, seed)
    broken: str | None = None
    try:
        checks = checks_in(lab.checks_file)
    except ChecksBroken as error:
        checks, broken = {}, str(error)
    making = loop.create_task(run.outcomes_of({id: checks[id] for id in wanted if id in checks}))
    try:
        outcomes = loop.run_until_complete(making)
    except BaseException:
        making.cancel()  # or it would go on with the next check while all is ended
        raise
    verdict = Verdict.of_results(lab.name, seed, _results(lab, chosen, wanted, outcomes, broken))
    if keep:
        keep(verdict, outcomes)
    return verdict


@contextmanager
def interruptible(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Has Ctrl-C end what runs on the loop between two of its steps. In the middle of a coroutine, KeyboardInterrupt
    would come out of the loop again each time that somebody waits for that coroutine, be it to end the cloud."""
    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        yield
        return
    loop.add_signal_handler(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupt() -> None:
    raise KeyboardInterrupt


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
        forget_servers()


def _results(
    lab: Lab, chosen: Sequence[Check], wanted: Sequence[str], outcomes: Mapping[str, Outcome], broken: str | None
) -> list[CheckResult]:
    """The results of the chosen checks; `broken` is what is wrong with the file of checks."""
    passed = {id for id, outcome in outcomes.items() if outcome.error is None}
    results = []
    for check in chosen:
        if check.id not in wanted:
            results.append(_result(lab, check, SKIPPED, 0, 0.0, next=_("This check needs the local cloud.")))
        elif check.id not in outcomes:
            seen = broken or _("{file} has no such check.").format(file=lab.checks_file.name)
            results.append(_result(lab, check, ERRORED, 0, 0.0, seen=seen, next=_("This is a fault of the camp.")))
        else:
            pays = check.pays_with is None or check.pays_with in passed
            results.append(_judged(lab, check, outcomes[check.id], pays))
    return results


def _judged(lab: Lab, check: Check, outcome: Outcome, pays: bool) -> CheckResult:
    error = outcome.error
    if error is None:
        waiting = None if pays else _("Its points count as soon as {id} passes.").format(id=check.pays_with)
        points = check.points if pays else 0
        told = "\n".join(filter(None, [outcome.measured, waiting])) or None
        return _result(lab, check, PASSED, points, outcome.seconds, sent=outcome.sent, next=told, log=outcome.log)
    if isinstance(error, CheckFailed):
        return _result(
            lab, check, FAILED, 0, outcome.seconds,
            sent=error.sent or outcome.sent, seen=error.seen, expected=error.expected, next=error.next, log=outcome.log,
            replayable=outcome.traces.request is not None,
        )  # fmt: skip
    if isinstance(error, AppProblem):
        expected = _("an app that loads")
        return _result(
            lab, check, FAILED, 0, outcome.seconds,
            seen=error.seen, expected=expected, next=error.next, log=outcome.log,
        )  # fmt: skip
    if is_skip(error):
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
    replayable: bool = False,
) -> CheckResult:
    title = lab.title_of(check.id)
    return CheckResult(
        check.id, title, outcome, points, check.points, seconds, sent, seen, expected, next, log, replayable
    )
