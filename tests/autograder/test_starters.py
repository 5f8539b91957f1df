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
