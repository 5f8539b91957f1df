"""The learner's fleet.py on the open camp's DynamoDB."""

import asyncio
import importlib.util

import pytest

from autograder import localcamp
from autograder.lab import find_lab
from autograder.partitions import dynamodb
from autograder.partitions.table import NoAccount
from localcloud.dynamodb.private import private_account


def fleet_of(lab):
    spec = importlib.util.spec_from_file_location("fleet", lab.solution / "fleet.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_each_request_says_what_it_costs_and_a_second_try_begins_anew(capsys):
    fleet = fleet_of(find_lab("5"))

    def tried(url):
        table = fleet.create_table(dynamodb(url))
        fleet.record(table, "B1", "ac-1", {"temperature-1": 21.5, "mode-1": "cool"})
        found = fleet.status(table, "B1")
        table.meta.client.close()
        return {device: {name: str(value) for name, value in items.items()} for device, items in found.items()}

    async with private_account() as meter:
        for _time in range(2):
            seen = await asyncio.to_thread(tried, meter.url)
            assert seen == {"ac-1": {"temperature-1": "21.5", "mode-1": "cool"}}
            assert capsys.readouterr().out == "BatchWriteItem: 2 write units\nQuery: 0.5 read units\n"


def test_without_an_open_camp_one_line_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(localcamp.project, "state", lambda: tmp_path)
    with pytest.raises(NoAccount, match="camp up") as caught:
        dynamodb()
    assert caught.value._render_traceback_() == [str(caught.value)]
