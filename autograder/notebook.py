"""For notebooks: `from autograder.notebook import check, hint, predict, timeline`; `solutions` too."""

import html
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from autograder import keeping, project
from autograder.drawing import Drawing, NoTimeline, drawing_of, drawing_of_trial
from autograder.kinds import notes_of
from autograder.lab import Lab, LabError, Option, Prediction, find_check, find_lab
from autograder.progress import Progress, whats_next
from autograder.report import SYMBOLS, findings, hint_text
from autograder.verdict import FAILED, PASSED, SKIPPED, CheckResult, Verdict
from autograder.ways import Way, ways
from localcloud import trials
from localcloud.messages import _

__all__ = ["CheckNotPassed", "check", "hint", "predict", "solutions", "timeline"]

LETTERS = "ABCDEFGHIJ"
COLOURS = {PASSED: "#2e9e5b", FAILED: "#d64545"}
GREY = "#888"
BOX = "border-left: 4px solid {colour}; padding: 0.3em 0 0.3em 0.9em; margin: 0.3em 0; color: inherit;"
VALUE = "white-space: pre-wrap; overflow-wrap: anywhere; word-break: normal; margin: 0; color: inherit;"
CODE_FONT, TEXT_FONT = " font-family: monospace;", " font-family: inherit; font-size: inherit; line-height: inherit;"
COLUMNS = "display: flex; gap: 1.5em; overflow-x: auto; align-items: flex-start; padding: 0.5em 0;"
COLUMN = "flex: 0 0 30em; min-width: 0;"
CODE = "white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.9em; max-height: 30em; overflow-y: auto;"
LABEL = "opacity: 0.7; padding-right: 1em; vertical-align: top; text-align: left; font-weight: normal;"


@dataclass(frozen=True, repr=False)
class Note:
    """A heading and labelled texts, shown as HTML in a notebook and as text elsewhere; `prose` has no code in it."""

    heading: str
    facts: tuple[tuple[str, str], ...] = ()
    colour: str = GREY
    prose: bool = False

    def __repr__(self) -> str:
        width = max((len(label) for label, _text in self.facts), default=0)
        indent = "\n" + " " * (width + 4)
        lines = [f"  {label.ljust(width)}  {text.replace(chr(10), indent)}".rstrip() for label, text in self.facts]
        return "\n".join([self.heading, *lines])

    def _repr_html_(self) -> str:
        style = VALUE + (TEXT_FONT if self.prose else CODE_FONT)
        rows = "".join(
            f'<tr style="background: none"><th scope="row" style="{LABEL}">{html.escape(label)}</th>'
            f'<td style="text-align: left"><pre style="{style}">{html.escape(text)}</pre></td></tr>'
            for label, text in self.facts
        )
        table = f'<table style="margin: 0.3em 0 0 0; border: none">{rows}</table>' if rows else ""
        return f'<div style="{BOX.format(colour=self.colour)}"><b>{html.escape(self.heading)}</b>{table}</div>'


@dataclass(frozen=True, repr=False)
class OtherWays:
    """How others did what a check asks, side by side in a notebook; elsewhere, the command that shows it."""

    id: str
    ways: tuple[Way, ...]
    open: bool = False

    def __repr__(self) -> str:
        return _("How others did it: camp solutions {id}").format(id=self.id)

    def _repr_html_(self) -> str:
        columns = "".join(
            f'<div style="{COLUMN}"><b>{html.escape(way.name)}</b><br>{html.escape(way.description)}'
            f'<pre style="{CODE}">{html.escape(way.code)}</pre></div>'
            for way in self.ways
        )
        summary = html.escape(_("How others did it"))
        opened = " open" if self.open else ""
        return f'<details{opened}><summary>{summary}</summary><div style="{COLUMNS}">{columns}</div></details>'


class CheckNotPassed(AssertionError):
    """A check did not pass. A notebook shows one line of it: what there is to say stands above already."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def check(id: str) -> None:
    """Runs the check `id` (such as "1.4") on your app, and shows what it found; raises CheckNotPassed if it failed."""
    _must_be_text(id, "check")
    done = _run_check(id)
    try:
        verdict = Verdict.from_json(json.loads(done.stdout))
    except ValueError:
        _show(Note(_("{id} could not be checked.").format(id=id), ((_("seen"), _reason(done.stderr)),)))
        raise CheckNotPassed(_("{id} could not be checked.").format(id=id)) from None
    lab = find_lab(verdict.lab)
    for text in notes_of(lab, lab.work):
        _show(Note(text))
    for result in verdict.checks:
        _show(note_of(result))
        if result.outcome == FAILED and (drawing := _drawing(result.id)):
            _show(drawing)
    if missed := [result.id for result in verdict.checks if result.outcome not in (PASSED, SKIPPED)]:
        _tell_of_saving(lab, missed)
        raise CheckNotPassed(_("{ids} did not pass. It says above why.").format(ids=", ".join(missed)))
    for result in verdict.checks:
        _show(OtherWays(result.id, tuple(ways(lab, lab.check(result.id)))))
    if words := whats_next(lab, _progress().lab(lab.name)):
        _show(Note(words, colour=COLOURS[PASSED]))


def hint(id: str) -> None:
    """Shows a hint for the check `id`; each time one that says more."""
    _must_be_text(id, "hint")
    try:
        lab, found = find_check(id)
    except LabError as error:
        _show(Note(str(error)))
        return
    number = _progress().next_hint(lab.name, found.id, len(found.hints))
    _show(Note(f"{found.id} {lab.title_of(found.id)}", ((_("hint"), hint_text(found.hints, number)),)))


def solutions(id: str) -> None:
    """Shows how the solution and the accepted alternatives do what the check `id` asks, once it passes."""
    _must_be_text(id, "solutions")
    try:
        lab, found = find_check(id)
    except LabError as error:
        _show(Note(str(error)))
        return
    known = _progress().lab(lab.name)
    if known.check(found.id).outcome != PASSED and not known.revealed:
        _show(Note(_("Other ways are shown once {id} passes.").format(id=found.id)))
        return
    _show(OtherWays(found.id, tuple(ways(lab, found)), open=True))


def predict(answer: str | None = None, lab: str = "1") -> None:
    """Shows the lab's question; with the letter of an `answer`, whether it is right and why."""
    found = find_lab(lab)
    if not found.predict:
        _show(Note(_("Lab {number} asks nothing.").format(number=found.number)))
        return
    options = dict(zip(LETTERS, found.predict.options, strict=False))
    letter = (answer or "").strip().upper()
    if letter not in options:
        _show(question_of(found.predict))
        if answer is not None:
            _show(Note(_("Write one letter between the quotes: {letters}.").format(letters=", ".join(options))))
        return
    _progress().predict(found.name, letter)
    _show(answer_to(letter, options[letter]))


def timeline(message: str | None = None) -> None:
    """Draws what became of the last message in the chat; or of the one with these words, this `ts` or this trace id."""
    if message is not None and not isinstance(message, str):
        raise TypeError(_('Write words of the message in quotes: timeline("hello").'))
    try:
        _show(drawing_of(message))
    except NoTimeline as nothing:
        _show(Note(str(nothing)))


def note_of(result: CheckResult) -> Note:
    """A check's result as a notebook shows it."""
    outcomes = {PASSED: _("passed"), FAILED: _("failed"), SKIPPED: _("skipped")}
    outcome = outcomes.get(result.outcome, _("not checked"))
    heading = f"{SYMBOLS[result.outcome]} {result.id} {result.title}: {outcome}, {result.points}/{result.of}"
    facts = tuple((label, _in_notebook(text, result.id)) for label, text in findings(result, own=True))
    return Note(heading, facts, COLOURS.get(result.outcome, GREY))


def question_of(prediction: Prediction) -> Note:
    options = zip(LETTERS, prediction.options, strict=False)
    return Note(prediction.question, tuple((letter, option.text) for letter, option in options), prose=True)


def answer_to(letter: str, option: Option) -> Note:
    verdict = _("Right.") if option.right else _("Not so.")
    colour = COLOURS[PASSED if option.right else FAILED]
    return Note(f"{letter}: {option.text}", ((verdict, option.explanation),), colour, prose=True)


def _tell_of_saving(lab: Lab, missed: list[str]) -> None:
    """A check of a cell looks at the notebook's file, in which the last changes may not be yet."""
    file = lab.work / f"{lab.name}.ipynb"
    if file.is_file() and any(lab.check(id).notebook_cell for id in missed):
        saved = time.strftime("%H:%M:%S", time.localtime(file.stat().st_mtime))
        words = _(
            "The notebook was checked as it was saved at {time}. Save it (Ctrl+S) after a change, then check again."
        )
        _show(Note(words.format(time=saved)))


def _drawing(id: str) -> Drawing | None:
    """The timeline of a check's last run."""
    trial = trials.read(keeping.folder(), id)
    return drawing_of_trial(trial) if trial else None


def _progress() -> Progress:
    return Progress(project.state(), lambda text: _show(Note(text)))


def _run_check(id: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "autograder.cli", "check", id, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8") as run:
        try:
            stdout, stderr = run.communicate()
        except KeyboardInterrupt:
            run.terminate()  # `subprocess.run` would kill it, and what it has started would stay
            run.communicate()
            raise
    return subprocess.CompletedProcess(command, run.returncode, stdout, stderr)


def _reason(stderr: str) -> str:
    """The command's complaint, without its usage lines."""
    lines = stderr.strip().splitlines() or [_("It ended without a message.")]
    return "\n".join(lines[-6:]).rpartition("Error: ")[2]


def _in_notebook(text: str, id: str) -> str:
    """A command as a cell of the notebook runs it."""
    return {f"camp hint {id}": f'hint("{id}")', f"camp replay {id}": f"!camp replay {id}"}.get(text, text)


def _must_be_text(id: Any, name: str) -> None:
    if not isinstance(id, str):
        raise TypeError(_('Write the check in quotes: {name}("1.4").').format(name=name))


def _show(note: Note | Drawing | OtherWays) -> None:
    try:
        from IPython.display import display
    except ImportError:
        print(note)
        return
    display(note)  # type: ignore[no-untyped-call]
