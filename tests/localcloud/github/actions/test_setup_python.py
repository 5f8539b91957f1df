"""actions/setup-python and pip: an environment of its own for each job, and packages without a network."""

import sys

import pytest

from ..running_act import Machine

VERSION = ".".join(map(str, sys.version_info[:3]))


def workflow(inputs: str, *scripts: str) -> str:
    head = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"
    first = f"      - uses: actions/setup-python@v6\n        id: python\n        with: {{ {inputs} }}\n"
    return head + first + "".join(f"      - run: |\n{' ' * 10}{script}\n" for script in scripts)


@pytest.fixture(autouse=True)
def committed(machine: Machine) -> None:
    machine.commit({"greeting.txt": "Hello\n", ".python-version": "3.11\n"})


def test_any_version_from_3_10_on_gets_the_camps_python_with_a_notice(machine: Machine) -> None:
    ran = machine.run(workflow('python-version: "3.99"', "python --version; which python pip", "pip --version"))
    assert ran.ok, ran.log
    assert f"Python {VERSION}\n" in ran.log
    assert ran.said("notice") == [f"Python 3.99 was asked for; this runner has Python {VERSION} and uses it."]
    assert ran.log.count(f"/Python/{VERSION}/x64/bin/") == 2


@pytest.mark.parametrize("given", ["3.9", "2.7", "3.1", "pypy3.10"])
def test_versions_that_the_runner_cannot_stand_for_fail_the_step(machine: Machine, given: str) -> None:
    ran = machine.run(workflow(f'python-version: "{given}"'))
    assert ran.results == {"one": "failure"}
    [error] = ran.said("error")
    assert given in error


def test_3_1_is_explained_as_what_yaml_makes_of_3_10(machine: Machine) -> None:
    ran = machine.run(workflow('python-version: "3.1"'))  # act itself hands on 3.10 without quotes as it is written
    [error] = ran.said("error")
    assert 'write python-version: "3.10"' in error


def test_pip_installs_offline_what_an_app_may_use(machine: Machine) -> None:
    ran = machine.run(
        workflow(
            'python-version: "3.12"',
            "pip install azure-functions pytest",
            "python -c 'import azure.functions'; pytest --version",
            "pip install --target packages requests; ls -1 packages",
            "python -m venv --without-pip other",
        )
    )
    assert ran.ok, ran.log
    assert "Successfully installed" in ran.log and "pytest 9" in ran.log and "\nrequests\n" in ran.log.replace("\r", "")


def test_a_job_without_setup_python_has_a_python_with_pip_and_nothing_else(machine: Machine) -> None:
    ran = machine.run(
        "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: python3 -m pip list --format=freeze; ! python -c 'import azure.functions'\n"
        "      - run: pip install slack-sdk; python -c 'import slack_sdk'\n"
        "  two:\n    runs-on: ubuntu-latest\n    needs: one\n    steps:\n      - run: python --version\n"
    )
    assert ran.ok, ran.log
    assert "ModuleNotFoundError" in ran.log and "Successfully installed slack-sdk" in ran.log


def test_a_package_that_is_not_there_is_an_error_of_pip(machine: Machine) -> None:
    ran = machine.run(workflow('python-version: "3.12"', "pip install numpy"))
    assert ran.results == {"one": "failure"}
    assert "No matching distribution found for numpy" in ran.log


def test_unknown_inputs_are_warned_about(machine: Machine) -> None:
    ran = machine.run(workflow('python-version: "3.12", pyton-version: "3.11"'))
    assert ran.ok
    [warning] = [one for one in ran.said("warning") if "Unexpected" in one]
    assert "'pyton-version'" in warning and "'python-version'" in warning


def test_inputs_of_a_composite_action_are_not_taken_for_those_of_its_steps(machine: Machine) -> None:
    machine.commit(
        {
            "setup/action.yml": "name: Set up\ninputs:\n  colour: { default: green }\nruns:\n  using: composite\n"
            "  steps:\n    - uses: actions/setup-python@v6\n      with: { python-version: '3.11' }\n"
        }
    )
    ran = machine.run(
        "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v5\n"
        "      - uses: ./setup\n        with: { colour: red }\n      - run: python --version\n"
        "      #  uses: actions/setup-python@v6\n"
    )
    assert ran.ok, ran.log
    assert not [one for one in ran.said("warning") if "Unexpected" in one]


def test_a_cache_of_pip_is_found_again_and_installs_nothing(machine: Machine) -> None:
    machine.commit({"requirements.txt": "six\n"})
    text = workflow(
        'python-version: "3.12", cache: pip',
        'echo "hit: ${{ steps.python.outputs.cache-hit }}"; pip show six || pip install -q -r requirements.txt',
    ).replace("steps:\n", "steps:\n      - uses: actions/checkout@v5\n", 1)
    first, second = machine.run(text), machine.run(text)
    assert first.ok and second.ok, second.log
    assert "hit: false" in first.log and "hit: true" in second.log
    assert "Package(s) not found: six" in second.log


def test_a_cache_of_pip_wants_a_file_of_requirements(machine: Machine) -> None:
    ran = machine.run(workflow('python-version: "3.12", cache: pip'))
    assert "make sure you have checked out the target repository" in ran.said("error")[0]
