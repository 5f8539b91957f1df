"""A hand-in that deletes what a check looks at: the check judges it, and is not in error."""

from pathlib import Path

import pytest

from autograder.lab import find_lab
from autograder.mutants import copy_solution
from autograder.runner import run_checks
from autograder.verdict import ERRORED, FAILED, CheckResult

LAB = find_lab("4")
DELETES_QUEUES = """

def delete_all():
    sqs = boto3.client("sqs")
    for url in sqs.list_queues()["QueueUrls"]:
        sqs.delete_queue(QueueUrl=url)


does = handler


def handler(event, context):
    done = does(event, context)
    delete_all()
    return done
"""
DELETES_AT_ONCE = """

made = make_queues


def make_queues(sqs):
    urls = made(sqs)
    delete_all()
    return urls
"""
POLICY = """

made = make_queues


def make_queues(sqs):
    urls = made(sqs)
    sqs.set_queue_attributes(QueueUrl=urls[0], Attributes={"RedrivePolicy": POLICY})
    return urls
"""
DELETES_CONTAINER = """

posted = slack.chat_postMessage


def post_and_shred(**said):
    posted(**said)
    DELETE


slack.chat_postMessage = post_and_shred
"""


def result(tmp_path: Path, check: str, file: str, more: str) -> CheckResult:
    """What the check says of the solution with these lines at the end of a file."""
    copy_solution(LAB, tmp_path)
    path = tmp_path / file
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    (found,) = run_checks(LAB, tmp_path, [check], seed=1).checks
    return found


@pytest.mark.parametrize("policy", ["nonsense", "[1]", '{"maxReceiveCount": "many"}', '{"deadLetterTargetArn": 7}'])
def test_a_redrive_policy_that_is_none_fails(tmp_path: Path, policy: str) -> None:
    more = POLICY.replace("POLICY", repr(policy))
    assert result(tmp_path, "4.10", "sqs_worker.py", more).outcome == FAILED


@pytest.mark.parametrize("more", [DELETES_QUEUES, DELETES_QUEUES + DELETES_AT_ONCE], ids=["handler", "make_queues"])
def test_a_handler_that_deletes_the_queues_fails(tmp_path: Path, more: str) -> None:
    found = result(tmp_path, "4.10", "sqs_worker.py", more)
    assert found.outcome == FAILED
    assert "QueueDoesNotExist" in found.seen or "NonExistentQueue" in found.seen


@pytest.mark.parametrize(
    "delete",
    ['database().delete_container("reports")', "database().client_connection.DeleteDatabase('dbs/camp')"],
    ids=["container", "database"],
)
def test_an_app_that_deletes_its_documents_with_their_container_fails(tmp_path: Path, delete: str) -> None:
    found = result(tmp_path, "4.9", "function_app.py", DELETES_CONTAINER.replace("DELETE", delete))
    assert found.outcome == FAILED
    assert "There is no container camp/" in found.seen


def test_an_app_that_deletes_its_queue_is_never_a_fault_of_the_camp(tmp_path: Path) -> None:
    connected = 'QueueClient.from_connection_string(os.environ["AzureWebJobsStorage"], "reports")'
    found = result(
        tmp_path, "4.9", "function_app.py", DELETES_CONTAINER.replace("DELETE", f"{connected}.delete_queue()")
    )
    assert found.outcome != ERRORED
