"""What is interrupted: by a cloud that stops answering, by Ctrl-C, by a second apply, by a timeout."""

import asyncio
import os
import signal
import subprocess
import time
from typing import Any

from .configurations import ACCOUNT, GROUP, QUEUE


def test_a_cloud_that_is_down_is_said_and_a_second_apply_completes(tofu: Any) -> None:
    tofu.write(GROUP)
    tofu.init()
    tofu.apply()
    tofu.write(GROUP + ACCOUNT + QUEUE)
    tofu.cloud.stop()
    assert "The local cloud does not answer" in tofu.apply(fails=True)
    assert list(tofu.state()) == ["azurerm_resource_group.one"]
    tofu.cloud.start()
    tofu.apply()
    assert tofu.plan() == {}


def test_a_cloud_that_dies_in_mid_apply_leaves_a_true_state_and_a_second_apply_completes(tofu: Any) -> None:
    """Before the account is there: nobody can know whether it was made."""
    tofu.write(GROUP + ACCOUNT + QUEUE)
    tofu.init()
    _slow(tofu)
    running = _started(tofu, "apply", "-auto-approve", "-input=false")
    _until_asked(tofu)
    tofu.cloud.stop()
    assert running.wait(60) == 1
    assert set(tofu.state()) == {"azurerm_resource_group.one", "azurerm_storage_account.one"}
    tofu.cloud.start()
    tofu.apply()
    assert tofu.plan() == {}


def test_an_answer_that_is_lost_after_the_work_was_done_is_no_second_account(tofu: Any) -> None:
    tofu.write(GROUP + ACCOUNT.rstrip().removesuffix("}") + '  timeouts {\n    create = "2s"\n  }\n}\n' + QUEUE)
    tofu.init()
    release = _slow(tofu)
    assert "did not answer in time" in " ".join(tofu.apply(fails=True).replace("│", " ").split())
    release()
    deadline = time.monotonic() + 30
    while not any("storageAccounts" in one.id for one in tofu.cloud.model.store.all()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    tofu.apply()
    assert tofu.plan() == {}


def test_a_state_that_is_locked_is_waited_for_by_nobody(tofu: Any) -> None:
    """Two applies at once: the second meets the lock."""
    tofu.write(GROUP + ACCOUNT)
    tofu.init()
    release = _slow(tofu)
    first = _started(tofu, "apply", "-auto-approve", "-input=false")
    _until_asked(tofu)
    assert "state lock" in tofu.apply(fails=True)
    release()
    assert first.wait(60) == 0


def test_after_ctrl_c_the_state_is_true(tofu: Any) -> None:
    tofu.write(GROUP + ACCOUNT + QUEUE)
    tofu.init()
    release = _slow(tofu)
    running = _started(tofu, "apply", "-auto-approve", "-input=false")
    _until_asked(tofu)
    running.send_signal(signal.SIGINT)
    time.sleep(0.5)
    release()
    running.wait(60)
    assert set(tofu.state()) == {"azurerm_resource_group.one", "azurerm_storage_account.one"}
    tofu.apply()
    assert tofu.plan() == {}


def test_a_timeout_that_runs_out_is_an_error_with_its_time(tofu: Any) -> None:
    tofu.write(GROUP + ACCOUNT.rstrip().removesuffix("}") + '  timeouts {\n    create = "2s"\n  }\n}\n')
    tofu.init()
    release = _slow(tofu)
    printed = tofu.apply(fails=True)
    release()
    said = " ".join(printed.replace("│", " ").replace("╷", " ").split())
    assert "The local cloud did not answer in time" in said and ": 2 s" in said, printed


def _slow(tofu: Any) -> Any:
    """Storage accounts take until `release` is called."""
    storage, event = tofu.cloud.effects.storage, asyncio.Event()
    at_once = storage.open
    tofu.asked = False

    async def later(*arguments: Any) -> None:
        tofu.asked = True
        await event.wait()
        await at_once(*arguments)

    storage.open = later

    async def release() -> None:
        event.set()

    return lambda: tofu.cloud.run(release())


def _until_asked(tofu: Any) -> None:
    deadline = time.monotonic() + 60
    while not tofu.asked:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _started(tofu: Any, *arguments: str) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        **tofu.engine.environment,
        "ARM_SUBSCRIPTION_ID": tofu.cloud.model.subscription,
    }
    return subprocess.Popen(
        tofu.engine.command(*arguments),
        cwd=tofu.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
