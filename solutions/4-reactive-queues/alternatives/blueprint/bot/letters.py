"""Letters about jobs that have failed five times, with the whole history; and their replay."""

import json
import os
import time

import azure.functions as func
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from bot import records
from bot.chat import answer, container, problem, slack

letters = func.Blueprint()


@letters.queue_trigger(arg_name="msg", queue_name="reports-poison", connection="AzureWebJobsStorage")
def bury(msg: func.QueueMessage) -> None:
    job = json.loads(msg.get_body())
    id = job["correlation_id"]
    record = records.note(id, "given up", owner=None)
    error = records.last_error(record)
    letter = {"id": id, "correlation_id": id, "topic": job["topic"], "error": error, "job": job}
    container("deadletters").upsert_item({**letter, "history": record["history"], "written": time.time()})
    mrkdwn = {"type": "mrkdwn", "text": f"*{id}* about {job['topic']}\n```{error}```"}
    slack.chat_postMessage(
        channel=os.environ["SLACK_OPS_CHANNEL"],
        text="A job has failed five times",
        blocks=[{"type": "section", "text": mrkdwn}],
    )


@letters.route(route="deadletters/{id}/replay", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@letters.queue_output(arg_name="again", queue_name="reports", connection="AzureWebJobsStorage")
def replay(req: func.HttpRequest, again: func.Out[str]) -> func.HttpResponse:
    """The letter notes each replay, and stays."""
    id = req.route_params["id"]
    try:
        letter = container("deadletters").patch_item(
            id,
            partition_key=id,
            patch_operations=[{"op": "add", "path": "/history/-", "value": records.event("replayed")}],
        )
    except CosmosResourceNotFoundError:
        return problem(404, f"There is no letter about {id}.")
    again.set(json.dumps(letter["job"]))
    return answer({"history": letter["history"]})
