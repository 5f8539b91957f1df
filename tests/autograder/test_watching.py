import asyncio
import queue
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from watchfiles import Change

from autograder import bundle
from autograder.kinds import kind
from autograder.lab import Lab
from autograder.verdict import FAILED, PASSED, Verdict
from autograder.watching import CheckOrder, Saves, Teller, app_filter, watch

Save = Callable[[], None]
SOON, PATIENCE = 0.5, 10.0


def test_the_order_goes_on_to_the_next_check_that_has_not_passed() -> None:
    order = CheckOrder(["1.1", "1.2", "1.3"])
    order.went_well()
    assert order.current == "1.2" and not order.complete
    order.saved()
    order.went_well()
    assert order.current == "1.3"
    order.went_well()
    assert order.current == "1.1" and not order.complete
    order.went_well()
    assert order.complete


def test_the_order_begins_again_after_all_have_passed() -> None:
    order = CheckOrder(["1.1", "1.2"])
    order.went_well()
    order.went_well()
    order.saved()
    assert order.current == "1.1" and not order.complete


@pytest.mark.parametrize("name", ["function_app.py", "bot/events.py", "host.json"])
def test_a_file_of_the_app_counts(name: str) -> None:
    assert app_filter(Path("/x/.camp/app"))(Change.modified, f"/x/.camp/app/{name}")


@pytest.mark.parametrize("name", ["1-tiny.ipynb", "__pycache__/x.py", ".function_app.py.swp", ".git/index", "a.py~"])
def test_a_file_that_is_none_of_the_app_does_not_count(name: str) -> None:
    assert not app_filter(Path("/x/app"))(Change.modified, f"/x/app/{name}")


@pytest.mark.parametrize(
    ("name", "counts"), [(".git/refs/heads/main", True), (".git/packed-refs", True), (".git/index", False), ("a", True)]
)
def test_what_git_writes_at_a_commit_counts_where_commits_do(name: str, counts: bool) -> None:
    assert app_filter(Path("/x/app"), version="")(Change.modified, f"/x/app/{name}") == counts


async def test_in_a_repository_a_commit_counts_and_no_save(tmp_path: Path) -> None:
    version = kind("repository").version
    (tmp_path / "greeting.txt").write_text("Hello\n")
    bundle.make(tmp_path, "Begin")
    listening = Saves(tmp_path, version=version)
    try:
        await asyncio.sleep(SOON)
        (tmp_path / "greeting.txt").write_text("Moin\n")
        await asyncio.sleep(SOON)
        assert not listening.waiting
        bundle.git(tmp_path, *bundle.AUTHOR, "commit", "--quiet", "--all", "--message", "Say Moin")
        await asyncio.wait_for(listening.next(), PATIENCE)
        bundle.git(tmp_path, "tag", "v1")
        await asyncio.wait_for(listening.next(), PATIENCE)
        shutil.rmtree(tmp_path / ".git")
        await asyncio.wait_for(listening.next(), PATIENCE)
        (tmp_path / "greeting.txt").write_text("Servus\n")
        await asyncio.wait_for(listening.next(), PATIENCE)
        assert version(tmp_path) is None
    finally:
        await listening.stop()


class Learner:
    """Saves one text after the other whenever `camp watch` waits, then presses Ctrl-C; notes what happened."""

    def __init__(self, *saves: Save) -> None:
        self.events: list[str] = []
        self.verdicts: list[Verdict] = []
        self._saves: queue.Queue[Save] = queue.Queue()
        for save in saves:
            self._saves.put(save)

    def teller(self) -> Teller:
        return Teller(self.verdict, self.next, self.complete, self.waiting)

    def verdict(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)
        self.events.append(" ".join(f"{result.id} {result.outcome}" for result in verdict.checks))

    def next(self, id: str) -> None:
        self.events.append(f"next {id}")

    def complete(self, together: Verdict | None) -> None:
        self.events.append(f"complete {together.points if together else '-'}")

    def waiting(self, id: str) -> None:
        self.events.append(f"waiting {id}")
        if self._saves.empty():
            raise KeyboardInterrupt
        threading.Thread(target=self._save).start()

    def _save(self) -> None:
        time.sleep(0.3)  # a save that comes while it waits
        self._saves.get()()


def writes(lab: Lab, text: str) -> Save:
    return lambda: (lab.work / "function_app.py").write_text(text, "utf-8") and None


def test_every_save_is_checked_in_a_warm_cloud(tiny: Lab) -> None:
    right = (tiny.work / "function_app.py").read_text("utf-8")
    writes(tiny, right.replace("Hello", "Bye"))()
    learner = Learner(writes(tiny, "def ("), writes(tiny, right.replace("Hello", "Moin")), writes(tiny, right))
    watch(tiny, tiny.work, ["1.1"], learner.teller())
    failed = ["1.1 failed", "waiting 1.1"]
    assert learner.events == [*failed, *failed, *failed, "1.1 passed", "complete -", "waiting 1.1"]
    seen = [str(verdict.checks[0].seen) for verdict in learner.verdicts]
    assert [seen[0][:4], seen[2][:4]] == ["Bye,", "Moin"]
    assert "The app does not load" in seen[1]
    assert len({verdict.seed for verdict in learner.verdicts}) > 1


def test_it_goes_on_to_the_next_check_and_pays_guards_at_the_end(tiny: Lab) -> None:
    right = (tiny.work / "function_app.py").read_text("utf-8")
    writes(tiny, right.replace("Hello", "Bye"))()
    learner = Learner(writes(tiny, right))
    watch(tiny, tiny.work, ["1.1", "1.2", "1.3"], learner.teller())
    assert learner.events == [
        "1.1 failed",
        "waiting 1.1",
        *("1.1 passed", "next 1.2", "1.2 passed", "next 1.3", "1.3 passed"),
        *("complete 6", "waiting 1.1"),
    ]
    assert [verdict.checks[0].outcome for verdict in learner.verdicts] == [FAILED, PASSED, PASSED, PASSED]


def test_a_file_that_is_deleted_is_gone_from_the_app(tiny: Lab) -> None:
    right = (tiny.work / "function_app.py").read_text("utf-8")
    (tiny.work / "words.py").write_text("HELLO = 'Hello, '\n")
    writes(tiny, "import words\n" + right.replace('"Hello, "', "words.HELLO"))()
    learner = Learner((tiny.work / "words.py").unlink)
    watch(tiny, tiny.work, ["1.1"], learner.teller())
    assert learner.events[0] == "1.1 passed"
    assert "words" in str(learner.verdicts[-1].checks[0].seen)


def test_a_folder_may_be_deleted_and_come_again(tiny: Lab) -> None:
    away = tiny.work.with_name("away")
    learner = Learner(lambda: tiny.work.rename(away) and None, lambda: away.rename(tiny.work) and None)
    watch(tiny, tiny.work, ["1.1"], learner.teller())
    assert learner.events[0] == learner.events[-3] == "1.1 passed"
