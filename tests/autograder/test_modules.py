"""A learner's module in a process of its own."""

from decimal import Decimal
from pathlib import Path

import pytest

from autograder.answers.asking import Raised
from autograder.checking import CheckFailed
from autograder.modules import Kept, Module, Sdk
from autograder.sandbox import Sandbox
from localcloud.cosmos.emulator import Emulator

SOURCE = """
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

LIMIT = {"paths": ["/a"]}
calls = []

def double(number):
    return number * 2

def price():
    return Decimal("1.50")

def fails(_value):
    raise ValueError("too small")

def not_written():
    raise NotImplementedError

def changes(message):
    message["more"] = 1
    return message

def hashed(text):
    return hash(text)

def process():
    return os.getpid()

def makes():
    return object()

def takes(kept):
    return type(kept).__name__

def stores(container, id):
    return container.upsert_item({"id": id})["id"]

def asks(container, count):
    sys.setswitchinterval(1e-6)
    with ThreadPoolExecutor(8) as threads:
        return sum(threads.map(lambda number: len(everything(container, number % 8)), range(count)))

def everything(container, key):
    return list(container.query_items("SELECT * FROM c", partition_key=str(key)))

def endless():
    while True:
        pass
"""


@pytest.fixture
def noted():
    return []


@pytest.fixture
async def module(tmp_path: Path, noted):
    (tmp_path / "tariff.py").write_text(SOURCE)
    made = await Module.start(tmp_path, "tariff", None, noted.append)
    yield made
    await made.end()


async def test_calls_and_answers_are_plain_data(module, noted):
    assert await module.call("double", 21) == 42
    assert await module.call("price") == Decimal("1.50")
    assert await module.value("LIMIT") == {"paths": ["/a"]}
    assert noted[0] == "tariff.double(21)"


async def test_an_exception_fails_by_the_functions_name_and_line(module):
    with pytest.raises(CheckFailed) as caught:
        await module.call("fails", 1)
    assert "tariff.fails: ValueError: too small" in caught.value.seen
    assert "tariff.py, line 17" in caught.value.seen
    answer = await module.answer("fails", 1)
    assert isinstance(answer, Raised) and answer.is_a("ValueError")


async def test_a_function_that_is_not_written_says_so(module):
    with pytest.raises(CheckFailed, match="is not written yet"):
        await module.call("not_written")


async def test_a_function_that_is_not_there_is_named(module):
    with pytest.raises(CheckFailed, match="There is no function other"):
        await module.call("other")


async def test_a_module_that_cannot_be_imported_says_why(tmp_path: Path):
    (tmp_path / "tariff.py").write_text("import nowhere_at_all\n")
    made = await Module.start(tmp_path, "tariff", None, lambda text: None)
    try:
        with pytest.raises(CheckFailed, match="nowhere_at_all"):
            await made.call("double", 1)
    finally:
        await made.end()


async def test_many_calls_come_back_in_order_with_what_became_of_the_arguments(module):
    assert await module.together("double", [(1,), (2,), (3,)], threads=3, seconds=5) == [2, 4, 6]
    ((value, after),) = await module.together("changes", [({"id": "x"},)], threads=1, seconds=5, echo=True)
    assert value == after[0] == {"id": "x", "more": 1}


async def test_what_was_kept_is_given_again(module):
    await module.call("makes", keep="thing")
    assert await module.call("takes", Kept("thing")) == "object"
    assert await module.call("takes", Kept("other")) == "NoneType"


async def test_modules_are_processes_of_their_own(module, tmp_path: Path):
    other = await Module.start(tmp_path, "tariff", None, lambda text: None)
    try:
        assert await module.call("process") != await other.call("process")
    finally:
        await other.end()


async def test_a_cold_process_of_a_cell_has_its_own_hash(tmp_path: Path):
    (tmp_path / "tariff.py").write_text(SOURCE)
    with Sandbox() as sandbox:
        cell = await sandbox.cell(tmp_path)
        made = [await Module.start(tmp_path, "tariff", cell, lambda text: None, cold=cold) for cold in (False, True)]
        warm, cold = [await one.call("hashed", "a text") for one in made]
        for one in made:
            await one.end()
        await cell.close()
    assert warm != cold


async def test_a_loop_without_end_is_a_time_out(module):
    with pytest.raises(CheckFailed, match="Time-out"):
        await module.call("endless", seconds=0.5)


@pytest.fixture
async def emulator():
    made = Emulator(None)
    await made.start()
    await made.create_container("camp", "things", "/id")
    yield made
    await made.stop()


async def test_a_container_is_made_for_the_call(module, emulator):
    container = Sdk.container(emulator.url, emulator.key, "camp", "things")
    assert await module.call("stores", container, "one", seconds=20) == "one"
    assert [one["id"] for one in emulator.documents("camp", "things")] == ["one"]


async def test_a_container_may_be_asked_by_threads(module, emulator):
    container = Sdk.container(emulator.url, emulator.key, "camp", "things")
    assert await module.call("asks", container, 400, seconds=60) == 0
