import pytest

from autograder.answers.inside.source import compiled, is_asynchronous, without_magics


@pytest.mark.parametrize(
    ("source", "runs"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("if True:\n    !ls\nx = 1", "if True:\n    pass\nx = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%bash\nrm -rf x", ""),
        ("x = 1\nx?", "x = 1\npass"),
        ("?print\nx = 1", "pass\nx = 1"),
    ],
)
def test_lines_that_are_meant_for_ipython_are_left_out(source: str, runs: str) -> None:
    assert without_magics(source) == runs
    compiled(source, "<cell x>")


def test_what_is_right_is_not_touched() -> None:
    space: dict[str, str] = {}
    exec(compiled('text = """\n%x\n!y\n"""', "<cell x>"), space)
    assert space["text"] == "\n%x\n!y\n"


def test_an_error_is_that_of_the_cell_as_it_was_written() -> None:
    with pytest.raises(SyntaxError) as caught:
        compiled("%time\ndef (", "<cell x>")
    assert (caught.value.filename, caught.value.lineno) == ("<cell x>", 1)


def test_a_cell_may_await() -> None:
    assert is_asynchronous(compiled("import asyncio\nawait asyncio.sleep(0)", "<cell x>"))
    assert not is_asynchronous(compiled("x = 1", "<cell x>"))
