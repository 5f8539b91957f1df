"""How far a grading is: a line for each where there is no terminal, a bar where there is one, a sentence at Ctrl-C."""

import io

import pytest
from rich.console import Console

from autograder.cli.gauge import INTERRUPTED, gauge


def test_without_a_terminal_each_piece_has_its_line() -> None:
    lines: list[str] = []
    with gauge(2, lines.append, Console(file=io.StringIO(), force_terminal=False)) as tell:
        tell("alice")
        tell("bob")
    assert lines == ["alice", "bob"]


def test_on_a_terminal_a_bar_says_how_many_and_how_fast() -> None:
    lines: list[str] = []
    shown = io.StringIO()
    with gauge(3, lines.append, Console(file=shown, force_terminal=True, width=100)) as tell:
        tell("[red]alice")
        tell("bob")
    assert lines == [] and "2/3" in shown.getvalue() and "/s" in shown.getvalue()


@pytest.mark.parametrize(("total", "words"), [(300, "1 of 300 are done"), (None, "1 are done")])
def test_ctrl_c_says_what_is_done_and_how_to_go_on(
    total: int | None, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped, gauge(total, lambda _name: None) as tell:
        tell("alice")
        raise KeyboardInterrupt
    assert stopped.value.code == INTERRUPTED
    said = capsys.readouterr().err
    assert words in said and "The same command goes on from there." in said
