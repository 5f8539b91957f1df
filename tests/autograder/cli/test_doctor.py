import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from autograder.cli.doctor import allowed_packages

CampCommand = Callable[..., "CompletedProcess[str]"]
PROJECT = Path(__file__).parents[3]


def test_what_is_missing_comes_with_what_to_type(camp_command: CampCommand, environment: dict[str, str]) -> None:
    environment["CAMP_APPS_PYTHON"] = "nowhere"
    done = camp_command("doctor")
    assert done.returncode == 3
    assert "MISSING  Environment of the apps" in done.stdout
    assert "For Environment of the apps: delete .venv-apps, then: ./camp" in done.stdout
    assert "Traceback" not in done.stderr


def test_the_same_is_there_for_programs(camp_command: CampCommand, environment: dict[str, str]) -> None:
    environment["CAMP_APPS_PYTHON"] = "nowhere"
    found = {one["what"]: one for one in json.loads(camp_command("doctor", "--json").stdout)["findings"]}
    assert found["Python"]["ok"] and found["Node"]["ok"] and found["Azurite"]["ok"]
    assert not found["Environment of the apps"]["ok"]


def test_the_allow_list_is_what_the_lock_file_says() -> None:
    packages = allowed_packages(PROJECT / "requirements-apps.lock")
    names = [package.split("==")[0] for package in packages]
    assert {"azure-functions", "slack-sdk", "slack-bolt", "boto3", "pytest"} <= set(names)
    assert len(names) == len(set(names))
    assert not {"serverless-camp", "nbgrader", "jupyterlab"} & set(names)
