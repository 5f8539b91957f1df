"""What a function's answer means for the messages of its batch: pure rules.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html, "Success and failure conditions".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.messages import _


@dataclass(frozen=True)
class Judged:
    """The messages that the answer calls failed; they stay in the queue. `why`: the answer is malformed, so that all
    failed."""

    failed: tuple[str, ...] = ()
    why: str | None = None


def judged(answer: Any, message_ids: Sequence[str], *, report_failures: bool) -> Judged:
    """What becomes of the messages with these ids when a function returned `answer` without an error.
    `report_failures`: the mapping has ReportBatchItemFailures; otherwise no answer matters."""
    if not report_failures or answer is None:
        return Judged()
    if not isinstance(answer, dict):
        return _all_failed(message_ids, _("it is not an object with a list 'batchItemFailures'"))
    items = answer.get("batchItemFailures")
    if items is None:
        return Judged()
    if not isinstance(items, list):
        return _all_failed(message_ids, _("'batchItemFailures' is not a list"))
    failed = []
    for item in items:
        name = item.get("itemIdentifier") if isinstance(item, dict) else None
        if not isinstance(name, str) or not name:
            return _all_failed(message_ids, _("a failure has no 'itemIdentifier' that is a message id"))
        if name not in message_ids:
            return _all_failed(message_ids, _("'{id}' is no message id of this batch").format(id=name[:80]))
        failed.append(name)
    return Judged(tuple(dict.fromkeys(failed)))


def _all_failed(message_ids: Sequence[str], why: str) -> Judged:
    return Judged(tuple(message_ids), why)
