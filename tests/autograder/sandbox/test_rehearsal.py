"""What the nursery does before it serves: workers that are forked from it must not see that it did."""

import subprocess
from typing import Any

from autograder import project

IN_A_PROCESS = """
import importlib, importlib.util, os, sys, threading, urllib.request

def package(name, folder):
    spec = importlib.util.spec_from_file_location(name, folder + "/__init__.py", submodule_search_locations=[folder])
    sys.modules[name] = importlib.util.module_from_spec(spec)

package("camp_worker", sys.argv[1])
package("camp_cell", sys.argv[2])
rehearsal = importlib.import_module("camp_cell.rehearsal")
before = sorted(os.listdir("/proc/self/fd")), os.getcwd(), dict(os.environ), list(sys.path), sys.stdout, sys.stderr
asked, ask = [], rehearsal._asked

def _asked(*request):
    if sys.argv[3] == "without a store":
        raise OSError("no store")
    asked.append(ask(*request))
    return asked[-1]

rehearsal._asked = _asked
try:
    rehearsal.rehearse()
except RuntimeError as error:
    print("RuntimeError", "no store" in str(error))
after = sorted(os.listdir("/proc/self/fd")), os.getcwd(), dict(os.environ), list(sys.path), sys.stdout, sys.stderr
print(len(asked) / rehearsal.TIMES, after == before, threading.active_count())
print(urllib.request._opener, threading.Thread().name)
"""
SEEN = """
import logging, threading, urllib.request
result = [urllib.request._opener is None, sorted(one.name for one in threading.enumerate()), threading.Thread().name,
          [one for one in logging.getLogger().handlers if type(one).__name__ != "HostHandler"]]
"""


def rehearsed(how: str) -> list[str]:
    folders = project.content("infra") / "localcloud/functions/worker", project.root() / "autograder/sandbox/inside"
    command = [project.apps_python(), "-c", IN_A_PROCESS, *folders, how]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == "" and done.returncode == 0
    return done.stdout.splitlines()


def test_it_answers_every_request_and_leaves_nothing_behind() -> None:
    assert rehearsed("with a store") == ["2.0 True 1", "None Thread-1"]


def test_one_that_fails_says_so_and_leaves_nothing_behind() -> None:
    assert rehearsed("without a store") == ["RuntimeError True", "0.0 True 1", "None Thread-1"]


def test_it_plays_an_app_of_no_lab() -> None:
    text = (project.root() / "autograder/sandbox/inside/rehearsal.py").read_text("utf-8").lower()
    assert not [word for word in ("slack", "mention", "cosmos", "queue", "xox") if word in text]


async def test_a_worker_does_not_see_that_there_was_one(inside: Any) -> None:
    async with inside() as cell:
        opener, threads, next_thread, handlers = await cell.look(SEEN)
    assert opener and handlers == []
    assert sorted(threads) == ["MainThread", "host", "look"]
    assert next_thread == "Thread-1"
