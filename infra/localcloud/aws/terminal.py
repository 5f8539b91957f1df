"""The mapping alone, for a person in a terminal: it prints what Lambda's log would say, and what became of messages."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from localcloud import loops
from localcloud.faults import kind_of
from localcloud.journal import Entry, Journal
from localcloud.loopback import is_local
from localcloud.messages import _, ngettext

from .client import AwsClient
from .faults import kinds
from .function import FunctionSpec, LambdaFunction
from .mapping import EventSourceMapping, Options


class BadQueue(ValueError):
    """What names a queue is not the URL of one on this laptop; the text says why."""


@dataclass(frozen=True)
class QueueUrl:
    """The URL of a queue of a local AWS, and the endpoint that it lies behind."""

    text: str
    endpoint: str

    @classmethod
    def of(cls, text: str) -> "QueueUrl":
        """BadQueue."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise BadQueue(_("'{url}' is no URL: {why}.").format(url=text, why=error)) from error
        if parts.scheme not in ("http", "https") or parts.path.count("/") != 2 or parts.path.endswith("/"):
            usual = "http://127.0.0.1:4566/123456789012/reports"
            raise BadQueue(_("'{url}' is no queue's URL, which is like {usual}.").format(url=text, usual=usual))
        if not is_local(parts.netloc) or port is None:
            raise BadQueue(
                _("{host} is not this laptop. Queues on AWS itself are for Lambda on AWS itself.").format(
                    host=parts.netloc
                )
            )
        return cls(text, f"{parts.scheme}://{parts.netloc}")


def run(spec: FunctionSpec, queue: QueueUrl, options: Options, say: Callable[[str], None]) -> None:
    """Runs the mapping until Ctrl-C; `say` gets the lines."""
    loops.run(_run(spec, queue, options, say))


async def _run(spec: FunctionSpec, queue: QueueUrl, options: Options, say: Callable[[str], None]) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    journal = Journal()
    async with AwsClient(queue.endpoint, spec.environ["AWS_REGION"]) as aws:
        mapping = EventSourceMapping(aws, queue.text, LambdaFunction(spec, journal), journal, options)
        telling = loop.create_task(_tell(journal, say))
        mapping.start()
        say(
            _("Messages of {queue} go to {handler}, at most {size} at a time. Ctrl-C ends this.").format(
                queue=queue.text, handler=f"{spec.handler.module}.{spec.handler.name}", size=options.batch_size
            )
        )
        try:
            await over.wait()
        finally:
            await mapping.stop()
            telling.cancel()


async def _tell(journal: Journal, say: Callable[[str], None]) -> None:
    async for entry in journal.follow():
        for line in lines(entry):
            say(line)


def lines(entry: Entry) -> list[str]:
    """What a person reads of one entry."""
    facts = entry.facts
    match entry.kind:
        case "lambda.invoked":
            received = ", ".join(str(one["receives"]) for one in facts["messages"])
            count = _("{messages}, received so often: {times}").format(
                messages=ngettext("1 message", "{count} messages", len(facts["messages"])), times=received
            )
            return [f"START RequestId: {facts['request_id']} Version: $LATEST ({count})"]
        case "lambda.log":
            return [str(facts["message"])]
        case "lambda.finished":
            return _finished(facts)
        case "lambda.problem":
            return [str(facts["problem"])]
        case "lambda.reloaded":
            return [_("The files were saved. The handler is loaded again.")]
        case "fault.began":
            return [_("A fault was asked for: {says}.").format(says=kind_of(kinds(), str(facts["fault"])).says)]
        case "lambda.exited":
            return [_("The function's process ended: {reason}.").format(reason=facts["reason"])]
    return []


def _finished(facts: dict[str, object]) -> list[str]:
    request = f"RequestId: {facts['request_id']}"
    said = [f"END {request}", f"REPORT {request} Duration: {facts['milliseconds']} ms"]
    if facts["error"]:
        said.insert(0, f"[ERROR] {facts['error']}")
        if facts["traceback"]:
            said.insert(1, str(facts["traceback"]).rstrip())
    if facts["malformed"]:
        said.append(_("The answer is malformed, so that the whole batch failed: {why}.").format(why=facts["malformed"]))
    succeeded, failed, dead = (facts[name] for name in ("succeeded", "failed", "to_dead_letters"))
    assert isinstance(succeeded, list) and isinstance(failed, list) and isinstance(dead, list)
    said.append(
        _("{done} done and deleted, {back} come back, {dead} go to the dead-letter queue.").format(
            done=len(succeeded), back=len(failed) - len(dead), dead=len(dead)
        )
    )
    if facts["not_deleted"]:
        said.append(_("Not deleted: {why}").format(why=facts["not_deleted"]))
    return said
