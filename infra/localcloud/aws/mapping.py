"""The SQS event-source mapping: it takes batches from a queue, invokes a function, and deletes what succeeded.

What failed stays in the queue and is visible again after the queue's visibility time-out; after `maxReceiveCount`
receives SQS moves it to the dead-letter queue. One batch is in flight at a time, so that the messages of a FIFO queue's
group stay in order. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.ending import ended
from localcloud.faults import Faults
from localcloud.journal import Journal
from localcloud.messages import _

from .batch_response import Judged, judged
from .client import AwsClient, AwsError, AwsUnreachable
from .faults import TWICE
from .function import Invocation, LambdaFunction, new_request_id
from .records import Queue, Record, batches, queue_of, receives, record

MOST_MESSAGES = 10
SECONDS_OF_POLL, GRACE = 20, 5.0
SECONDS_BETWEEN_TRIES = 0.5
LONGEST_BODY = 256  # of a message in the journal
ATTRIBUTES = ["QueueArn", "RedrivePolicy"]


@dataclass(frozen=True)
class Options:
    """What CreateEventSourceMapping takes."""

    batch_size: int = MOST_MESSAGES
    report_failures: bool = True  # ReportBatchItemFailures


class EventSourceMapping:
    """Use `start` and `stop`. `pause` and `resume` are the mapping's `Enabled`. What happens goes into `journal` as
    `lambda.invoked`, `lambda.finished` and `lambda.problem`."""

    def __init__(
        self,
        aws: AwsClient,
        queue_url: str,
        function: LambdaFunction,
        journal: Journal,
        options: Options | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.queue_url = queue_url
        self.function = function
        self._aws = aws
        self._journal = journal
        self._options = options or Options()
        self._faults = faults
        self._queue: Queue | None = None
        self._polling: asyncio.Task[None] | None = None
        self._free = asyncio.Event()  # set while no message is in its hands
        self._free.set()
        self.problem: str | None = None  # why no messages come

    @property
    def in_flight(self) -> bool:
        """Whether a batch is under way."""
        return not self._free.is_set()

    def start(self) -> None:
        """Starts to poll."""
        if self._polling is None:
            self._polling = asyncio.get_running_loop().create_task(self._poll())

    resume = start

    async def pause(self) -> None:
        """Ends to poll, once the batch in flight is done."""
        await self._free.wait()
        await self._end_polling()

    async def stop(self) -> None:
        """Ends to poll, and ends the function. The messages of a batch in flight come back to the queue."""
        await self._end_polling()
        await self.function.stop()

    async def _end_polling(self) -> None:
        if polling := self._polling:
            self._polling = None
            await ended([polling])
            if polling.done() and not polling.cancelled():
                polling.result()

    async def _poll(self) -> None:
        while True:
            try:
                queue, messages = await self._received()
            except (AwsError, AwsUnreachable) as error:
                self._note(str(error))
                await asyncio.sleep(SECONDS_BETWEEN_TRIES)
                continue
            self._note(None)
            if messages:
                await self._deliver(queue, [record(message, queue) for message in messages])

    async def _received(self) -> tuple[Queue, list[dict[str, Any]]]:
        self._queue = self._queue or await self._described()
        try:
            answer = await self._aws.sqs(
                "ReceiveMessage",
                seconds=SECONDS_OF_POLL + GRACE,
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=min(self._options.batch_size, MOST_MESSAGES),
                WaitTimeSeconds=SECONDS_OF_POLL,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except AwsError:
            self._queue = None  # it may be made again, as another
            raise
        return self._queue, answer.get("Messages", [])

    async def _described(self) -> Queue:
        answer = await self._aws.sqs("GetQueueAttributes", QueueUrl=self.queue_url, AttributeNames=ATTRIBUTES)
        return queue_of(self.queue_url, answer["Attributes"])

    async def _deliver(self, queue: Queue, records: Sequence[Record]) -> None:
        """Invokes the function with these records. In a FIFO queue nothing overtakes what failed."""
        self._free.clear()
        try:
            for batch in batches(records):
                failed = await self._invoke(queue, batch)
                done = [one for one in batch if one["messageId"] not in failed]
                if done and self._faults and self._faults.use(TWICE):
                    await self._invoke(queue, done)
                if failed and queue.is_fifo:
                    return
        finally:
            self._free.set()

    async def _invoke(self, queue: Queue, batch: Sequence[Record]) -> tuple[str, ...]:
        """The ids of the messages that failed."""
        request_id = new_request_id()
        self._journal.add(
            "lambda.invoked",
            request_id=request_id,
            function=self.function.spec.name,
            queue=queue.name,
            cold=self.function.pid is None,
            messages=[
                {"id": one["messageId"], "receives": receives(one), "body": one["body"][:LONGEST_BODY]} for one in batch
            ],
        )
        done = await self.function.invoke({"Records": list(batch)}, request_id)
        ids = [one["messageId"] for one in batch]
        if done.error:
            verdict = Judged(tuple(ids))
        else:
            verdict = judged(done.answer, ids, report_failures=self._options.report_failures)
        kept = await self._delete([one for one in batch if one["messageId"] not in verdict.failed])
        self._finished(queue, batch, done, verdict, kept)
        return verdict.failed

    async def _delete(self, succeeded: Sequence[Record]) -> str | None:
        """Deletes the messages of these records; what kept some of them from being deleted."""
        if not succeeded:
            return None
        entries = [{"Id": str(number), "ReceiptHandle": one["receiptHandle"]} for number, one in enumerate(succeeded)]
        try:
            answer = await self._aws.sqs("DeleteMessageBatch", QueueUrl=self.queue_url, Entries=entries)
        except (AwsError, AwsUnreachable) as error:
            return str(error)
        return next((str(one.get("Message") or one.get("Code")) for one in answer.get("Failed", [])), None)

    def _finished(
        self, queue: Queue, batch: Sequence[Record], done: Invocation, verdict: Judged, kept: str | None
    ) -> None:
        failed = [one for one in batch if one["messageId"] in verdict.failed]
        last = [one["messageId"] for one in failed if queue.most_receives and receives(one) >= queue.most_receives]
        self._journal.add(
            "lambda.finished",
            request_id=done.request_id,
            function=self.function.spec.name,
            queue=queue.name,
            outcome=_outcome(done, len(failed), len(batch)),
            milliseconds=done.milliseconds,
            cold=done.cold,
            error=str(done.error) if done.error else None,
            traceback=done.error.traceback if done.error else None,
            malformed=verdict.why,
            succeeded=[one["messageId"] for one in batch if one not in failed],
            failed=[one["messageId"] for one in failed],
            to_dead_letters=last if queue.dead_letter_arn else [],
            not_deleted=kept,
        )

    def _note(self, problem: str | None) -> None:
        """A problem with the queue is told once, and its end too."""
        if problem != self.problem:
            self.problem = problem
            self._journal.add(
                "lambda.problem", queue_url=self.queue_url, problem=problem or _("The queue answers again.")
            )


def _outcome(done: Invocation, failed: int, all: int) -> str:
    if done.timed_out:
        return "timed out"
    if done.error or failed == all:
        return "failed"
    return "partial" if failed else "succeeded"
