"""Every lab is proven: starter, solution, alternatives and mutants, for `CAMP_SEEDS` seeds each.

They run in the sandbox, as in grading, where workers are warm, and with `CAMP_PLAIN` as in `camp check`; the solution
runs in both ways. With one seed a mutant meets the check that is named for it alone, and an alternative those that
lab.toml names for it, if it does; with more seeds all of them. A lab with vetted towns is proven in each of them then,
by the checks that depend on it: the runs from IN_TOWNS on, with a mutant's own check alone.
"""

import json
import os
from collections.abc import Iterator

import pytest

from autograder import project, proofs
from autograder.hardship import Hardship
from autograder.lab import Alternative, Lab, Mutant, find_lab, labs
from autograder.sandbox import Sandbox
from autograder.starters import differing

ONLY = os.environ.get("CAMP_LAB")
LABS = [find_lab(ONLY)] if ONLY else labs()
SEEDS = range(int(os.environ.get("CAMP_SEEDS", "1")))
MANY = len(SEEDS) > 1
IN_TOWNS = 1_000
RUNS = [(lab, seed) for lab in LABS for seed in SEEDS]
if MANY:
    RUNS += [(one, number) for lab in LABS for number, one in enumerate(proofs.one_per_seed(lab), IN_TOWNS)]
ALTERNATIVES = [(lab, alternative, seed) for lab, seed in RUNS for alternative in lab.alternatives]
MUTANTS = [(lab, one, seed) for lab, seed in RUNS for one in (lab.mutants if MANY else proofs.everyday_mutants(lab))]


def name_of(value: object) -> str | None:
    return value.name if isinstance(value, (Lab, Alternative, Mutant)) else None


every_lab = pytest.mark.parametrize("lab", LABS, ids=name_of)
every_run = pytest.mark.parametrize(("lab", "seed"), RUNS, ids=name_of)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox | None]:
    if os.environ.get("CAMP_PLAIN"):
        yield None
        return
    with Sandbox() as running:
        yield running


@every_lab
def test_the_starter_is_made_of_the_solution(lab: Lab) -> None:
    assert not differing(lab), "run: python -m autograder.starters"


@every_lab
def test_the_notebook_has_a_cell_for_every_check_and_the_points_of_the_reflection(lab: Lab) -> None:
    notebook = json.loads((project.content("notebooks") / lab.name / f"{lab.name}.ipynb").read_text("utf-8"))
    roles = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    points = {role["grade_id"]: role["points"] for role in roles if role.get("grade")}
    reflection = {"reflection": lab.reflection} if lab.reflection else {}
    assert points == {**{f"check-{check.id.replace('.', '-')}": check.points for check in lab.checks}, **reflection}
    code = "".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    assert all(f'check("{check.id}")' in code for check in lab.checks)


@every_lab
def test_the_notebook_leads_to_the_slides_and_says_how_progress_is_kept(lab: Lab) -> None:
    notebook = json.loads((project.content("notebooks") / lab.name / f"{lab.name}.ipynb").read_text("utf-8"))
    first_code = next(at for at, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code")
    beginning = "".join("".join(cell["source"]) for cell in notebook["cells"][:first_code])
    assert "](/camp/slides)" in beginning and f"`camp slides {lab.number}`" in beginning
    assert "`camp progress --export progress.json`" in beginning
    assert "`camp progress --import progress.json`" in beginning


@every_run
def test_the_starter_earns_nothing(lab: Lab, seed: int, sandbox: Sandbox | None) -> None:
    proofs.starter_earns_nothing(lab, seed, sandbox)


@every_run
def test_the_solution_earns_everything(lab: Lab, seed: int) -> None:
    proofs.solution_earns_everything(lab, seed)


@every_run
def test_the_solution_earns_everything_with_two_workers_that_never_grow_old(
    lab: Lab, seed: int, sandbox: Sandbox | None
) -> None:
    proofs.solution_earns_everything(lab, seed, sandbox, Hardship(workers=2, recycling=True))


@pytest.mark.parametrize(("lab", "alternative", "seed"), ALTERNATIVES, ids=name_of)
def test_an_alternative_passes(lab: Lab, alternative: Alternative, seed: int, sandbox: Sandbox | None) -> None:
    proofs.alternative_passes(lab, alternative, seed, sandbox, quick=not MANY)


@pytest.mark.parametrize(("lab", "mutant", "seed"), MUTANTS, ids=name_of)
def test_a_mutant_is_caught(lab: Lab, mutant: Mutant, seed: int, sandbox: Sandbox | None) -> None:
    proofs.mutant_is_caught(lab, mutant, seed, sandbox, alone=not MANY or seed >= IN_TOWNS)


@every_lab
def test_every_check_is_proven_by_a_mutant(lab: Lab) -> None:
    assert not proofs.unguarded(lab)


@every_lab
def test_every_patch_and_alternative_is_named(lab: Lab) -> None:
    patches = {path.stem for path in (lab.solution / "mutants").glob("*.patch")}
    folders = {path.name for path in (lab.solution / "alternatives").glob("*") if path.is_dir()}
    assert patches == {mutant.name for mutant in lab.mutants}
    assert folders == {alternative.name for alternative in lab.alternatives}
