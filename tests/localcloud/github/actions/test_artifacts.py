"""actions/upload-artifact and download-artifact: files from one job of a run to another."""

import pytest

from ..running_act import Machine, Ran

HEAD = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"


def up(inputs: str) -> str:
    return f"      - uses: actions/upload-artifact@v4\n        id: up\n        with: {{ {inputs} }}\n"


def down(inputs: str) -> str:
    return f"      - uses: actions/download-artifact@v5\n        id: down\n        with: {{ {inputs} }}\n"


def do(script: str) -> str:
    return f"      - run: |\n          {script}\n"


MADE = do("mkdir -p out/deep; echo a > out/a.txt; echo b > out/deep/b.txt; echo c > out/c.log; echo h > out/.hidden")
TWO = "  two:\n    needs: one\n    runs-on: ubuntu-latest\n    steps:\n"


@pytest.fixture(autouse=True)
def committed(machine: Machine) -> None:
    machine.commit({"greeting.txt": "Hello\n"})


def names(machine: Machine, name: str = "artifact") -> list[str]:
    return list(machine.artifacts.files(str(machine.runs), name))


def ran(machine: Machine, *steps: str) -> Ran:
    return machine.run(HEAD + "".join(steps))


def test_a_later_job_has_the_files_of_an_earlier_one(machine: Machine) -> None:
    done = ran(
        machine,
        MADE,
        up("name: package, path: out"),
        TWO,
        down("name: package, path: in"),
        do("find in | sort; cat in/deep/b.txt"),
    )
    assert done.ok, done.log
    assert "in/a.txt\nin/c.log\nin/deep\nin/deep/b.txt\nb\n" in done.log.replace("\r", "")
    assert machine.artifacts.names("1") == ["package"]


def test_hidden_files_stay_out_unless_wanted(machine: Machine) -> None:
    ran(machine, MADE, up("path: out"))
    assert names(machine) == ["a.txt", "c.log", "deep/b.txt"]
    ran(machine, MADE, up("path: out, include-hidden-files: true"))
    assert ".hidden" in names(machine)


def test_patterns_choose_and_exclude(machine: Machine) -> None:
    ran(machine, MADE, up(r'path: "out/**/*.txt\n!out/deep/**"'))
    assert names(machine) == ["a.txt"]


def test_several_paths_keep_what_tells_them_apart(machine: Machine) -> None:
    ran(machine, MADE, up(r'path: "out/a.txt\nout/deep/b.txt"'))
    assert names(machine) == ["a.txt", "deep/b.txt"]
    ran(machine, MADE, up("path: out/a.txt"))
    assert names(machine) == ["a.txt"]


def test_all_artifacts_come_into_folders_of_their_own_or_into_one(machine: Machine) -> None:
    made = (
        MADE + up("name: first, path: out/a.txt") + up("name: second, path: out/c.log").replace("id: up", "id: other")
    )
    done = ran(
        machine,
        made,
        TWO,
        down("path: in"),
        down("path: one, merge-multiple: true").replace("id: down", "id: both"),
        do("ls in/* one"),
    )
    assert done.ok, done.log
    assert "in/first:\na.txt" in done.log.replace("\r", "") and "one:\na.txt" in done.log.replace("\r", "")


def test_a_name_is_used_once_in_a_run(machine: Machine) -> None:
    done = ran(machine, MADE, up("path: out"), up("path: out").replace("id: up", "id: again"))
    assert done.results == {"one": "failure"}
    assert "an artifact with this name already exists on the workflow run" in done.said("error")[0]


def test_nothing_found_is_a_warning_or_an_error(machine: Machine) -> None:
    done = ran(machine, up("path: nowhere"))
    assert done.ok and "No files were found with the provided path: nowhere" in done.said("warning")[0]
    assert ran(machine, up("path: nowhere, if-no-files-found: error")).results == {"one": "failure"}


def test_an_artifact_that_is_not_there_fails_the_step(machine: Machine) -> None:
    done = ran(machine, down("name: package"))
    assert done.results == {"one": "failure"}
    assert "Artifact not found for name: package" in done.said("error")[0]


def test_a_bad_name_is_refused(machine: Machine) -> None:
    assert "artifact name is not valid" in ran(machine, MADE, up("name: a/b, path: out")).said("error")[0]
