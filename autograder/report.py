"""A verdict as a person reads it in a terminal."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.verdict import ERRORED, FAILED, PASSED, SKIPPED, CheckResult, Verdict
from localcloud.messages import _
from localcloud.typed import as_typed

SYMBOLS = {PASSED: "✔", FAILED: "✘", ERRORED: "!", SKIPPED: "–"}
STYLES = {PASSED: "green", FAILED: "red", ERRORED: "yellow", SKIPPED: "dim"}
INDENT = 2


def show(verdict: Verdict, console: Console, title: str, replay: str) -> None:
    """Prints a whole run: a heading, every check, the points, and `replay`, the command that runs it again."""
    console.print(Text(title, "bold"))
    for result in verdict.checks:
        show_check(result, console)
    console.print()
    console.print(Text(total(verdict), "bold"))
    show_replay(replay, verdict.seed, console)


def show_replay(replay: str, seed: int, console: Console) -> None:
    """Prints the command that runs the checks again, on a line that can be copied."""
    console.print(Text(_("The same inputs (seed {seed}) again:").format(seed=seed), "dim"))
    console.print(Text(f"  {as_typed(replay)}", "dim"), soft_wrap=True)


def show_check(result: CheckResult, console: Console) -> None:
    """Prints one check's line and, if there is something to say, what it found."""
    line = Table.grid(padding=(0, 2, 0, 0))
    line.add_column(no_wrap=True)
    line.add_column(min_width=44)
    line.add_column(justify="right", no_wrap=True)
    line.add_column(justify="right", no_wrap=True)
    style = STYLES[result.outcome]
    line.add_row(
        Text(f"{SYMBOLS[result.outcome]} {result.id}", style),
        Text(result.title),
        Text(f"{result.points}/{result.of}"),
        Text(f"{result.seconds:.1f} s", "dim"),
    )
    console.print(line)
    if facts := list(findings(result, own=True)):
        console.print(Padding(_found(facts), (0, 0, 0, INDENT)))


def findings(result: CheckResult, *, own: bool = False) -> Iterable[tuple[str, str]]:
    """What the check found, each text with its label; a passed check has at most a note. The log of a failure,
    and how to send its request again, are for whoever runs the check (`own`): feedback would tell too much."""
    failed = result.outcome == FAILED
    if result.outcome in (FAILED, ERRORED):
        yield from (
            (label, text)
            for label, text in (
                (_("sent"), result.sent),
                (_("seen"), result.seen),
                (_("expected"), result.expected),
            )
            if text
        )
    if result.next:
        yield (_("try next") if failed else _("note")), result.next
    if own and failed and result.log:
        yield _("log"), result.log
    if own and failed and result.replayable:
        yield _("again"), f"camp replay {result.id}"
    if failed:
        yield _("stuck?"), f"camp hint {result.id}"


def total(verdict: Verdict) -> str:
    """The points, and how many checks came to what."""
    counts = Counter(result.outcome for result in verdict.checks)
    words = {PASSED: _("passed"), FAILED: _("failed"), ERRORED: _("not checked"), SKIPPED: _("skipped")}
    shown = ", ".join(f"{counts[outcome]} {word}" for outcome, word in words.items() if counts[outcome])
    return _("{points} of {of} points: {shown}.").format(points=verdict.points, of=verdict.of, shown=shown)


def _found(facts: Iterable[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for label, text in facts:
        table.add_row(Text(label), Text(as_typed(text) if text.startswith("camp ") else text))
    return table


def hint_text(hints: Sequence[str], number: int) -> str:
    """A check's hint of that number, from 1, as a learner reads it."""
    if not hints:
        return _("There is no hint for this check.")
    return _("Hint {number} of {all}:").format(number=number, all=len(hints)) + f" {hints[number - 1]}"
