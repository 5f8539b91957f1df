"""Which event starts a workflow."""

from typing import Any

import pytest

from localcloud.github.runs.triggers import Happened, InputError, checked_inputs, foreign_events, starts
from localcloud.github.runs.workflow import Workflow, WorkflowError, read_workflow

JOB = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
JOBS = "\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: a}]}}\n"
MAIN, TAG = Happened("push", "refs/heads/main"), Happened("push", "refs/tags/v1.0")
BRANCH = Happened("push", "refs/heads/releases/1-alpha")
PULL = Happened("pull_request", "refs/pull/1/merge", base="main", action="opened")


def workflow(on: str) -> Workflow:
    return read_workflow(".github/workflows/a.yml", f"on: {on}{JOBS}".encode())


async def started(on: str, event: Happened, paths: list[str] | None = None) -> bool:
    async def changed() -> list[str] | None:
        return paths

    return await starts(workflow(on), event, changed)


@pytest.mark.parametrize(
    "on, event, expected",
    [
        ("push", MAIN, True),
        ("push", TAG, True),
        ("push", PULL, False),
        ("[push, pull_request]", PULL, True),
        ("{push: null}", MAIN, True),
        ("{push: {branches: [main]}}", MAIN, True),
        ("{push: {branches: main}}", MAIN, True),
        ("{push: {branches: [main]}}", BRANCH, False),
        ("{push: {branches: [main]}}", TAG, False),
        ("{push: {tags: ['v*']}}", TAG, True),
        ("{push: {tags: ['v*']}}", MAIN, False),
        ("{push: {tags-ignore: ['v*']}}", TAG, False),
        ("{push: {branches: [main], tags: ['v*']}}", TAG, True),
        ("{push: {branches-ignore: ['releases/**']}}", BRANCH, False),
        ("{push: {branches-ignore: ['releases/**']}}", MAIN, True),
        ("{push: {branches: ['releases/**', '!releases/**-alpha']}}", BRANCH, False),
        ("{push: {branches: []}}", MAIN, False),
        ("{pull_request: {branches: [main]}}", PULL, True),
        ("{pull_request: {branches: [other]}}", PULL, False),
        ("{pull_request: {types: [labeled]}}", PULL, False),
        ("{pull_request: {types: [closed]}}", Happened("pull_request", base="main", action="closed"), True),
        ("pull_request", Happened("pull_request", base="main", action="closed"), False),
        ("pull_request_target", PULL, False),
        ("workflow_dispatch", Happened("workflow_dispatch"), True),
        ("push", Happened("push", "refs/heads/main", message="Words [skip ci]"), False),
        ("{push: {paths: ['src/**']}}", TAG, True),
    ],
)
async def test_events_start_what_they_should(on: str, event: Happened, expected: bool) -> None:
    assert await started(on, event, []) is expected


@pytest.mark.parametrize(
    "filters, paths, expected",
    [
        ("paths: ['**.py']", ["a/b.py", "x.md"], True),
        ("paths: ['**.py']", ["x.md"], False),
        ("paths: ['docs/**', '!docs/secret/**']", ["docs/secret/a"], False),
        ("paths-ignore: ['docs/**']", ["docs/a", "docs/b"], False),
        ("paths-ignore: ['docs/**']", ["docs/a", "src/b"], True),
        ("paths: ['**.py']", [], False),
        ("paths: ['**.py']", None, True),
        ("branches: [other], paths: ['**.py']", ["a.py"], False),
    ],
)
async def test_paths_filter(filters: str, paths: list[str] | None, expected: bool) -> None:
    assert await started(f"{{push: {{{filters}}}}}", MAIN, paths) is expected


@pytest.mark.parametrize(
    "on, words",
    [
        ("{push: {branches: [a], branches-ignore: [b]}}", "Only one of branches"),
        ("{push: {branches: ['[']}}", r"'\['"),
        ("{push: {branches: {a: 1}}}", "list of texts"),
        ("{push: main}", "mapping of filters"),
    ],
)
async def test_filters_that_are_none_are_named(on: str, words: str) -> None:
    with pytest.raises(WorkflowError, match=words):
        await started(on, MAIN)


def test_events_that_start_nothing_are_named() -> None:
    assert foreign_events(workflow("[push, schedule, release, workflow_call]")) == ["schedule", "release"]


INPUTS = (
    "{workflow_dispatch: {inputs: {word: {required: true}, loud: {type: boolean}, "
    "size: {type: choice, options: [s, m]}, count: {type: number, default: 3}}}}"
)


def test_inputs_get_their_defaults() -> None:
    assert checked_inputs(workflow(INPUTS), {"word": "hi"}) == {
        "word": "hi",
        "loud": "false",
        "size": "s",
        "count": "3",
    }


@pytest.mark.parametrize(
    "given, words",
    [
        ({}, "Required input 'word'"),
        ({"word": "a", "x": "b"}, "Unexpected inputs provided: x"),
        ({"word": "a", "size": "xl"}, "one of: s, m"),
        ({"word": "a", "loud": "perhaps"}, "true or false"),
        ({"word": "a", "count": "many"}, "a number"),
        ({"word": "a" * 70_000}, "Too many"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        checked_inputs(workflow(INPUTS), given)


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("jobs: {}", 1, "on is missing"),
        ("on: push", 1, "jobs is missing"),
        ("on: 3\njobs: {a: {}}", 1, "on must name"),
        ("on: push\njobs: {}", 2, "at least one job"),
        ("on: push\njobs:\n  a: {steps: [{run: a}]}", 3, "no runs-on"),
        ("on: push\njobs:\n  a:\n    runs-on: x\n    steps: []", 5, "no steps"),
        ("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - {}", 6, "either run or uses"),
        (
            JOB + "      - {run: a, id: x}\n      - {run: a, id: x}",
            6,
            "Two steps",
        ),
        ("on: push\njobs:\n  a:\n    runs-on: x\n    needs: b\n    steps: [{run: a}]", 5, "needs b, which is no job"),
        (
            "on: push\njobs:\n  a: {runs-on: x, needs: b, steps: [{run: a}]}\n"
            "  b: {runs-on: x, needs: a, steps: [{run: a}]}",
            3,
            "need each other: a, b",
        ),
        ("on: push\njobs:\n  1a: {runs-on: x}", 3, "no id of a job"),
        ("- a", 1, "is a mapping"),
    ],
)
def test_a_file_that_is_no_workflow_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(WorkflowError, match=words) as caught:
        read_workflow(".github/workflows/a.yml", text.encode())
    assert caught.value.line == line
