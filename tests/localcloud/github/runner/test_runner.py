"""The runner: what is laid out, what jobs find on their PATH, and which actions there are."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from localcloud.github.runner import Runner, RunnerIncomplete, findings, runner
from localcloud.github.runner.runner import ACTIONS, FOLDERS


@pytest.fixture
def made(tmp_path: Path) -> Runner:
    made = Runner(tmp_path / "a stäte")
    made.ensure()
    return made


def run(made: Runner, folder: Path, *command: str) -> str:
    environment = made.environment(folder)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_laid_out_once(made: Runner) -> None:
    before = made.folder.stat().st_ctime_ns
    made.ensure()
    assert made.folder.stat().st_ctime_ns == before
    assert list(made.folder.parent.iterdir()) == [made.folder], "and nothing is left beside it"


def test_what_was_laid_out_long_ago_is_deleted(tmp_path: Path) -> None:
    for name, age in (("old", 30 * 3600), ("of-today", 3600)):
        (tmp_path / "runner" / name / "bin").mkdir(parents=True)
        os.utime(tmp_path / "runner" / name, (0, time.time() - age))
    made = Runner(tmp_path)
    made.ensure()
    assert {one.name for one in (tmp_path / "runner").iterdir()} == {"of-today", made.folder.name}


def test_it_works_in_a_folder_with_spaces_and_other_letters(made: Runner, tmp_path: Path) -> None:
    (tmp_path / "a run").mkdir()
    for name in ("python", "pip", "python3"):
        assert run(made, tmp_path / "a run", "sh", "-c", f"{name} --version")
    assert "2.91.0" in run(made, tmp_path / "a run", "sh", "-c", "az version")
    assert (tmp_path / "a run" / "home" / ".local" / "bin" / "pip").exists()


def test_every_program_that_a_job_counts_on_is_on_its_path(made: Runner, tmp_path: Path) -> None:
    path = made.environment(tmp_path)["PATH"]
    for name in ("bash", "git", "python", "python3", "pip", "pip3", "node", "az", "curl", "zip", "unzip", "tar"):
        assert shutil.which(name, path=path), name


def test_what_is_outside_of_the_systems_folders_is_named_as_readable(made: Runner, tmp_path: Path) -> None:
    seen = [*made.readable, *map(Path, ("/usr", "/bin", "/lib", "/lib64"))]
    for name in ("node", "git", "az", "zip"):
        found = shutil.which(name, path=made.environment(tmp_path)["PATH"])
        assert found and any(Path(found).resolve().is_relative_to(one.resolve()) for one in seen)
    wheels = made.environment(tmp_path)["PIP_FIND_LINKS"].removeprefix("file://")
    assert any(wheels.startswith(str(one)) for one in seen)


def test_the_jobs_python_is_the_camps_own_without_its_packages(made: Runner, tmp_path: Path) -> None:
    told = run(
        made, tmp_path, "sh", "-c", "python -c 'import sys; print(sys.version_info[:3]); import aiohttp' || true"
    )
    assert told.strip() == str(tuple(sys.version_info[:3]))


@pytest.mark.parametrize(
    "uses", ["actions/checkout@v5", "Actions/Checkout@" + "a" * 40, "azure/functions-action@v1", "Azure/login@main"]
)
def test_an_action_is_known_at_any_ref_and_in_any_case(made: Runner, uses: str) -> None:
    place = made.known_action(uses)
    assert place and (place / "action.yml").is_file() and (place / "toolkit.js").is_file()


def test_other_actions_are_not_known(made: Runner) -> None:
    for uses in ("actions/setup-node@v4", "checkout@v5", "./checkout", "actions/checkout/deep@v5"):
        assert made.known_action(uses) is None


def test_every_action_declares_what_it_is_and_starts_in_its_folder() -> None:
    for folder in FOLDERS.values():
        told = yaml.safe_load((ACTIONS / folder / "action.yml").read_text("utf-8"))
        assert told["name"] and told["runs"]["using"] == "node20"
        assert all(
            (ACTIONS / folder / told["runs"][name]).is_file() for name in ("main", "post") if name in told["runs"]
        )


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = shutil.which
    monkeypatch.setattr(runner.shutil, "which", lambda name, *more: None if name == "curl" else found(name, *more))
    with pytest.raises(RunnerIncomplete, match="sudo apt-get install curl"):
        Runner(tmp_path).ensure()
    assert [one.what for one in findings()] == ["curl"]


def test_zip_and_unzip_are_ours_where_the_machine_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = shutil.which
    monkeypatch.setattr(
        runner.shutil, "which", lambda name, *more: None if name in ("zip", "unzip") else found(name, *more)
    )
    made = Runner(tmp_path / "state")
    made.ensure()
    (tmp_path / "a.txt").write_text("Grüezi")
    told = run(made, tmp_path, str(made.folder / "bin" / "zip"), "-j", str(tmp_path / "a.zip"), str(tmp_path / "a.txt"))
    assert "adding: a.txt" in told
    unzipped = run(made, tmp_path, str(made.folder / "bin" / "unzip"), "-p", str(tmp_path / "a.zip"))
    assert unzipped == "Grüezi"


def test_the_real_az_takes_the_place_of_ours_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "azure-cli" / "bin" / "az"
    real.parent.mkdir(parents=True)
    real.write_text("#!/bin/sh\necho the real one\n")
    real.chmod(0o755)
    monkeypatch.setenv("PATH", f"{real.parent}{os.pathsep}{os.environ['PATH']}")
    ours = Runner(tmp_path / "state")
    ours.ensure()
    assert "2.91.0" in run(ours, tmp_path, "sh", "-c", "az version")
    monkeypatch.setenv("CAMP_REAL_AZ", "1")
    other = Runner(tmp_path / "state")
    other.ensure()
    assert run(other, tmp_path, "sh", "-c", "az version") == "the real one\n"
    assert real.parent.parent in other.readable


def test_pip_reaches_no_index(made: Runner, tmp_path: Path) -> None:
    assert "six-" in run(made, tmp_path, "sh", "-c", "pip download six -q -d ~/here && ls ~/here")
