import json
from typing import Any

from autograder.grading import display
from autograder.grading.grade import Graded
from autograder.verdict import ERRORED, FAILED, PASSED, CheckResult, Verdict

FAILURE = CheckResult("1.2", "It", FAILED, 0, 3, 0.1, "GET /", "<script>x</script>", "401", "Compare.")


def test_a_check_shows_what_the_learner_would_have_seen_and_its_points() -> None:
    [output] = display.outputs(FAILURE)
    assert output["data"]["text/plain"] == "0"
    shown = output["data"]["text/html"]
    assert "<script" not in shown
    for text in ("1.2 It: failed, 0/3", "GET /", "&lt;script&gt;x", "401", "Compare.", "hint(&quot;1.2&quot;)"):
        assert text in shown
    [output] = display.outputs(CheckResult("1.2", "It", PASSED, 3, 3, 0.1))
    assert output["data"]["text/plain"] == "3"


def test_a_guard_that_does_not_pay_has_no_points() -> None:
    note = "Its points count as soon as 1.1 passes."
    [output] = display.outputs(CheckResult("1.2", "It", PASSED, 0, 3, 0.1, next=note))
    assert output["data"]["text/plain"] == "0" and note in output["data"]["text/html"]


def test_a_fault_of_ours_gives_no_points_and_says_so() -> None:
    shown, error = display.outputs(CheckResult("1.2", "It", ERRORED, 0, 3, 0.1, seen="KeyError"))
    assert "KeyError" in shown["data"]["text/html"]
    assert (error["output_type"], error["ename"]) == ("error", display.BROKEN)


def test_what_a_learner_typed_is_no_markup(handins: Any) -> None:
    shown = display.typed(handins.answer)
    inner = shown[shown.index(">") + 1 : -len("</div>")]
    assert not set(inner) & set("<>$`\\\n")
    assert "\n" not in shown and "mathjax_ignore" in shown


def test_the_summary_escapes_what_is_not_ours() -> None:
    verdict = Verdict.of_results("1-slack-bot", 1, [FAILURE])
    shown = display.summary(Graded(verdict, notes=("<img src=x onerror=alert(1)> is a link\n",)))
    assert "0 of 3 points: 1 failed." in shown and "<img" not in shown and "\n" not in shown


def test_a_graded_submission_is_plain_json() -> None:
    graded = Graded(Verdict.of_results("1-slack-bot", 1, [FAILURE]), "An answer.", "a reason", ("a note",))
    assert Graded.from_json(json.loads(json.dumps(graded.to_json()))) == graded
