"""The worker: claims a job, asks the engine if the breaker lets it, posts, and only then is done."""

import json
import logging
import os

import azure.functions as func
from azure.storage.queue import BinaryBase64EncodePolicy, QueueClient

from bot import breaker, records
from bot.chat import slack
from bot.engine import EngineDown, report_about

jobs = func.Blueprint()


@jobs.queue_trigger(arg_name="msg", queue_name="reports", connection="AzureWebJobsStorage")
def report(msg: func.QueueMessage) -> None:
    job = json.loads(msg.get_body())
    id, topic = job["correlation_id"], job["topic"]
    logging.info(json.dumps({"correlation_id": id, "message": msg.id, "try": msg.dequeue_count}))
    record = records.claim(job, msg.id)
    if record is None:
        return
    if "report" not in record:
        if not breaker.lets_through():
            return wait(job, "the breaker is open")
        try:
            found = report_about(topic)
        except EngineDown as error:
            breaker.down()
            return wait(job, str(error))
        except Exception as error:
            records.note(id, f"failed: {error}")
            raise
        breaker.up()
        record = records.note(id, "the engine has answered", report=found)
    attachment = {"text": record["report"], "footer": id}
    text = f"Report {id}: {record['report']}"
    slack.chat_postMessage(
        channel=job["channel"], text=text, attachments=[attachment], thread_ts=job.get("thread_ts"), unfurl_links=False
    )
    records.note(id, "posted", done=True)


def wait(job: dict, why: str) -> None:
    """A copy comes after the cool-down, with five tries of its own. By then nobody must own the job."""
    records.note(job["correlation_id"], f"put off: {why}", owner=None)
    seconds = max(1, int(breaker.cool_down()))
    queue = QueueClient.from_connection_string(
        os.environ["AzureWebJobsStorage"], "reports", message_encode_policy=BinaryBase64EncodePolicy()
    )
    with queue:
        queue.send_message(json.dumps(job).encode(), visibility_timeout=seconds)
