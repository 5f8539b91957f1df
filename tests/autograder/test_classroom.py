"""What a workflow on GitHub says of a push: a summary in which nothing is markup, and points that no app can forge."""

import base64
import json
import os
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from markdown_it import MarkdownIt

from autograder import classroom
from autograder.cli import CHECKS_FAILED, OK, USAGE, camp
from autograder.lab import find_lab
from autograder.verdict import ERRORED, FAILED, PASSED, CheckResult, Verdict

HERE = Path(__file__).parents[2]
LAB = find_lab("1")
EVIL = (
    "::set-output name=result::e30=\n| a | b |\n<script>alert(1)</script> <img src=x onerror=alert(1)>\n"
    "```\n![x](javascript:alert(1)) [y](https://example.org) **b** @everyone #1 https://example.org www.example.org\n"
    "</code></td></table> &lt; \\| \u202e $x$"
)
ALLOWED = {"h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "br"}


def verdict(*outcomes: str) -> Verdict:
    results = [
        CheckResult(f"1.{number}", "It greets", outcome, 2 if outcome == PASSED else 0, 2, 0.5, EVIL, EVIL, EVIL, EVIL)
        for number, outcome in enumerate(outcomes, 1)
    ]
    return Verdict.of_results("1-slack-bot", 7, results)


class Outline(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _value in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_nothing_of_a_learner_is_markup_in_the_summary() -> None:
    text = classroom.summary(verdict(PASSED, FAILED, ERRORED), "Lab 1: <b>Tiny</b> | x")
    shown = Outline(MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").render(text))
    assert set(shown.tags) == ALLOWED and shown.attributes <= {"style"}
    assert (shown.tags.count("tr"), shown.tags.count("td")) == (4, 18)
    assert "<script>alert(1)</script>" in shown.text and "Lab 1: <b>Tiny</b> | x" in shown.text
    assert "2 of 6 points" in shown.text and "camp check 1-slack-bot --seed 7" in shown.text
    assert not any(line.strip().startswith("::") for line in text.splitlines())


def test_a_cell_is_bounded() -> None:
    assert len(classroom.inert("<" * 100_000)) < 3000
    assert len(classroom.summary(verdict(*[FAILED] * 30), "x")) < 1 << 20


def test_the_result_is_what_the_reporter_reads_and_nothing_that_an_app_said(tmp_path: Path) -> None:
    places = {name: str(tmp_path / name) for name in (classroom.SUMMARY, classroom.OUTPUT)}
    classroom.tell(verdict(PASSED, FAILED), "Lab 1", places)
    [result, points, maximum] = (tmp_path / classroom.OUTPUT).read_text().splitlines()
    assert (points, maximum) == ("points=2", "maximum=4")
    facts = json.loads(base64.b64decode(result.removeprefix("result=")))
    assert (facts["status"], facts["max_score"], [test["score"] for test in facts["tests"]]) == ("fail", 4, [2, 0])
    assert [test["status"] for test in facts["tests"]] == ["pass", "fail"]
    assert "::" not in json.dumps(facts) and "script" not in json.dumps(facts)
    assert classroom.result_of(verdict(PASSED, ERRORED))["status"] == "error"
    assert classroom.result_of(verdict(PASSED))["status"] == "pass"


def run(*arguments: object, **environment: str) -> Result:
    return CliRunner(env={"CAMP_LANG": "en", **environment}).invoke(camp, [str(one) for one in arguments])


def made(folder: Path, *more: object) -> dict[str, Any]:
    done = run("course", "workflow", 1, "--out", folder, "--camp", "https://example.org/camp.git", "--ref", "v1", *more)
    assert done.exit_code == OK, done.output
    found: dict[str, Any] = yaml.safe_load((folder / classroom.PLACE).read_text("utf-8"))
    return found


def step(workflow: dict[str, Any], name: str) -> dict[str, Any]:
    [job] = workflow["jobs"].values()
    [found] = [one for one in job["steps"] if one["name"] == name]
    return found  # type: ignore[no-any-return]


def test_the_workflow_is_valid_and_names_the_camp(tmp_path: Path) -> None:
    workflow = made(tmp_path)
    assert workflow["env"] == {"CAMP_REPOSITORY": "https://example.org/camp.git", "CAMP_REF": "v1", "LAB": LAB.name}
    assert workflow["permissions"]["contents"] == "read"
    text = (tmp_path / classroom.PLACE).read_text("utf-8")
    assert not [line for line in text.splitlines() if "run:" in line and "${{" in line]
    if linter := shutil.which("actionlint"):
        subprocess.run([linter, str(tmp_path / classroom.PLACE)], check=True)
    for one in workflow["jobs"]["run-autograding-tests"]["steps"]:
        assert ("uses" in one) != ("run" in one)
        assert "${{" not in one.get("run", ""), "an expression in a script can be a command"
        if "run" in one:
            subprocess.run(["bash", "-n", "-c", one["run"]], check=True)


def test_another_workflow_is_not_replaced_unasked(tmp_path: Path) -> None:
    made(tmp_path)
    made(tmp_path)
    place = tmp_path / classroom.PLACE
    place.write_text("mine")
    done = run("course", "workflow", 1, "--out", tmp_path, "--camp", "https://example.org/camp.git", "--ref", "v1")
    assert done.exit_code == USAGE and "--force replaces it" in done.output and place.read_text() == "mine"
    made(tmp_path, "--force")


@pytest.mark.parametrize("ref", ["v1\nevil: true", "--upload-pack=x"])
def test_a_ref_can_be_no_other_line_of_the_workflow(tmp_path: Path, ref: str) -> None:
    assert run("course", "workflow", 1, "--out", tmp_path, "--camp", "x", f"--ref={ref}").exit_code == USAGE
    assert classroom.workflow("1", 'a"b: c', "v'1").count('"a\\"b: c"') == 1


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://example.org/a/camp.git", "https://example.org/a/camp.git"),
        ("https://me:secret@example.org/a/camp.git", "https://example.org/a/camp.git"),
        ("https://token@example.org/a/camp.git", "https://example.org/a/camp.git"),
        ("git@example.org:a/camp.git", "https://example.org/a/camp.git"),
        ("ssh://git@example.org:22/a/camp.git", "https://example.org/a/camp.git"),
        ("ssh://git@example.org/a/camp.git", "https://example.org/a/camp.git"),
        (None, None),
    ],
)
def test_no_password_of_a_clone_is_in_the_workflow(url: str | None, public: str | None) -> None:
    assert classroom.public_address(url) == public


def test_github_is_only_for_a_step_of_a_workflow(tmp_path: Path) -> None:
    done = run("check", 1, "--app", tmp_path, "--github", GITHUB_STEP_SUMMARY="", GITHUB_OUTPUT="")
    assert done.exit_code == USAGE and "GITHUB_STEP_SUMMARY is not set" in done.output


def test_its_steps_check_a_students_repository(tmp_path: Path) -> None:
    """The scripts of the steps as a runner runs them: the camp by git, the checks in the sandbox, the verdict."""
    workflow = made(tmp_path / "out")
    environment = {**os.environ, **workflow["env"], "CAMP_LANG": "en"}
    app = tmp_path / "student" / LAB.name
    shutil.copytree(HERE / "labs" / LAB.name, app)
    (app / "function_app.py").write_text(f"raise RuntimeError({EVIL!r})\n", "utf-8")
    (tmp_path / "camp").symlink_to(HERE)
    places = {name: str(tmp_path / name) for name in (classroom.SUMMARY, classroom.OUTPUT)}
    done = bash(step(workflow, "Check")["run"], tmp_path, {**environment, **places})
    assert done.returncode == CHECKS_FAILED, done.stderr
    assert done.stdout == "0 of 18 points: 8 failed.\n"
    assert not [line for line in done.stderr.splitlines() if line.strip().startswith(("::", "##["))]
    assert "points=0\nmaximum=18\n" in (tmp_path / classroom.OUTPUT).read_text()
    assert "RuntimeError" in (tmp_path / classroom.SUMMARY).read_text("utf-8")
    verdict = step(workflow, "All points?")["run"]
    outcomes = {
        one: bash(verdict, tmp_path, {**environment, "OUTCOME": one}).returncode for one in ("success", "failure")
    }
    assert outcomes == {"success": 0, "failure": 1}


def test_the_camp_is_fetched_at_its_ref(tmp_path: Path) -> None:
    repository = tmp_path / "the camp"
    repository.mkdir()
    (repository / "camp").write_text("#!/bin/sh\n")
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "x"], ["tag", "v1"]):
        subprocess.run(["git", "-C", str(repository), *command], check=True)
    script = step(made(tmp_path / "out"), "Get the camp")["run"]
    done = bash(script, tmp_path, {**os.environ, "CAMP_REPOSITORY": repository.as_uri(), "CAMP_REF": "v1"})
    assert done.returncode == 0 and (tmp_path / "camp" / "camp").is_file(), done.stderr


def bash(script: str, folder: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """As GitHub's runner runs a step without `shell`."""
    command = ["bash", "-e", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
