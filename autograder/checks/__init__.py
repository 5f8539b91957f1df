"""What a check is written with: `check("1.1")`, the `camp` fixture's type and `fail`.

One check is one coroutine, judged from outside; the first line of its docstring is the line learners read:

    @check("1.1")
    async def test_it_says_hello(camp: Camp) -> None:
        \"\"\"The bot says hello to whoever speaks\"\"\"
        answer = await camp.post("/api/slack/outgoing", form={...})
        if answer.status != 200:
            fail(seen=f"status {answer.status}", expected="status 200", next="Look at the route of your function.")

A check that lab.toml gives a `cell` is about code in the notebook (docs/questions.md):

    @check("3.2")
    async def test_one_partition_for_each_team(camp: NotebookCamp) -> None:
        \"\"\"A partition for each team\"\"\"
        found = await camp.notebook.call("partition_key", {"team_id": "T1", "channel": "C1"})
        if found != "T1":
            fail(seen=found, expected="T1", next="Which value do all messages of a team share?")

Raise nothing but `fail`: any other exception counts as a fault of the camp ("errored"), not of the learner.
"""

from autograder.answers.asking import NotebookCamp, Raised
from autograder.camp import Answer, Camp
from autograder.checking import CheckFailed, check, fail

__all__ = ["Answer", "Camp", "CheckFailed", "NotebookCamp", "Raised", "check", "fail"]
