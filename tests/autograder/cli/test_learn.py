import os
import subprocess
import sys
import zipfile
from pathlib import Path

from click.testing import CliRunner, Result

from autograder import project
from autograder.cli import OK, USAGE, camp
from autograder.lab import Lab, labs
from autograder.progress import Progress
from autograder.verdict import FAILED, PASSED, CheckResult, Verdict


def run(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(camp, list(arguments), input=answer, prog_name="camp")


def test_each_hint_says_more_and_the_last_stays(tiny: Lab) -> None:
    shown = [run("hint", "1.1").stdout.splitlines()[1] for _time in range(4)]
    assert shown == ["Hint 1 of 3: first", "Hint 2 of 3: second", "Hint 3 of 3: third", "Hint 3 of 3: third"]


def test_a_check_without_hints_says_so(tiny: Lab) -> None:
    assert run("hint", "1.2").stdout == "1.2 It is up\nThere is no hint for this check.\n"


def test_a_hint_for_no_check_is_a_usage_error(tiny: Lab) -> None:
    for id, text in (("1.9", "There is no check 1.9. Lab 1 has 1.1, 1.2, 1.3."), ("x", "such as 1.4, not x")):
        done = run("hint", id)
        assert (done.exit_code, text in done.stderr) == (USAGE, True)


def test_reveal_puts_the_solution_in_place_and_keeps_what_was_there(tiny: Lab) -> None:
    (tiny.work / "function_app.py").write_text("mine = 1\n")
    done = run("reveal", "1", answer="y\n")
    assert done.exit_code == OK
    assert "The solution is in work/1-tiny. 'camp check 1' checks it." in done.stdout
    text = (tiny.work / "function_app.py").read_text()
    assert 'return "Hello, "' in text and "SOLUTION" not in text and "STARTER" not in text
    assert sorted(path.name for path in tiny.work.iterdir()) == ["function_app.py", "host.json"]
    [kept] = (project.state() / "backups").glob("1-tiny-*.zip")
    with zipfile.ZipFile(kept) as archive:
        assert archive.read("1-tiny/function_app.py") == b"mine = 1\n"
    assert Progress(project.state(), print).lab("1-tiny").revealed


def test_reveal_asks_first(tiny: Lab) -> None:
    (tiny.work / "function_app.py").write_text("mine = 1\n")
    assert run("reveal", "1", answer="n\n").exit_code == 1
    assert (tiny.work / "function_app.py").read_text() == "mine = 1\n"
    assert run("reveal", "1", "--yes").exit_code == OK


def test_reveal_of_no_lab_is_a_usage_error(tiny: Lab) -> None:
    done = run("reveal", "7", "--yes")
    assert (done.exit_code, "There is no lab 7." in done.stderr) == (USAGE, True)


def test_progress_shows_points_attempts_and_hints(tiny: Lab) -> None:
    results = [CheckResult("1.1", "", PASSED, 2, 2, 0.1), CheckResult("1.2", "", FAILED, 0, 3, 0.1)]
    for _time in range(2):
        Progress(project.state(), print).record(Verdict.of_results("1-tiny", 0, results))
    Progress(project.state(), print).predict("1-tiny", "B")
    run("hint", "1.1")
    shown = [line.split() for line in run("progress").stdout.splitlines() if line.strip()]
    assert shown[0] == ["Lab", "1:", "Tiny"]
    assert ["✔", "1.1", "It", "greets", "2/2", "2", "1/3"] in shown
    assert ["✘", "1.2", "It", "is", "up", "0/3", "2", "0/0"] in shown
    assert ["1.3", "Two", "are", "up", "0/1", "0", "0/0"] in shown
    assert shown[-2] == ["You", "predicted", "B."]
    assert shown[-1] == ["2", "of", "6", "points."]


def test_progress_begins_at_nothing(learner: Path) -> None:
    done = run("progress")
    assert (done.exit_code, f"0 of {sum(lab.points for lab in labs())} points." in done.stdout) == (OK, True)


def test_progress_goes_to_a_file_and_comes_back(tiny: Lab, tmp_path: Path) -> None:
    known = Progress(project.state(), print)
    known.record(Verdict.of_results(tiny.name, 7, [CheckResult("1.1", "", PASSED, 2, 2, 0.1)]))
    file = tmp_path / "progress of mine.json"
    assert run("progress", "--export", str(file)).exit_code == OK
    known.path.unlink()
    assert "is added to yours" in run("progress", "--import", str(file)).stdout
    assert known.lab(tiny.name).points == 2


def test_a_file_that_is_no_progress_is_a_usage_error(tiny: Lab, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"\xff")
    done = run("progress", "--import", str(tmp_path / "notes.txt"))
    assert (done.exit_code, "notes.txt: " in done.stderr) == (USAGE, True)
    assert run("progress", "--import", str(tmp_path / "none")).exit_code == USAGE


def test_points_after_a_reveal_are_counted_apart(tiny: Lab) -> None:
    progress = Progress(project.state(), print)
    progress.record(Verdict.of_results("1-tiny", 1, [CheckResult("1.1", "It greets", PASSED, 2, 2, 0.1)]))
    progress.reveal("1-tiny")
    both = [CheckResult("1.1", "It greets", PASSED, 2, 2, 0.1), CheckResult("1.2", "It is up", PASSED, 3, 3, 0.1)]
    progress.record(Verdict.of_results("1-tiny", 1, both))
    shown = run("progress").stdout
    assert "2 of 6 points." in shown and "(3)/3" in shown and "2/2" in shown
    assert "Counted apart: 3 points, earned with a revealed solution." in shown


def test_one_point_after_a_reveal_is_one_point(tiny: Lab) -> None:
    progress = Progress(project.state(), print)
    progress.reveal("1-tiny")
    progress.record(Verdict.of_results("1-tiny", 1, [CheckResult("1.3", "Two are up", PASSED, 1, 1, 0.1)]))
    assert "Counted apart: 1 point, earned with a revealed solution." in run("progress").stdout


def test_a_mistyped_command_is_told_the_one_that_is_meant(tiny: Lab) -> None:
    done = run("chek")
    assert (done.exit_code, "Did you mean 'camp check'?" in done.stderr) == (USAGE, True)
    assert "Did you mean 'camp course grade'?" in run("course", "grad").stderr
    assert "No such command 'qqq'" in run("qqq").stderr


def test_the_list_of_commands_cuts_no_sentence(tiny: Lab) -> None:
    _usage, _title, listed = run("--help").stdout.partition("Commands:")
    assert listed and "..." not in listed


def test_help_and_advice_name_the_camp_as_it_was_called() -> None:
    launched = {**os.environ, "CAMP_TYPED": "./camp", "PATH": "/usr/bin:/bin"}
    for words, wanted in (
        (["chek"], ["Usage: ./camp ", "Try './camp --help'", "Did you mean './camp check'?"]),
        (["--help"], ["Usage: ./camp "]),
        (["--version"], ["camp, version "]),
    ):
        command = [sys.executable, "-m", "autograder.cli", *words]
        done = subprocess.run(command, env=launched, capture_output=True, text=True, check=False)
        assert all(one in done.stdout + done.stderr for one in wanted)
        assert "./camp, version" not in done.stdout
