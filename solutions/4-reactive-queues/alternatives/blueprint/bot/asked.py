"""What Slack asks for. A list of jobs goes out by the binding, each as a message, before Slack gets its answer."""

import json
from typing import List  # noqa: UP035 - the library of azure.functions knows no list[str]

import azure.functions as func

from bot.chat import commanded, heard

asked = func.Blueprint()


@asked.route(route="slack/events", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@asked.queue_output(arg_name="jobs", queue_name="reports", connection="AzureWebJobsStorage")
def events(req: func.HttpRequest, jobs: func.Out[List[str]]) -> func.HttpResponse:  # noqa: UP006
    wanted: list[dict] = []
    response = heard(req, wanted.append)
    if wanted:
        jobs.set([json.dumps(job) for job in wanted])
    return response


@asked.route(route="slack/commands", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@asked.queue_output(arg_name="jobs", queue_name="reports", connection="AzureWebJobsStorage")
def commands(req: func.HttpRequest, jobs: func.Out[List[str]]) -> func.HttpResponse:  # noqa: UP006
    wanted: list[dict] = []
    response = commanded(req, wanted.append)
    if wanted:
        jobs.set([json.dumps(job) for job in wanted])
    return response
