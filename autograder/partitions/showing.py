"""Notes, pictures and progress in a notebook; as text, and without pictures, elsewhere."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from autograder.notebook import COLOURS, Note
from autograder.ownkey import NoKey
from autograder.verdict import FAILED
from localcloud.aws.moto import MotoError
from localcloud.extras import ExtraMissing
from localcloud.load.designs import NoDesign
from localcloud.load.driver import REFUSED, STORED, Attempt, LoadFailed
from localcloud.messages import _

SHOW_EVERY = 0.3
PROBLEMS = (NoKey, NoDesign, LoadFailed, ExtraMissing, MotoError)  # their texts say why

Result = TypeVar("Result")


def show(note: Note | str, rows: Iterable[tuple[str, str]] = ()) -> None:
    """A note, or one made of a heading and its rows."""
    made = note if isinstance(note, Note) else Note(note, tuple(rows))
    try:
        from IPython.display import display
    except ImportError:
        print(made)
        return
    display(made)  # type: ignore[no-untyped-call]


def show_drawing(spec: dict[str, Any]) -> None:
    """As vega-lite 5, which JupyterLab draws by itself; nothing where there is no notebook."""
    import altair

    with suppress(ImportError):
        from IPython.display import display

        chart = altair.Chart.from_dict(spec)
        with altair.renderers.enable("mimetype"):
            display(chart)  # type: ignore[no-untyped-call]


@contextmanager
def problems_shown() -> Iterator[None]:
    """A key that cannot be used is a note, and no traceback."""
    try:
        yield
    except PROBLEMS as problem:
        show(Note(str(problem), colour=COLOURS[FAILED]))


def waited(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs it on a loop of its own: a notebook's thread has one already. An interrupt cancels it."""
    found: list[Result] = []
    problems: list[BaseException] = []
    cancel: list[Callable[[], object]] = []

    async def cancelled_by_interrupt() -> Result:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
        cancel.append(lambda: loop.call_soon_threadsafe(task.cancel))
        return await task

    def run() -> None:
        try:
            found.append(asyncio.run(cancelled_by_interrupt()))
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        for stop in cancel:
            stop()
        thread.join()
        raise
    if problems:
        raise problems[0]
    return found[0]


class Live:
    """One line that is written anew while something runs; nothing where there is no notebook."""

    def __init__(self) -> None:
        self._handle: Any = None

    def __enter__(self) -> "Live":
        with suppress(ImportError):
            from IPython.display import display

            self._handle = display(Note(""), display_id=True)  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *_error: object) -> None:
        """What was said last stays."""

    def say(self, words: str) -> None:
        if self._handle is not None:
            self._handle.update(Note(words))


class Writing(Live):
    """How far a load has come, while it runs."""

    def __init__(self, documents: int) -> None:
        super().__init__()
        self._documents = documents
        self._counts: Counter[int] = Counter()
        self._shown = 0.0

    def __enter__(self) -> "Writing":
        super().__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        self._update()

    def __call__(self, attempt: Attempt) -> None:
        self._counts[attempt.status] += 1
        if time.monotonic() - self._shown > SHOW_EVERY:
            self._update()

    def _update(self) -> None:
        self._shown = time.monotonic()
        words = _("{done} of {count} messages written; {refused} answers were 429")
        self.say(words.format(done=self._counts[STORED], count=self._documents, refused=self._counts[REFUSED]))
