from collections.abc import Mapping

import pytest

from autograder import proofs
from autograder.alternatives import files_of, laid_out
from autograder.lab import Alternative, Lab, LabError, find_lab

BRIEF = "\n[[alternative]]\nname = 'brief'\ndescription = 'It is brief.'\nchecks = ['1.1']\n"


def write(lab: Lab, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        place = lab.solution / "alternatives" / "brief" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")


def texts_of(lab: Lab, alternative: Alternative) -> dict[str, str]:
    with laid_out(lab, alternative) as app:
        found = {path.relative_to(app).as_posix(): path for path in app.rglob("*") if path.is_file()}
        assert {file.as_posix() for file in files_of(lab, alternative)} == set(found)
        return {name: path.read_text("utf-8") for name, path in found.items()}


def test_an_overlay_takes_from_the_solution_what_it_does_not_have(tiny: Lab) -> None:
    write(tiny, {"words.py": "HELLO = 1\n", "bot/new.py": "", "mutants.txt": ""})
    (tiny.solution / "bot").mkdir()
    (tiny.solution / "bot" / "old.py").write_text("")
    found = texts_of(tiny, Alternative("brief", "", overlay=True))
    assert set(found) == {"function_app.py", "host.json", "words.py", "bot/new.py", "mutants.txt"}
    assert found["words.py"] == "HELLO = 1\n"


def test_another_alternative_is_its_folder(tiny: Lab) -> None:
    write(tiny, {"function_app.py": "x = 1\n"})
    assert texts_of(tiny, Alternative("brief", "")) == {"function_app.py": "x = 1\n"}


def test_an_overlay_is_proven_as_a_whole_app(tiny: Lab) -> None:
    source = (tiny.solution / "function_app.py").read_text("utf-8")
    write(tiny, {"function_app.py": source.replace('return "Hello, " +', 'return "Hello" + ", " +')})
    proofs.alternative_passes(tiny, Alternative("brief", "", overlay=True), 0)
    write(tiny, {"function_app.py": source.replace("Hello", "Bye")})
    with pytest.raises(AssertionError, match=r"Not so: brief: every check passes"):
        proofs.alternative_passes(tiny, Alternative("brief", "", overlay=True), 0)


def test_lab_toml_says_which_alternatives_are_overlays(tiny: Lab) -> None:
    facts = tiny.starter / "lab.toml"
    before = facts.read_text("utf-8")
    facts.write_text(before + BRIEF + "overlay = true\n")
    assert find_lab("1").alternatives == (Alternative("brief", "It is brief.", ("1.1",), overlay=True),)
    facts.write_text(before + BRIEF + "overlap = true\n")
    with pytest.raises(LabError, match="overlap"):
        find_lab("1")
