from pathlib import Path

import pytest

from autograder import starters
from autograder.lab import Lab

SOLUTION = """import json
### BEGIN SOLUTION
import hmac
### END SOLUTION


def greet():
    ### BEGIN SOLUTION
    # STARTER: # Say hello.
    # STARTER: if True:
    # STARTER:     pass
    # STARTER:
    # STARTER: return None
    # an ordinary comment
    return "hello"
    ### END SOLUTION


### BEGIN SOLUTION
def helper():
    return 1


### END SOLUTION
"""


def test_a_starter_has_the_starter_lines_in_place_of_the_solution() -> None:
    assert starters.starter_of(SOLUTION, "app.py") == (
        "import json\n\n\ndef greet():\n    # Say hello.\n    if True:\n        pass\n\n    return None\n"
    )


def test_a_revealed_solution_has_neither_marks_nor_starter_lines() -> None:
    assert starters.revealed(SOLUTION, "app.py") == (
        "import json\nimport hmac\n\n\ndef greet():\n    # an ordinary comment\n"
        '    return "hello"\n\n\ndef helper():\n    return 1\n'
    )


def test_a_file_without_marks_is_copied_as_it_is() -> None:
    assert starters.starter_of("x = 1\n\n\n\n\n\ny = 2", "app.py") == "x = 1\n\n\n\n\n\ny = 2"


@pytest.mark.parametrize("suffix", [".py", ".yml", ".yaml", ".tf", ".toml", ".bicep"])
def test_the_solution_is_cut_out_of_every_file_whose_comments_are_known(tiny: Lab, suffix: str) -> None:
    sign, bare = ("// ", "// ") if suffix == ".bicep" else ("", "# ")
    kept, cut = f"{bare}kept\n", "own = 1\n"
    begin, end = f"{sign}### BEGIN SOLUTION\n", f"  {sign}### END SOLUTION\n"
    (tiny.solution / f"file{suffix}").write_text(f"{kept}{begin}  {bare}STARTER: own = 0\n{cut}{end}{kept}")
    starters.write(tiny)
    assert (tiny.starter / f"file{suffix}").read_text() == f"{kept}  own = 0\n{kept}"
    shown = starters.revealed((tiny.solution / f"file{suffix}").read_text(), f"file{suffix}")
    assert shown == f"{kept}{cut}{kept}"


@pytest.mark.parametrize("name", ["notes.md", "requirements.txt", "settings.json", "Makefile"])
def test_a_mark_in_another_file_is_an_error_and_no_solution_that_is_given_away(tiny: Lab, name: str) -> None:
    (tiny.solution / name).write_text("one\n### BEGIN SOLUTION\nsecret\n### END SOLUTION\n")
    with pytest.raises(
        starters.StarterError, match=f"{name}:2: nothing is cut out of such a file, only out of .*bicep"
    ):
        starters.generated(tiny)


def test_a_file_that_is_no_text_is_copied_as_it_is(tiny: Lab) -> None:
    (tiny.solution / "picture.png").write_bytes(b"\x89PNG\xff\xfe\n")
    assert starters.generated(tiny)[Path("picture.png")] == b"\x89PNG\xff\xfe\n"


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("### BEGIN SOLUTION\nx\n### END SOLUTION\n", "main.bicep"),
        ("// ### BEGIN SOLUTION\nx\n// ### END SOLUTION\n", "main.tf"),
        ("x = 1 ### BEGIN SOLUTION\n", "app.py"),
    ],
)
def test_a_mark_that_is_not_a_comment_line_of_its_own_is_an_error(text: str, file: str) -> None:
    with pytest.raises(starters.StarterError, match=f"{file}:1: write '(// )?### BEGIN SOLUTION' alone on its line"):
        starters.starter_of(text, file)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n", "app.py:2"),
        ("x = 1\n### END SOLUTION\n", "app.py:2"),
        ("x = 1\n\n### BEGIN SOLUTION\ny = 2\n", "app.py:3: '### BEGIN SOLUTION' is never ended."),
    ],
)
def test_marks_that_do_not_fit_are_named_with_their_line(text: str, place: str) -> None:
    with pytest.raises(starters.StarterError, match=place):
        starters.starter_of(text, "app.py")


def test_check_names_what_is_out_of_date_and_changes_nothing(tiny: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    (tiny.starter / "left_over.py").write_text("x = 1\n")
    assert starters.main(["--check"]) == 1
    shown = capsys.readouterr().out.split()
    assert shown == [str(tiny.starter / "function_app.py"), str(tiny.starter / "left_over.py")]
    assert not (tiny.starter / "function_app.py").exists()


def test_writing_makes_labs_as_generated(tiny: Lab) -> None:
    (tiny.starter / "left_over.py").write_text("x = 1\n")
    assert starters.main([]) == 0
    assert starters.differing(tiny) == []
    assert '    # Greet.\n    return "nobody"\n' in (tiny.starter / "function_app.py").read_text()
    assert not (tiny.starter / "left_over.py").exists()
    assert not (tiny.starter / "mutants").exists()
    assert (tiny.starter / "lab.toml").is_file()
