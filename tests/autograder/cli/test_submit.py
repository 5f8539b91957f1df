import shutil

from click.testing import CliRunner, Result

from autograder import project
from autograder.cli import OK, USAGE, camp
from autograder.lab import Lab


def run(*arguments: str) -> Result:
    return CliRunner().invoke(camp, list(arguments), prog_name="camp")


def test_submit_says_what_was_packed_and_where(tiny: Lab) -> None:
    done = run("submit", "1")
    assert done.exit_code == OK
    [packed] = (project.state() / "submissions").glob("1-tiny-*.zip")
    size = packed.stat().st_size
    assert (
        done.stdout.splitlines()[0] == f"1-tiny/function_app.py  {(tiny.work / 'function_app.py').stat().st_size} bytes"
    )
    assert done.stdout.splitlines()[-1] == f"Packed into .camp/submissions/{packed.name} ({size} bytes)."


def test_one_byte_is_one_byte(tiny: Lab) -> None:
    (tiny.work / "notes.txt").write_text("1")
    assert "notes.txt 1 byte" in [
        " ".join(line.split()).removeprefix("1-tiny/") for line in run("submit", "1").stdout.splitlines()
    ]


def test_what_cannot_be_submitted_is_a_usage_error(tiny: Lab) -> None:
    (tiny.work / "link").symlink_to("/etc/hosts")
    done = run("submit", "1")
    assert (done.exit_code, "link is a link or a special file. Put the file itself" in done.stderr) == (USAGE, True)
    shutil.rmtree(tiny.work)
    done = run("submit", "1")
    assert (done.exit_code, "'camp up' lays out work/" in done.stderr) == (USAGE, True)


def test_submitting_no_lab_is_a_usage_error(tiny: Lab) -> None:
    assert run("submit", "5").exit_code == USAGE
