import io

from rich.console import Console

from autograder import report
from autograder.verdict import ERRORED, FAILED, PASSED, SKIPPED, CheckResult, Verdict

RESULTS = (
    CheckResult("1.1", "It says hello", PASSED, 2, 2, 0.04, sent="POST /api"),
    CheckResult(
        "1.2", "It ignores [red]strangers[/red]", FAILED, 0, 2, 1.26,
        sent="POST /api\n{'user': '学'}", seen="status 200\n{}", expected="status 401", next="Compare the token " * 5,
        log="Information: Executing 'Functions.outgoing'\nfunction_app.py, line 5: KeyError: [user]", replayable=True,
    ),
    CheckResult("1.3", "It answers", ERRORED, 0, 2, 0.0, seen="KeyError: 'x'", next="This is a fault of the camp."),
    CheckResult("1.4", "It rejects", SKIPPED, 0, 3, 0.0, next="This check needs the local cloud."),
    CheckResult("1.5", "It replies", PASSED, 0, 2, 0.2, next="Its points count as soon as 1.1 passes."),
)  # fmt: skip

GOLDEN = """\
Lab 1: A bot
✔ 1.1  It says hello                                 2/2  0.0 s
✘ 1.2  It ignores [red]strangers[/red]               0/2  1.3 s
  sent      POST /api
            {'user': '学'}
  seen      status 200
            {}
  expected  status 401
  try next  Compare the token Compare the token Compare the token Compare the
            token Compare the token
  log       Information: Executing 'Functions.outgoing'
            function_app.py, line 5: KeyError: [user]
  again     camp replay 1.2
  stuck?    camp hint 1.2
! 1.3  It answers                                    0/2  0.0 s
  seen  KeyError: 'x'
  note  This is a fault of the camp.
– 1.4  It rejects                                    0/3  0.0 s
  note  This check needs the local cloud.
✔ 1.5  It replies                                    0/2  0.2 s
  note  Its points count as soon as 1.1 passes.

2 of 11 points: 2 passed, 1 failed, 1 not checked, 1 skipped.
The same inputs (seed 7) again:
  camp check 1 --seed 7
"""


def shown(verdict: Verdict, width: int = 80) -> str:
    text = io.StringIO()
    report.show(verdict, Console(file=text, width=width, highlight=False), "Lab 1: A bot", "camp check 1 --seed 7")
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def test_a_verdict_in_a_terminal() -> None:
    assert shown(Verdict.of_results("1-bot", 7, RESULTS)) == GOLDEN


def test_the_command_to_replay_is_never_wrapped() -> None:
    assert "\n  camp check 1 --seed 7\n" in shown(Verdict.of_results("1-bot", 7, RESULTS[:1]), width=16)


def test_nothing_of_a_text_is_taken_for_a_command_of_the_terminal() -> None:
    result = CheckResult("1.1", "It", FAILED, 0, 2, 0.0, seen="\x1b[2J[bold]x", expected="y", next="z")
    assert r"\x1b[2J[bold]x" in shown(Verdict.of_results("1-bot", 7, [result]))
