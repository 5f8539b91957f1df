"""DynamoDB under `camp up`: a program of its own, whose answers have AWS's units."""

import sys
from pathlib import Path

import boto3
import pytest

from localcloud.cloud import Opened
from localcloud.dynamodb.service import SERVICE
from localcloud.loopback import free_port

from .conftest import running


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    return Opened(
        services=("dynamodb",), ports={"dynamodb": free_port()}, secrets={}, state=tmp_path, app=tmp_path,
        python=Path(sys.executable), prepared={}, idle=None, core_tools=None, elsewhere={},
    )  # fmt: skip


def test_an_open_camp_has_an_account_with_real_units(opened, tmp_path):
    (process,) = SERVICE.processes(opened)
    port = opened.port_of("dynamodb")
    assert SERVICE.urls(opened) == [("DynamoDB", process.url)]
    with running(list(process.argv), port, tmp_path) as url:
        resource = boto3.resource(
            "dynamodb", endpoint_url=url, region_name="us-east-1", aws_access_key_id="local",
            aws_secret_access_key="local",
        )  # fmt: skip
        table = resource.create_table(
            TableName="fleet",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        written = table.put_item(Item={"id": "a", "text": "x" * 2_500}, ReturnConsumedCapacity="TOTAL")
        resource.meta.client.close()
    assert written["ConsumedCapacity"]["CapacityUnits"] == 3.0
