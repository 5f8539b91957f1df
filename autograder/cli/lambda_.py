"""`camp lambda start`: the SQS event-source mapping alone."""

import click

from autograder import project
from localcloud.messages import _

from . import ensure_parts

MOST_SECONDS, MOST_MEMORY = 900, 10_240  # of a function on AWS


@click.group(
    "lambda",
    short_help=_("A Lambda function that a queue triggers."),
    help=_("A Lambda function that an SQS queue triggers, as AWS's event-source mapping does it."),
)
def lambda_() -> None:
    pass


@lambda_.command(
    help=_(
        "Give the messages of a queue to a handler until Ctrl-C. The queue's URL says where the local AWS is; the "
        "handler's environment has AWS_ENDPOINT_URL, and the Values of a local.settings.json beside its file."
    )
)
@click.option("--handler", required=True, metavar="FILE:NAME", help=_("The handler, such as sqs_worker.py:handler."))
@click.option("--queue", required=True, metavar="URL", help=_("The queue's URL, as create_queue returns it."))
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, MOST_SECONDS),
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help=_("After so long an invocation is ended; its messages come back."),
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 10),
    default=10,
    show_default=True,
    help=_("How many messages one invocation gets at most."),
)
@click.option("--memory", type=click.IntRange(128, MOST_MEMORY), default=128, help=_("What context says; in MB."))
@click.option("--region", default="us-east-1", show_default=True, help=_("The region."))
@click.option(
    "--whole-batches",
    is_flag=True,
    help=_("Without ReportBatchItemFailures: what the handler returns does not matter."),
)
def start(
    handler: str, queue: str, timeout: float, batch_size: int, memory: int, region: str, whole_batches: bool
) -> None:
    from localcloud.aws.account import settings
    from localcloud.aws.function import BadHandler, FunctionSpec, Handler
    from localcloud.aws.mapping import Options
    from localcloud.aws.terminal import BadQueue, QueueUrl, run
    from localcloud.functions.loading.settings import SettingsError, read_local_settings

    try:
        named, url = Handler.of(handler), QueueUrl.of(queue)
        own = read_local_settings(named.folder / "local.settings.json").values
    except (BadHandler, BadQueue, SettingsError) as error:
        raise click.UsageError(str(error)) from error
    ensure_parts()
    environ = {**own, **settings(url.endpoint, region)}
    spec = FunctionSpec(named, project.apps_python(), environ, named.module, timeout, memory)
    run(spec, url, Options(batch_size, not whole_batches), click.echo)
