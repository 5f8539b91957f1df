"""`camp setup`, and that no other command installs what it must not."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder import parts, project, submission
from autograder.cli import camp, doctor, grade, main
from autograder.cli.doctor import extra_tools
from autograder.lab import find_lab
from localcloud import extras
from localcloud.registry import SERVICES, service

CLONE = Path(__file__).parents[3]


@pytest.fixture
def two_extras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two small extras are all that there are, and nothing is installed yet."""
    for name in ("one", "two"):
        package = tmp_path / f"{name}-1-py3-none-any.whl"
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr(f"{name}-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
            archive.writestr(f"{name}-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            archive.writestr(f"{name}-1.dist-info/RECORD", "")
        digest = hashlib.sha256(package.read_bytes()).hexdigest()
        locks = tmp_path / "locks" / name
        locks.mkdir(parents=True)
        (locks / "requirements.in").write_text(f"# number {name}\n")
        (locks / "requirements.lock").write_text(f"{name} @ {package.as_uri()} --hash=sha256:{digest}\n")
    monkeypatch.setattr(extras, "locks", lambda: tmp_path / "locks")
    monkeypatch.setattr(extras, "_roots", lambda: [tmp_path])
    monkeypatch.setenv("CAMP_LANG", "en")


@pytest.mark.usefixtures("two_extras")
def test_without_names_the_extras_are_shown() -> None:
    shown = CliRunner().invoke(camp, ["setup"])
    assert shown.exit_code == 0
    assert shown.stdout == "one  not installed  number one\ntwo  not installed  number two\n"


@pytest.mark.usefixtures("two_extras")
def test_one_or_all_are_installed() -> None:
    one = CliRunner().invoke(camp, ["setup", "two"])
    assert "one  not installed" in one.stdout and "two  installed" in one.stdout
    assert one.stderr == "Installing two (number two), once ...\n"
    every = CliRunner().invoke(camp, ["setup", "--all"])
    assert "one  installed" in every.stdout and "two  installed" in every.stdout
    assert every.stderr == "Installing one (number one), once ...\n"


@pytest.mark.usefixtures("two_extras")
def test_a_mistyped_name_is_an_error_before_anything_is_installed() -> None:
    done = CliRunner().invoke(camp, ["setup", "one", "twoo"])
    assert done.exit_code == 2
    assert "There is no extra 'twoo'. Did you mean 'two'?" in done.stderr
    assert not extras.is_installed("one")


@pytest.mark.usefixtures("two_extras")
def test_what_cannot_be_installed_is_an_error_in_plain_words() -> None:
    with extras.never_installing():
        done = CliRunner().invoke(camp, ["setup", "one"])
    assert done.exit_code == 3
    assert "camp setup one (or camp setup --all)" in done.stderr


@pytest.mark.usefixtures("two_extras")
def test_a_command_that_misses_an_extra_says_what_to_type(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "findings", lambda: extras.environment("one"))
    monkeypatch.setattr(sys, "argv", ["camp", "doctor"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3
    said = capsys.readouterr().err
    assert said == (
        "camp: one (number one) is not installed. With a network, type: camp setup one (or camp setup --all)\n"
    )


@pytest.mark.usefixtures("two_extras")
@pytest.mark.parametrize("command", [["check", "1"], ["watch", "1"], ["up", "--lab", "1", "--headless"]])
def test_a_command_needs_the_extras_of_the_labs_services(
    command: list[str], monkeypatch: pytest.MonkeyPatch, learner: Path
) -> None:
    monkeypatch.setattr(service("slack"), "extras", ("two",))
    assert find_lab("1").extras == ("two",)
    with extras.never_installing():
        done = CliRunner().invoke(camp, command)
    assert (done.exit_code, "camp setup two" in done.stderr) == (3, True), done.output


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_names_extras_that_there_are(name: str) -> None:
    assert set(service(name).extras) <= set(extras.names())


@pytest.mark.usefixtures("two_extras")
def test_the_doctor_lists_extras_and_finds_no_fault_in_absent_ones() -> None:
    found = list(extra_tools())
    assert [(one.what, one.ok, one.needed) for one in found] == [
        ("Extra one", False, False),
        ("Extra two", False, False),
    ]
    assert "camp setup one" in found[0].seen


def test_submitting_never_installs(monkeypatch: pytest.MonkeyPatch, learner: Path) -> None:
    seen = []
    submit = submission.submit

    def watched(lab: object) -> object:
        seen.append(os.environ.get(extras.NEVER))
        return submit(lab)

    monkeypatch.setattr(submission, "submit", watched)
    CliRunner().invoke(camp, ["submit", "1"])
    assert seen == ["1"]
    assert extras.NEVER not in os.environ


def test_grading_sets_up_no_parts_but_says_what_to_type(monkeypatch: pytest.MonkeyPatch, learner: Path) -> None:
    """As for the camp from pip, whose other commands set them up."""
    assert CliRunner().invoke(camp, ["course", "new", str(learner / "course")]).exit_code == 0
    (learner / "handed in").mkdir()
    monkeypatch.setattr(project, "is_clone", lambda: False)
    monkeypatch.setattr(parts, "PACKAGED", CLONE)
    monkeypatch.setattr(parts, "are_there", lambda: False)
    monkeypatch.setattr(subprocess, "run", lambda *_arguments, **_options: pytest.fail("it sets up parts"))
    course = str(learner / "course")
    done = CliRunner().invoke(camp, ["grade", str(learner / "handed in"), "--course", course, "--lab", "1"])
    assert done.exit_code == 3
    assert "Parts of the camp are missing" in done.stderr and "camp setup" in done.stderr


def test_grading_never_installs(monkeypatch: pytest.MonkeyPatch, learner: Path) -> None:
    seen = []
    monkeypatch.setattr(grade, "outcome_of", lambda *_: seen.append(os.environ.get(extras.NEVER)))
    course = learner / "course"
    assert CliRunner().invoke(camp, ["course", "new", str(course)]).exit_code == 0
    notebook = course / "release" / "1-slack-bot" / "1-slack-bot.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.touch()
    (learner / "handed in").mkdir()
    CliRunner().invoke(camp, ["grade", str(learner / "handed in"), "--course", str(course), "--lab", "1"])
    assert seen == ["1"]
    assert extras.NEVER not in os.environ
