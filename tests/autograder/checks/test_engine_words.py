"""How a failure shows what an engine has said."""

from autograder.checks.engine_words import LONGEST_LINE, MOST_LINES, errors_in, lines_of

MESSAGE = """
azurerm_resource_group.camp: Creating...
╷
│ Warning: Deprecated
╵
╷
│ Error: invalid value for name
│
│   on main.tf line 3:
╵
"""


def test_of_what_an_engine_prints_its_errors_are_shown() -> None:
    assert errors_in(MESSAGE) == "Error: invalid value for name\non main.tf line 3:"
    assert errors_in("Killed") == "Killed"


def test_a_long_message_is_cut() -> None:
    lines = lines_of("\n".join(["x" * 1_000] * 100)).splitlines()
    assert len(lines) == MOST_LINES + 1 and lines[0] == "x" * LONGEST_LINE + "..." and lines[-1] == "..."
