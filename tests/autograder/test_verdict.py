"""What is kept of a text of a verdict."""

from autograder.verdict import FAILED, CheckResult, bounded


def test_of_a_long_text_the_beginning_is_kept() -> None:
    text = "\n".join(str(number) for number in range(1, 21))
    assert bounded(text, 4) == "1\n2\n3\n… (17 more lines)"
    assert bounded("1\n2\n3\n4", 4) == "1\n2\n3\n4"


def test_of_a_log_the_end_is_kept_too() -> None:
    log = "\n".join(["INFO: it begins", *(f"INFO: line {number}" for number in range(30)), "ERROR: it failed"])
    kept = CheckResult("1.1", "", FAILED, 0, 2, 0.0, log=log).bounded().log
    assert kept
    lines = kept.split("\n")
    assert len(lines) == 12
    assert lines[0] == "INFO: it begins" and lines[3] == "… (21 more lines)" and lines[-1] == "ERROR: it failed"


def test_what_cannot_be_printed_is_escaped_and_a_long_line_is_cut() -> None:
    assert bounded("\x1b[31m" + "x" * 300, 1, 10) == "\\x1b[31mxxxxx… (305 characters)"
