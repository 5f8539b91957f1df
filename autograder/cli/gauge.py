"""How far a long piece of work is: a bar with its rate and the time left on a terminal, else a line for each."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from localcloud.messages import _

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

INTERRUPTED = 130


@contextmanager
def gauge(
    total: int | None, line: Callable[..., None], console: "Console | None" = None
) -> Iterator[Callable[..., None]]:
    """Gives a function to call after each piece; what it is called with goes to `line` where there is no terminal.
    Ctrl-C ends the program with a sentence that says what is done."""
    from rich.console import Console

    console = console or Console(stderr=True)
    done = 0

    def count(*what: Any) -> None:
        nonlocal done
        done += 1
        tell(done, *what)

    progress, tell = _on_a_terminal(total, console) if console.is_terminal else (None, _plainly(line))
    try:
        if progress is None:
            yield count
        else:
            with progress:
                yield count
    except KeyboardInterrupt:
        words = _("Stopped: {done} are done.") if total is None else _("Stopped: {done} of {total} are done.")
        click.echo("\n" + words.format(done=done, total=total), err=True)
        click.echo(_("They are kept. The same command goes on from there."), err=True)
        sys.exit(INTERRUPTED)


def _plainly(line: Callable[..., None]) -> Callable[..., None]:
    return lambda _done, *what: line(*what)


def _on_a_terminal(total: int | None, console: "Console") -> "tuple[Progress, Callable[..., None]]":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[name]}", markup=False),
    )
    progress = Progress(*columns, console=console, transient=True)
    task = progress.add_task("", total=total, rate="", name="")
    started = time.monotonic()

    def tell(done: int, name: str = "", *_more: Any) -> None:
        rate = _("{rate:.1f}/s").format(rate=done / max(time.monotonic() - started, 0.001))
        progress.update(task, completed=done, rate=rate, name=name[:24])

    return progress, tell
