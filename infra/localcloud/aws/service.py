"""AWS as a service of the camp: SQS, SNS and DynamoDB for an unmodified boto3, with a lab's tables in it."""

import asyncio
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud import extras
from localcloud.cloud import CloudService, Finding, Opened, Run, Started, Table, unknown_keys, wrong
from localcloud.messages import _
from localcloud.supervisor import Service, TcpProbe

from .account import OWNED, REGION, settings
from .client import AwsClient, AwsError
from .moto import EXTRA, LEAN, Moto, command
from .view import Aws

TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
USUAL_PORT = 4566  # which local AWS emulators have made the usual one


@dataclass(frozen=True)
class Prepared:
    """The DynamoDB tables that are there before the app starts: the partition key of each, a text, by name."""

    tables: Mapping[str, str] = field(default_factory=dict)


class AwsService(CloudService):
    name = "aws"
    title = "AWS"
    ports = {"aws": USUAL_PORT}  # noqa: RUF012
    owns = OWNED
    extras = (EXTRA,)

    def prepare(self, table: Table) -> Prepared:
        unknown_keys(table, ["tables"], self.name)
        tables = table.get("tables", {})
        if not isinstance(tables, Mapping) or not all(
            TABLE_NAME.fullmatch(name) and isinstance(key, str) and key for name, key in tables.items()
        ):
            wrong(_('tables must be names of at least three letters with a partition key each, such as reports = "id"'))
        return Prepared(dict(tables))

    def settings(self, camp: Opened) -> dict[str, str]:
        return settings(camp.url_of("aws"))

    def processes(self, camp: Opened) -> list[Service]:
        port = camp.port_of("aws")
        return [
            Service(
                name=self.name,
                argv=command(extras.ensure(EXTRA, _tell).python, port),
                env=LEAN,
                ready=TcpProbe((port,)),
                url=camp.url_of("aws"),
                when_ready=lambda: make_tables(camp.url_of("aws"), camp.prepared.get(self.name) or Prepared()),
            )
        ]

    def urls(self, camp: Opened) -> list[tuple[str, str]]:
        return [(_("AWS (SQS, SNS, DynamoDB)"), camp.url_of("aws"))]

    def findings(self) -> list[Finding]:
        found = extras.find(EXTRA)
        seen = found.use if found.is_installed else _("not installed; fetched at first use")
        return [Finding(self.title, found.is_installed, seen, f"./camp setup {EXTRA}", needed=False)]

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


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
