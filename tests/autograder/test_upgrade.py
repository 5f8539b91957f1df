"""A clone from before, opened by the camp of today: `golden/older_clone` was written by the camp of Labs 1 and 2 alone,
whose progress knew nothing yet of points after a reveal. Nothing that a learner has done there may be lost."""

import json
import shutil
from pathlib import Path

import pytest

from autograder import localcamp, project, workspace
from autograder.answers.sources import source_cells
from autograder.grading.reflection import answer_in
from autograder.lab import find_lab
from autograder.progress import CheckProgress, Progress
from autograder.runner import run_checks
from autograder.verdict import FAILED, PASSED
from localcloud.supervisor import PortBook

OLDER = Path(__file__).parent / "golden" / "older_clone"
LAB = "1-slack-bot"


@pytest.fixture
def clone(learner: Path) -> Path:
    shutil.rmtree(learner / "work")
    shutil.copytree(OLDER / "edited", learner / "work")
    shutil.copytree(OLDER / "state", learner / ".camp")
    return learner


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_its_progress_counts(clone: Path) -> None:
    said: list[str] = []
    progress = Progress(project.state(), said.append)
    known = progress.lab(LAB)
    assert (known.points, known.predictions, known.revealed) == (4, ["B", "A"], False)
    assert known.check("1.2") == CheckProgress(PASSED, points=2, attempts=2, hints=2)
    assert known.check("1.3") == CheckProgress(FAILED, attempts=1)
    assert progress.lab("2-keep-messages").revealed
    progress.predict(LAB, "C")
    assert progress.lab(LAB).points == 4
    assert said == [] and not list(project.state().glob("progress-broken-*"))


def test_its_lab_opens_with_the_ports_and_secrets_that_it_had(clone: Path) -> None:
    before = json.loads((OLDER / "state" / "secrets.json").read_text())
    said: list[str] = []
    assert localcamp.remembered_lab(project.state()) == LAB
    ports = PortBook(project.state() / "ports.json", said.append).ports
    assert ports == json.loads((OLDER / "state" / "ports.json").read_text())
    camp = localcamp.LocalCamp(find_lab(LAB), said.append)
    _services, opened = camp.services()
    assert before.items() <= opened.secrets.items()
    assert before.items() <= json.loads((clone / ".camp" / "secrets.json").read_text()).items()
    assert not [text for text in said if "damaged" in text]


def test_a_camp_that_was_open_then_is_known_to_be_closed(clone: Path) -> None:
    assert [(one.name, one.alive) for one in localcamp.ledger().entries().values()] == [("portal", False)]


def test_a_ledger_with_facts_of_another_version_is_read(clone: Path) -> None:
    ledger = clone / ".camp" / "services.json"
    kept = json.loads(ledger.read_text())
    kept["portal"]["restarts"] = 1
    ledger.write_text(json.dumps(kept))
    assert list(localcamp.ledger().entries()) == ["portal"]


def test_laying_out_again_changes_nothing(clone: Path) -> None:
    before = files_in(clone / "work")
    assert workspace.lay_out(LAB) == []
    assert files_in(clone / "work") == before


def test_what_passed_passes(clone: Path) -> None:
    verdict = run_checks(find_lab(LAB), clone / "work" / LAB, ["1.1", "1.2", "1.3"], seed=1)
    outcomes = {result.id: result.outcome for result in verdict.checks}
    assert (outcomes["1.1"], outcomes["1.2"], outcomes["1.3"]) == (PASSED, PASSED, FAILED)


def test_what_was_written_in_the_notebook_is_handed_in(clone: Path) -> None:
    name = f"{LAB}.ipynb"
    answer = answer_in({name: (clone / "work" / LAB / name).read_bytes()}, name, source_cells(find_lab(LAB)))
    assert answer.text == "What many workers must agree on goes into a store; a client may stay in a variable."
