"""The files that a repository on a forge needs: licences, notices, workflow, forms."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from autograder.cli import COMMANDS
from autograder.jupyter import USUAL_PORT
from localcloud import extras
from localcloud.registry import service

if sys.version_info >= (3, 11):
    from tomllib import loads
else:
    from tomli import loads

PROJECT = Path(__file__).parents[1]
FORMS = sorted((PROJECT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}  # of Keep a Changelog


def read(name: str) -> Any:
    return yaml.safe_load((PROJECT / name).read_text("utf-8"))


def project() -> dict[str, Any]:
    found: dict[str, Any] = loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def output_of(command: list[str]) -> str:
    """What a command prints about what it found; empty when it found nothing."""
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        *(("vendor.github-workflows", one) for one in WORKFLOWS),
        *(("custom.github-workflows-require-timeout", one) for one in WORKFLOWS),
        *(
            ("vendor.github-issue-config" if one.stem == "config" else "vendor.github-issue-forms", one)
            for one in FORMS
        ),
        ("vendor.citation-file-format", PROJECT / "CITATION.cff"),
        ("vendor.compose-spec", PROJECT / "infra" / "compose.yaml"),
    ],
    ids=lambda one: one.name if isinstance(one, Path) else one,
)
def test_what_the_forge_reads_is_valid(schema: str, file: Path) -> None:
    validator = extras.ensure("repository", print).command("check-jsonschema", "--builtin-schema", schema, str(file))
    assert output_of(validator) == ""


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda one: one.name)
def test_a_workflow_has_no_mistake_that_actionlint_finds(workflow: Path) -> None:
    assert output_of(extras.ensure("actionlint", print).command("actionlint", "-no-color", str(workflow))) == ""


def test_the_workflow_runs_what_runs_anywhere_on_the_oldest_and_the_newest_python() -> None:
    job = read(".github/workflows/ci.yml")["jobs"]["test"]
    assert job["steps"][-1]["run"] == ".ci/run"
    oldest, newest = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project()["requires-python"]).groups()  # type: ignore[union-attr]
    assert job["strategy"]["matrix"]["python"] == [f"3.{oldest}", f"3.{int(newest) - 1}"]


def test_containers_are_open_to_this_computer_only_and_where_the_labs_settings_say() -> None:
    services = read("infra/compose.yaml")["services"]
    published = [port.rsplit(":", 2) for one in services.values() for port in one.get("ports", [])]
    assert {address for address, _host, _container in published} == {"127.0.0.1"}
    assert all(host == container for _address, host, container in published)
    values = json.loads((PROJECT / "labs" / "4-reactive-queues" / "local.settings.json").read_text("utf-8"))["Values"]
    assert "8081" in {host for _address, host, _container in published}
    assert values["CosmosDbConnection"].startswith("AccountEndpoint=http://127.0.0.1:8081/;")
    assert {one["network_mode"] for name, one in services.items() if name != "cosmos"} == {"service:cosmos"}


@pytest.mark.parametrize(
    "app", sorted((PROJECT / "solutions").glob("*/function_app.py")), ids=lambda one: one.parent.name
)
def test_an_app_without_the_camp_finds_every_setting_that_it_reads(app: Path) -> None:
    place = next(folder for folder in app.parents if (folder / "local.settings.json").is_file())
    values = json.loads((place / "local.settings.json").read_text("utf-8"))["Values"]
    page = (PROJECT / "docs" / "real-azure.md").read_text("utf-8")
    read_by_it = set(re.findall(r'environ\["(\w+)"\]', app.read_text("utf-8")))
    assert read_by_it <= set(values), place
    assert all(f"`{name}`" in page for name in read_by_it)


def test_the_devcontainer_has_a_python_of_the_camp_and_forwards_its_ports() -> None:
    """No schema of devcontainers comes with check-jsonschema."""
    container = json.loads((PROJECT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    assert container["image"].endswith(":3.12")
    usual = {port for name in ("portal", "functions") for port in service(name).ports.values()} | {USUAL_PORT}
    assert set(container["forwardPorts"]) == usual == {int(port) for port in container["portsAttributes"]}
    for key in ("postCreateCommand", "postAttachCommand"):
        camp, command, *_rest = container[key].split()
        assert camp == "./camp" and command in COMMANDS


def test_hooks_before_a_commit_use_the_camps_own_tools() -> None:
    hooks = [hook for repository in read(".pre-commit-config.yaml")["repos"] for hook in repository["hooks"]]
    assert [repository["repo"] for repository in read(".pre-commit-config.yaml")["repos"]] == ["local"]
    for hook in hooks:
        assert {"id", "name", "entry", "language"} <= set(hook)
        python, flag, module, *rest = hook["entry"].split()
        assert (python, flag) == (".venv/bin/python", "-m")
        assert module in {"ruff", "mypy", "pytest"}
        assert [one for one in rest if one.startswith("tests/") and not (PROJECT / one).exists()] == []


def test_the_licences_are_there_and_go_with_the_package() -> None:
    assert "Apache License\n                           Version 2.0" in (PROJECT / "LICENSE").read_text("utf-8")
    assert (PROJECT / "LICENSE-docs").read_text("utf-8").startswith("Attribution 4.0 International")
    assert project()["license"] == "Apache-2.0 AND CC-BY-4.0"
    assert [name for name in project()["license-files"] if not (PROJECT / name).is_file()] == []


def test_the_notices_name_every_locked_package() -> None:
    assert output_of([sys.executable, str(PROJECT / "docs" / "notices.py"), "--check"]) == ""


def test_a_citation_names_the_version_and_the_licences_of_the_package() -> None:
    citation = read("CITATION.cff")
    assert citation["version"] == project()["version"]
    assert " AND ".join(citation["license"]) == project()["license"]


def test_the_changelog_has_the_headings_of_keep_a_changelog() -> None:
    lines = (PROJECT / "CHANGELOG.md").read_text("utf-8").splitlines()
    versions = [line for line in lines if line.startswith("## ")]
    assert versions[0] == "## [Unreleased]"
    assert [one for one in versions[1:] if not re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", one)] == []
    assert {line.removeprefix("### ") for line in lines if line.startswith("### ")} <= KINDS


@pytest.mark.parametrize("name", ["CODE_OF_CONDUCT.md", "SECURITY.md", "CITATION.cff", "CHANGELOG.md"])
def test_nobody_is_named_but_the_maintainers(name: str) -> None:
    text = (PROJECT / name).read_text("utf-8")
    assert re.findall(r"[\w.]+@[\w.]+|(?<!\w)@\w+", text) == []
    missing = [link for link in re.findall(r"\]\(([\w./-]+)\)", text) if not (PROJECT / link).exists()]
    assert missing == []
