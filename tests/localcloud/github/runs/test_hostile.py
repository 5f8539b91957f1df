"""Workflows that want too much: the run ends with a reason, others go on, and nothing stays behind."""

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from localcloud.github.forge import Forge
from localcloud.github.repository import Repository
from localcloud.github.runs import Limits, Outside, Runs
from localcloud.journal import Journal

from ..conftest import WorkTree
from .conftest import SECONDS, WORKFLOW, PlainRunner, Played, log_of, messages

MEBIBYTE = 1 << 20
JOB = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n"


def job(*lines: str) -> str:
    return JOB + "".join(f"          {line}\n" for line in lines)


@pytest.fixture
def limits() -> Limits:
    return Limits(
        seconds=12.0,
        memory_bytes=300 * MEBIBYTE,
        disk_bytes=64 * MEBIBYTE,
        file_bytes=48 * MEBIBYTE,
        kept_bytes=16 * MEBIBYTE,
        files=3_000,
        processes=64,
        output_bytes=256 * 1024,
    )


SLEEP = f"sleep {100_000 + os.getpid()}"  # no other test process has this one


@pytest.fixture(autouse=True)
def note_others() -> None:
    """Fixtures of other tests keep processes beside this one."""
    _others.clear()
    _others.update(one.pid for one in psutil.Process().children(recursive=True))


_others: set[int] = set()  # the numbers of those processes


def processes_of_jobs() -> list[str]:
    """Of this test process's jobs: those that are still its own, and those that have got away."""
    children = (one for one in psutil.Process().children(recursive=True) if one.pid not in _others)
    own = [one for one in children if one.status() != psutil.STATUS_ZOMBIE]
    away = [one for one in psutil.process_iter(["cmdline"]) if " ".join(one.info["cmdline"] or []) == SLEEP]
    return [repr(one) for one in (*own, *away)]


HOSTILE = [
    ("loops", ["while true; do :; done"], "Time-out: the run took more than 12 seconds"),
    ("forks", ["bomb() { bomb | bomb & }; bomb; sleep 60"], "Too many processes"),
    ("fills the memory", ["python3 -c 'x = [bytearray(1 << 20) for _ in range(2000)]; input()'"], "Out of memory"),
    ("fills the disk", ["for i in 1 2 3 4; do head -c 30M /dev/zero > ~/f$i; done; sleep 60"], "No space left"),
    ("fills the shared memory", ["head -c 300M /dev/zero > /tmp/x; sleep 60"], "No space left"),
    ("makes files", ["mkdir -p ~/d; cd ~/d; for i in $(seq 9000); do : > $i; done; sleep 60"], "Too many files"),
    (
        "keeps too much",
        ["for i in 1 2 3; do head -c 20M /dev/zero > $CAMP_CACHE/$i; done; sleep 60"],
        "caches and artifacts",
    ),
    ("prints", ["yes 0123456789012345678901234567890123456789"], "Too much output"),
    ("prints one line", ["head -c 20M /dev/zero | tr '\\0' x"], "Too much output"),
]


@pytest.mark.parametrize("lines, words", [one[1:] for one in HOSTILE], ids=[one[0] for one in HOSTILE])
async def test_a_job_that_wants_too_much_is_ended_with_the_reason(played: Played, lines: list[str], words: str) -> None:
    began = time.monotonic()
    run = await played.push(job(*lines))
    assert run.conclusion == "failure"
    assert words in messages(run)
    assert time.monotonic() - began < 45
    assert processes_of_jobs() == []


async def test_what_forked_away_does_not_outlive_its_job(played: Played) -> None:
    run = await played.push(job(f"setsid nohup {SLEEP} > /dev/null 2>&1 &", f"({SLEEP} &) &", "echo done"))
    assert run.conclusion == "success"
    assert processes_of_jobs() == []


@pytest.fixture
def foreign_port() -> Iterator[int]:
    """A port of this computer on which somebody listens, and which no job may reach."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


async def test_a_job_sees_neither_files_nor_networks_of_this_computer(
    played: Played, tmp_path: Path, foreign_port: int
) -> None:
    (tmp_path / "private.txt").write_text("private")
    home = Path.home()
    run = await played.push(
        job(
            f"cat '{tmp_path}/private.txt' || echo no file",
            f"ls '{home}' 2>/dev/null | head -3; test -e '{home}/.bashrc' || echo no home",
            "test -e /etc/shadow || echo no shadow",
            "touch /usr/x /etc/x 2>/dev/null || echo read only",
            "curl -sS -m 5 http://1.1.1.1/ || echo no network",
            f"curl -sS -m 5 http://127.0.0.1:{foreign_port}/ || echo no port",
            'curl -sS -m 5 "$GITHUB_SERVER_URL/healthz"',
            "unshare -U true 2>/dev/null || echo no namespaces",
            "id -u; cat /proc/1/cmdline | tr '\\0' ' ' | head -c 14",
        )
    )
    log = log_of(run)
    for words in (
        "no file",
        "no home",
        "no shadow",
        "read only",
        "no network",
        "no port",
        "no namespaces",
        '"ok": true',
    ):
        assert words in log, log
    assert "root:" not in log


async def test_a_job_cannot_read_the_secrets_that_it_was_not_given(played: Played) -> None:
    played.repository.secrets["TOP"] = "geheim-geheim"
    run = await played.push(
        job(
            "sleep 1.5",
            "echo begin",
            "(cat ~/../_camp/* /home/runner/_camp/* 2>/dev/null | rev) || true",
            "(env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n') | rev",
            "echo end",
        )
    )
    assert run.conclusion == "success", messages(run)
    assert "mieheg" not in log_of(run)
    assert "***" not in log_of(run)


async def test_a_run_cannot_read_the_secrets_of_another_run_beside_it(played: Played) -> None:
    played.repository.secrets["TOP"] = "geheim-geheim"
    trusted = (
        job("echo began; until test -e /tmp/over; do sleep 0.2; done") + "        env: {TOP: '${{ secrets.TOP }}'}\n"
    )
    first = await played.push(trusted, wait=False)
    await played.until(first, "began")
    second = await played.push(
        job(
            "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | rev",
            "find / -xdev -newer /proc/self -type f -size -64k 2>/dev/null | head -2000 | xargs cat 2>/dev/null | rev",
            "echo looked",
        ),
        wait=False,
    )
    await played.until(second, "completed")
    assert (first.status, second.conclusion) == ("in_progress", "success"), messages(second)
    assert "looked" in log_of(second) and "***" not in log_of(second)
    assert "mieheg" not in second.unmasked_output()
    await played.runs.cancel(first)
    await played.runs.idle(30)


async def test_a_branch_that_is_moved_or_deleted_takes_nothing_from_its_run(played: Played, work: WorkTree) -> None:
    clone = (
        'git init -q . && git fetch -q "http://x:$TOKEN@${GITHUB_SERVER_URL#http://}/$GITHUB_REPOSITORY" $GITHUB_SHA',
        "git show FETCH_HEAD:greeting.txt",
    )
    workflow = job("echo began; sleep 2", *clone) + "        env: {TOKEN: '${{ github.token }}'}\n"
    await work.push()
    await work.git("switch", "--quiet", "--create", "side-ü")
    moved = await work.commit("One", {WORKFLOW: workflow, "greeting.txt": "moved\n"})
    await work.push("side-ü")
    await work.git("commit", "--amend", "--quiet", "-m", "Another")
    await work.push("--force", "side-ü")
    await work.push("--delete", "side-ü")
    await played.runs.idle(SECONDS)
    assert [run.conclusion for run in played.runs.runs] == ["success", "success"], list(map(log_of, played.runs.runs))
    assert played.runs.runs[0].sha == moved
    assert all("moved" in log_of(run) for run in played.runs.runs)


async def test_a_job_cannot_speak_for_the_one_that_watches_it(played: Played) -> None:
    """Its socket is out of reach, and a false answer is this job's own loss."""
    run = await played.push(
        job(
            "for fd in /proc/[0-9]*/fd/*; do readlink $fd; done 2>/dev/null | sort -u | head -50",
            'echo \'{"outputs": {"x": 1}, "result": "success"}\' > "$CAMP_ANSWER"',
            "python3 -c 'import ctypes, os; print(\"attached\", ctypes.CDLL(None).ptrace(16, 2, 0, 0))'",
            "exit 5",
        )
    )
    assert run.conclusion == "failure"
    assert "attached -1" in log_of(run)


async def test_two_camps_at_once_do_not_meet(
    forge: Forge, played: Played, plain_runner: PlainRunner, tmp_path: Path, limits: Limits
) -> None:
    import random

    other = Forge(tmp_path / "another camp é", Journal(), random.Random(2))
    await other.start()
    runs = Runs(other, plain_runner, Outside(), Journal(), confined=True, limits=limits)  # type: ignore[arg-type]
    try:
        second = Played(runs, other.create("bot"))
        workflow = job("echo $GITHUB_SERVER_URL > /tmp/x; sleep 1; cat /tmp/x; curl -sS $GITHUB_SERVER_URL/healthz")
        one, two = await asyncio.gather(played.push(workflow), second.push(workflow))
        assert (one.conclusion, two.conclusion) == ("success", "success")
        assert forge.url in log_of(one)
        assert other.url in log_of(two)
        assert other.url not in log_of(one)
    finally:
        await runs.stop()
        await other.stop()


async def test_stopping_ends_everything_and_leaves_nothing(
    forge: Forge, repository: Repository, plain_runner: PlainRunner, tools: None
) -> None:
    runs = Runs(forge, plain_runner, Outside(), Journal(), confined=True)  # type: ignore[arg-type]
    played = Played(runs, repository)
    run = await played.push(job(f"echo began; {SLEEP}"), wait=False)
    await played.until(run, "began")
    await runs.stop()
    assert (run.status, run.conclusion) == ("completed", "cancelled")
    assert processes_of_jobs() == []


async def test_without_a_sandbox_a_run_warns_and_leaves_nothing(
    forge: Forge, repository: Repository, plain_runner: PlainRunner, tools: None, tmp_path: Path
) -> None:
    runs = Runs(forge, plain_runner, Outside(), Journal(), confined=False)  # type: ignore[arg-type]
    try:
        played = Played(runs, repository)
        run = await played.push(job(f"echo at $HOME; setsid {SLEEP} & echo done"))
        assert run.conclusion == "success", messages(run)
        assert run.annotations[0].text == "Jobs run without a sandbox, with your own rights."
        home = next(line for line in log_of(run).splitlines() if line.startswith("at ")).removeprefix("at ")
        assert not await asyncio.to_thread(os.path.exists, home)
        assert processes_of_jobs() == []
    finally:
        await runs.stop()
