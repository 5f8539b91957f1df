"""A lab and a service are each added in one place."""

import random
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from autograder import newlab, project, proofs
from autograder.cli import USAGE, camp
from autograder.deck import find
from autograder.environment import Environment
from autograder.kinds import KINDS, USUAL
from autograder.lab import LabError, find_lab
from autograder.starters import differing
from localcloud import registry
from localcloud.cloud import PreparationError

from .conftest import HERE, use_root

PATTERN = "0-warm-up"
OTHER_KINDS = [kind for kind in newlab.kinds() if kind != USUAL]
WITHOUT_PATTERN = next(kind for kind in KINDS if kind not in newlab.kinds())


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project folder with the smallest lab alone."""
    root = tmp_path / "clone"
    for part in ("labs", "notebooks", "solutions"):
        shutil.copytree(HERE / part / PATTERN, root / part / PATTERN)
    (root / "slides").mkdir()
    shutil.copy(HERE / "slides" / f"{PATTERN}.md", root / "slides")
    use_root(root, monkeypatch)
    yield root
    project.root.cache_clear()


def test_a_new_lab_is_green(clone: Path) -> None:
    lab = newlab.lay_out("event-grid", "function-app", ("slack",))
    assert (lab.name, lab.services, lab.checks[0].id) == ("1-event-grid", ("slack",), "1.1")
    assert lab.checks_file == clone / "autograder" / "checks" / "event_grid.py"
    proofs.starter_earns_nothing(lab, 1)
    proofs.solution_earns_everything(lab, 1)
    proofs.mutant_is_caught(lab, lab.mutants[0], 1)


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_a_new_lab_of_another_kind_is_green(clone: Path, kind: str) -> None:
    lab = newlab.lay_out("first-words", kind, ())
    assert (lab.name, lab.kinds) == ("1-first-words", (kind,))
    assert not differing(lab)
    proofs.starter_earns_nothing(lab, 1)
    proofs.solution_earns_everything(lab, 1)
    for alternative in lab.alternatives:
        proofs.alternative_passes(lab, alternative, 1)
    for mutant in lab.mutants:
        proofs.mutant_is_caught(lab, mutant, 1)


def test_a_new_lab_of_questions_asks_about_a_cell(clone: Path) -> None:
    assert newlab.lay_out("first-words", "module", ()).checks[0].notebook_cell == "count-words"


def test_a_pattern_is_called_as_its_notebook(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = clone / "patterns"
    shutil.copytree(newlab.PATTERNS / "module", patterns / "module")
    notebook = patterns / "module" / "notebook" / "0-questions.ipynb"
    notebook.rename(notebook.with_stem("0-other-words"))
    facts = patterns / "module" / "lab" / "lab.toml"
    facts.write_text(facts.read_text("utf-8").replace("questions.py", "other_words.py"))
    monkeypatch.setattr(newlab, "PATTERNS", patterns)
    lab = newlab.lay_out("event-grid", "module", ())
    assert (clone / "notebooks" / lab.name / f"{lab.name}.ipynb").is_file()
    assert "autograder/checks/event_grid.py" in (lab.starter / "lab.toml").read_text("utf-8")


@pytest.mark.parametrize("kind", newlab.kinds())
def test_a_new_lab_has_a_deck_and_speaks_of_itself(clone: Path, kind: str) -> None:
    lab = newlab.lay_out("event-grid", kind, ())
    deck = find(lab.slug).source
    assert deck.count("Lab 1") >= 2 and "camp up --lab 1`" in deck and "check 1.1" in deck
    pattern = newlab.pattern_of(kind).slug
    left_over = re.compile(
        rf"\b(?:Lab|--lab|slides|check) 0\b|\b0\.1\b|warm-up|0-{pattern}|{pattern.replace('-', '_')}\.py"
    )
    for path in (*clone.rglob("*event-grid*/*"), clone / "slides" / f"{lab.name}.md", lab.checks_file):
        if path.suffix in (*newlab.TEXTS, ".md"):
            assert not left_over.findall(path.read_text("utf-8")), path
    notebook = (clone / "notebooks" / lab.name / f"{lab.name}.ipynb").read_text("utf-8")
    assert "](/camp/slides)" in notebook and "`camp slides 1`" in notebook
    assert "camp progress --export" in notebook and "camp progress --import" in notebook


def test_the_command_names_what_it_has_laid_out(clone: Path) -> None:
    done = CliRunner().invoke(camp, ["lab", "new", "event-grid", "--services", "slack, storage"], prog_name="camp")
    assert done.exit_code == 0, done.output
    made = re.findall(r"^Laid out (.+)$", done.output, re.MULTILINE)
    assert "slides/1-event-grid.md" in made and all((clone / path).exists() for path in made)
    assert "camp test --lab 1" in done.output
    assert find_lab("event-grid").services == ("slack", "storage")


def test_the_command_offers_the_kinds_that_have_a_pattern(clone: Path) -> None:
    shown = CliRunner().invoke(camp, ["lab", "new", "--help"], prog_name="camp").output
    assert f"[{'|'.join(newlab.kinds())}]" in "".join(shown.split()) and "kinds that have a pattern" in " ".join(
        shown.split()
    )
    done = CliRunner().invoke(camp, ["lab", "new", "event-grid", "--kind", WITHOUT_PATTERN], prog_name="camp")
    assert done.exit_code == USAGE and str(newlab.kinds())[1:-1] in " ".join(done.output.split())
    done = CliRunner().invoke(camp, ["lab", "new", "event-grid", "--kind", "module"], prog_name="camp")
    assert done.exit_code == 0 and find_lab("event-grid").kinds == ("module",)


def test_a_kind_without_a_pattern_is_refused(clone: Path) -> None:
    known = ", ".join(newlab.kinds())
    with pytest.raises(newlab.NewLabRefused, match=rf"no pattern of {WITHOUT_PATTERN}\. Take one of {known}, then"):
        newlab.lay_out("first-words", WITHOUT_PATTERN, ())


def test_a_lab_that_cannot_be_laid_out_is_refused(clone: Path) -> None:
    with pytest.raises(newlab.NewLabRefused, match="is no slug"):
        newlab.lay_out("Event Grid", "module", ())
    with pytest.raises(newlab.NewLabRefused, match="already"):
        newlab.lay_out("warm-up", "module", ())
    with pytest.raises(registry.UnknownService, match=r"comsos \(did you mean cosmos\?\)"):
        newlab.lay_out("event-grid", "module", ("comsos",))


def toy_of_contributing() -> ModuleType:
    """The service that CONTRIBUTING.md writes, as a module."""
    text = (HERE / "CONTRIBUTING.md").read_text("utf-8")
    [code] = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "SERVICE = " in block]
    module = ModuleType("localcloud.motto.service")
    exec(textwrap.dedent("   " + code.lstrip()), vars(module))
    return module


APP = """
import os
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="word")
def word(req: func.HttpRequest) -> str:
    return os.environ["MOTTO"]
"""


async def test_a_lab_uses_a_service_that_one_folder_and_one_line_add(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = toy_of_contributing()
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(registry, "SERVICES", (*registry.SERVICES, "motto"))
    facts = clone / "labs" / PATTERN / "lab.toml"
    facts.write_text(facts.read_text().replace("reflection = 0", 'services = ["motto"]\n[motto]\nword = "hello"', 1))
    lab = find_lab("0")
    app = clone / "app"
    app.mkdir()
    (app / "function_app.py").write_text(APP)
    (app / "local.settings.json").write_text('{"IsEncrypted": false, "Values": {"MOTTO": "of the app"}}')
    environment = await Environment.start(lab, app, "seed")
    try:
        camp = environment.camp(random.Random(1))
        assert camp[module.Motto].word == (await camp.get("/api/word")).text == "hello"
    finally:
        await environment.stop()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "minutes = 10",
            'minutes = 10\nservices = ["comsos"]',
            r"services: there is no service comsos \(did you mean cosmos",
        ),
        (
            "minutes = 10",
            'minutes = 10\nkinds = ["function-ap"]',
            r"kinds: there is no kind function-ap \(did you mean function-app",
        ),
        ("points = 0", 'points = 0\nneeds = ["falts"]', r"needs: there is no ability falts \(did you mean faults"),
        ("[[check]]", '[storage]\nqueues = ["Reports"]\n[[check]]', r"\[storage\] queues must be a list of names"),
        ("[[check]]", '[cosmos.containers]\na = "/id"\n[[check]]', "unknown key cosmos"),
    ],
)
def test_a_misspelt_fact_is_named_with_the_nearest_word(clone: Path, old: str, new: str, told: str) -> None:
    facts = clone / "labs" / PATTERN / "lab.toml"
    facts.write_text(facts.read_text().replace(old, new, 1))
    with pytest.raises(LabError, match=told):
        find_lab("0")


def test_a_service_says_what_is_wrong_with_its_table() -> None:
    for name, table in (
        ("cosmos", {"containers": {"messages": "channel"}}),
        ("cosmos", {"database": "x"}),
        ("slack", {"commands": ["report"]}),
        ("storage", {"queues": "reports"}),
        ("functions", {"x": 1}),
    ):
        with pytest.raises(PreparationError):
            registry.service(name).prepare(table)
