"""The learner's prediction beside what was measured."""

from dataclasses import replace
from pathlib import Path

from autograder import project
from autograder.lab import LabError, find_lab
from autograder.notebook import LETTERS, Note, answer_to
from autograder.progress import Progress
from localcloud.load.report import Report
from localcloud.load.rush import RUSH
from localcloud.messages import _, ngettext

from .showing import show

IDLE = 0.1  # of its RU/s: a partition that never used more


def compared(report: Report) -> Note | None:
    """What the learner of the lab in the working folder predicted last, and what a rush came to; None where there is
    no question."""
    try:
        lab = find_lab(Path.cwd().name)
    except LabError:
        return None
    if not lab.predict:
        return None
    fact = (_("measured"), measured_words(report))
    predictions = Progress(project.state(), show).lab(lab.name).predictions
    options = dict(zip(LETTERS, lab.predict.options, strict=False))
    if not predictions or predictions[-1] not in options:
        return Note(_("You made no prediction before this run."), (fact,), prose=True)
    note = answer_to(predictions[-1], options[predictions[-1]])
    heading = _("You predicted {answer}").format(answer=note.heading)
    return replace(note, heading=heading, facts=(fact, *note.facts))


def measured_words(report: Report) -> str:
    """Which partitions refused, and how much the others had to do."""
    refusing = sum(one.refused > 0 for one in report.partitions)
    idle = sum(all(share <= IDLE for _second, share, _refused in one.seconds) for one in report.partitions)
    return " ".join([
        ngettext("1 partition answered 429", "{count} partitions answered 429", refusing)
        + _(" ({refused} of {answers} answers).").format(refused=report.refused, answers=report.answers),
        _("{idle} of {count} partitions never used more than a tenth of their RU/s.").format(
            idle=idle, count=len(report.partitions)),
        _("All of them together used {ru:.0f} of {all:,} RU/s.").format(
            ru=report.ru / RUSH.seconds, all=RUSH.throughput),
    ])  # fmt: skip
