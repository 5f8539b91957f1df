"""AWS as a service of the camp: SQS, SNS and DynamoDB for an unmodified boto3, with a lab's tables in it."""

import asyncio
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud import extras
from localcloud.cloud import (
    LEAN,
    CloudService,
    Finding,
    Opened,
    PortalOptions,
    Run,
    Started,
    Table,
    unknown_keys,
    wrong,
)
from localcloud.messages import _
from localcloud.supervisor import HttpProbe, ServiceProcess, TcpProbe

from .account import OWNED, REGION, settings
from .client import AwsClient, AwsError
from .moto import EXTRA, Moto, command
from .moto import LEAN as MOTO_LEAN
from .view import Aws

TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
HANDLER = re.compile(r"\w+\.py:[A-Za-z_]\w*")
USUAL_PORT = 4566  # which local AWS emulators have made the usual one
LAMBDA_PORT = 9001
LAMBDA_URL = "CAMP_LAMBDA_URL"  # of the portal: where the handler that a queue triggers runs


@dataclass(frozen=True)
class Prepared:
    """The DynamoDB tables that are there before the app starts: the partition key of each, a text, by name. Under
    `camp up` the handler `FILE:NAME` in the app's folder gets messages; `queues` is the function that makes its queues.
    """

    tables: Mapping[str, str] = field(default_factory=dict)
    handler: str | None = None
    queues: str = "make_queues"


class AwsService(CloudService):
    name = "aws"
    title = "AWS"
    ports = {"aws": USUAL_PORT, "lambda": LAMBDA_PORT}  # noqa: RUF012
    owns = OWNED
    extras = (EXTRA,)

    def prepare(self, table: Table) -> Prepared:
        unknown_keys(table, ["tables", "handler", "queues"], self.name)
        tables = table.get("tables", {})
        if not isinstance(tables, Mapping) or not all(
            TABLE_NAME.fullmatch(name) and isinstance(key, str) and key for name, key in tables.items()
        ):
            wrong(_('tables must be names of at least three letters with a partition key each, such as reports = "id"'))
        handler, queues = table.get("handler"), table.get("queues", Prepared.queues)
        if handler is not None and not (isinstance(handler, str) and HANDLER.fullmatch(handler)):
            wrong(_("handler must be a file and a function in it, such as sqs_worker.py:handler"))
        if not isinstance(queues, str) or not queues.isidentifier():
            wrong(_("queues must be the name of the function that makes the queues"))
        return Prepared(dict(tables), handler, queues)

    def settings(self, camp: Opened) -> dict[str, str]:
        return settings(camp.url_of("aws"))

    def portal(self, camp: Opened) -> PortalOptions:
        handled = (camp.prepared.get(self.name) or Prepared()).handler is not None
        return PortalOptions(environment={LAMBDA_URL: camp.url_of("lambda")} if handled else {})

    def processes(self, camp: Opened) -> list[ServiceProcess]:
        port, prepared = camp.port_of("aws"), camp.prepared.get(self.name) or Prepared()
        made = [
            ServiceProcess(
                name=self.name,
                argv=command(extras.ensure(EXTRA, _tell).python, port),
                env=MOTO_LEAN,
                ready=TcpProbe((port,)),
                url=camp.url_of("aws"),
                when_ready=lambda: make_tables(camp.url_of("aws"), prepared),
            )
        ]
        return [*made, _handler(camp, prepared.handler, prepared.queues)] if prepared.handler else made

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        return [(_("AWS (SQS, SNS, DynamoDB)"), camp.url_of("aws"))]

    def findings(self) -> list[Finding]:
        found = extras.find(EXTRA)
        seen = found.use if found.is_installed else _("not installed; fetched at first use")
        return [Finding(self.title, found.is_installed, seen, f"camp setup {EXTRA}", needed=False)]

    async def start(self, run: Run, prepared: Prepared) -> Started:
        """An account of its own, in memory."""
        await asyncio.to_thread(extras.ensure, EXTRA, _tell)
        moto = Moto()
        await asyncio.to_thread(moto.start)
        run.stack.push_async_callback(asyncio.to_thread, moto.stop)
        await run.passage(moto.port)
        await make_tables(moto.endpoint, prepared)
        client = await run.stack.enter_async_context(AwsClient(moto.endpoint, REGION))
        return Started(settings(moto.endpoint), {Aws: lambda _notes: Aws(client)})


SERVICE = AwsService()


async def make_tables(endpoint: str, prepared: Prepared) -> None:
    """Makes the tables that are not there yet."""
    async with AwsClient(endpoint, REGION) as client:
        for name, key in prepared.tables.items():
            try:
                await client.dynamodb(
                    "CreateTable",
                    TableName=name,
                    KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                    AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                    BillingMode="PAY_PER_REQUEST",
                )
            except AwsError as error:
                if error.code != "ResourceInUseException":
                    raise


def _handler(camp: Opened, handler: str, queues: str) -> ServiceProcess:
    """The learner's handler, and the mapping that gives it messages."""
    return ServiceProcess(
        name="lambda",
        argv=[
            *(sys.executable, "-m", "localcloud.aws", "--app", str(camp.app), "--handler", handler),
            *("--queues", queues, "--python", str(camp.python), "--port", str(camp.port_of("lambda")), "--lifeline"),
        ],
        env={**LEAN, **camp.settings},
        ready=HttpProbe(camp.port_of("lambda")),
        url=camp.url_of("lambda"),
        needs=(AwsService.name,),
    )


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
