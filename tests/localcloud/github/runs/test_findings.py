"""What is said of a workflow at its push: what is refused, what is only remarked, and what starts."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from localcloud.github.events import Event
from localcloud.github.repository import Repository
from localcloud.github.runs import Runs
from localcloud.github.runs.lint import lint
from localcloud.github.runs.model import Annotation
from localcloud.github.runs.remarks import remarks
from localcloud.github.runs.sources import Sources
from localcloud.github.runs.workflow import read_workflow

from ..conftest import WorkTree
from .conftest import ONE, WORKFLOW, Played, messages, statuses

A = "on: push\njobs: {a: {runs-on: ubuntu-latest, "
REFUSED: Sequence[tuple[str, str]] = [
    ("on: push\njobs:\n\ta: 1", "a.yml:3: could not parse as YAML"),
    (A + "steps: [{runs: x}]}}", "a.yml:2"),
    (
        "on: push\njobs: {a: {runs-on: windows-latest, steps: [{run: x}]}}",
        "no runner for 'windows-latest'.*ubuntu-latest",
    ),
    ("on: push\njobs: {a: {runs-on: [self-hosted], steps: [{run: x}]}}", "no runner for 'self-hosted'"),
    (
        "on: push\njobs: {a: {runs-on: '${{ matrix.os }}', strategy: {matrix: {os: [macos-latest]}}, "
        "steps: [{run: x}]}}",
        "no runner for 'macos-latest'",
    ),
    (
        A + "services: {db: {image: x}}, steps: [{run: x}]}}",
        "services need Docker",
    ),
    (
        A + "container: 'python:3', steps: [{run: x}]}}",
        "container needs Docker",
    ),
    (
        A + "steps: [{uses: 'docker://alpine'}]}}",
        "docker://alpine needs Docker",
    ),
    (A + "steps: [{run: x, shell: pwsh}]}}", "pwsh is not here"),
    (
        A + "steps: [{uses: 'actions/setup-node@v4'}]}}",
        "setup-node@v4 is not here",
    ),
    (A + "steps: [{uses: 'azure/cli@v2'}]}}", "write run: az"),
    ("on: push\njobs: {a: {uses: 'other/repo/.github/workflows/x.yml@v1'}}", "workflow of another repository"),
    ("on: push\njobs: {a: {uses: ./.github/workflows/none.yml}}", "none.yml"),
    (A + "needs: b, steps: [{run: x}]}}", "b"),
    (A + "steps: [{run: 'echo ${{ foo }}'}]}}", 'undefined variable "foo"'),
    ("on: push\npermissions: {none: read}\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: x}]}}", "permission scope"),
]


@pytest.mark.parametrize("workflow, words", REFUSED, ids=[words for _workflow, words in REFUSED])
async def test_what_cannot_run_is_refused_by_name_and_the_push_is_accepted(
    played: Played, workflow: str, words: str
) -> None:
    run = await played.push(workflow)
    assert (run.status, run.conclusion, run.jobs) == ("completed", "failure", [])
    assert run.refused
    assert_matches(words, run.refused)
    assert list(statuses(played, run.sha).values()) == ["failure"]


async def test_a_long_refusal_is_shortened_beside_its_commit_between_two_words(played: Played) -> None:
    run = await played.push("on: push\njobs:\n    a: [\n")
    [status] = played.repository.statuses[run.sha]
    assert run.refused and "node content. Look at the line" in run.refused
    assert len(status.description) <= 140 and status.description.endswith(" …")
    assert run.refused.startswith(status.description.removesuffix("…"))


def assert_matches(words: str, text: str) -> None:
    assert re.search(words, text), text


async def test_other_findings_are_annotations_and_the_run_goes_on(played: Played) -> None:
    run = await played.push(
        """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - run: echo "${{ github.event.head_commit.message }}"
              - if: ${{ true }} and so on
                run: echo always
        """
    )
    assert run.conclusion == "success"
    assert "potentially untrusted" in messages(run)
    assert "put it in env" in messages(run)
    assert "always evaluated to true" in messages(run)


async def test_the_pusher_reads_what_starts_and_what_does_not(played: Played) -> None:
    notes: list[str] = []

    async def listen(event: Event) -> None:
        notes.extend(event.notes)

    played.runs._forge.listeners.append(listen)
    await played.push("name: A\non: [push, release]\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'exit 0'}]}}")
    assert notes[0] == ".github/workflows/a.yml: the event release starts nothing here."
    assert notes[1].startswith("A: run 1 starts, http://127.0.0.1:")


async def test_one_broken_file_does_not_stop_another(played: Played) -> None:
    await played.push(ONE.format(run="echo fine"), {".github/workflows/b.yml": "on: push\njobs: [}"})
    found = {run.workflow: run.conclusion for run in played.runs.runs}
    assert found == {".github/workflows/a.yml": "success", ".github/workflows/b.yml": "failure"}


JOB = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    "
STEP = JOB + "steps: [{run: x}]\n    "
EACH_KIND: Sequence[tuple[str, str]] = [
    ("syntax-check", "on: push\njob: {}\n"),
    ("events", STEP.replace("push", "pushed")),
    ("permissions", STEP + "permissions: {contents: all}"),
    ("job-needs", STEP + "needs: b"),
    ("id", JOB + "steps: [{id: b, run: x}, {id: b, run: y}]"),
    ("glob", STEP.replace("push", "{push: {branches: ['a b']}}")),
    ("workflow-call", "on: push\njobs: {a: {uses: ./.github/workflows/none.yml}}"),
    ("runner-label", STEP.replace("latest", "last")),
    ("matrix", STEP + "strategy: {matrix: {x: [1, 1]}}"),
    ("matrix", STEP + "strategy: {matrix: {x: [1], exclude: [{y: 1}]}}"),
    ("env-var", STEP + "env: {'A B': c}"),
    ("shell-name", JOB + "steps: [{run: x, shell: zsh}]"),
    ("credentials", STEP + "container: {image: x, credentials: {username: a, password: b}}"),
    ("action", JOB + "steps: [{uses: actions/checkout}]"),
    ("action", JOB + "steps: [{uses: actions/checkout@v2}]"),
    ("action", JOB + "steps: [{uses: actions/checkout@v5, with: {reff: x}}]"),
    ("action", JOB + "steps: [{uses: actions/upload-artifact@v6}]"),
    ("expression", JOB + "steps: [{run: \"echo ${{ format('{0} {1}', 'x') }}\"}]"),
    ("expression", JOB + "steps: [{run: \"echo ${{ contains('x') }}\"}]"),
    ("expression", JOB + "steps: [{run: 'echo ${{ foo() }}'}]"),
    ("expression", JOB + "steps: [{run: 'echo ${{ foo }}'}]"),
    ("expression", JOB + "steps: [{run: 'echo ${{ github }}'}]"),
    ("expression", JOB + "steps: [{run: 'echo ${{ github.sha[0] }}'}]"),
    ("if-cond", JOB + "steps: [{if: 'true', run: x}]"),
    ("deprecated-commands", JOB + "steps: [{run: 'echo ::set-output name=x::y'}]"),
]


@pytest.mark.parametrize("kind, workflow", EACH_KIND, ids=[kind for kind, _workflow in EACH_KIND])
async def test_each_finding_says_what_to_try_next(kind: str, workflow: str, tmp_path: Path, tools: None) -> None:
    found = (await lint(Sources({WORKFLOW: workflow.encode()}), tmp_path))[WORKFLOW]
    assert kind in [one.kind for one in found], found
    for one in found:
        assert one.hint, one
        assert str(tmp_path) not in one.text
        assert len(one.text) < 420


NAMES = """
    on: push
    env: {APP: "${{ vars.RESSOURCE_GROUP }}"}
    jobs:
      a:
        runs-on: ubuntu-latest
        environment: staging
        steps:
          - run: echo "${{ secrets.AZURE_CREDENTIAL }}" "${{ secrets.DEEP }}" "${{ secrets['azure_Credentials'] }}"
          - run: echo "${{ vars.NONE || 'x' }} ${{ secrets.GITHUB_TOKEN }} ${{ github.event.secrets.x }}"
      b:
        runs-on: ubuntu-latest
        steps:
          - run: echo "${{ secrets.RESOURCE_GROUP }}"
          - run: |
              echo "${{ secrets.DEEP }}"
"""


async def test_names_that_are_not_set_are_remarked_with_the_near_ones(played: Played) -> None:
    played.repository.secrets["AZURE_CREDENTIALS"] = "a secret text"
    played.repository.variables["RESOURCE_GROUP"] = "group"
    played.repository.environment("staging").secrets["DEEP"] = "another secret"
    run = await played.push(NAMES)
    assert run.conclusion == "success"
    assert [(one.level, one.line, one.text.partition(" ")[0], one.hint) for one in run.annotations] == [
        (
            "warning",
            3,
            "vars.RESSOURCE_GROUP",
            "Do you mean RESOURCE_GROUP? 'camp github variable list' prints all names.",
        ),
        (
            *("warning", 9, "secrets.AZURE_CREDENTIAL"),
            "Do you mean AZURE_CREDENTIALS? 'camp github secret list' prints all names.",
        ),
        ("warning", 14, "secrets.RESOURCE_GROUP", "There is vars.RESOURCE_GROUP."),
        ("warning", 15, "secrets.DEEP", "'camp github secret list' prints all names."),
    ]


async def test_a_called_workflow_has_the_secrets_that_it_is_given(played: Played) -> None:
    callee = """
        on: {workflow_call: {secrets: {GIVEN: {required: false}}}}
        jobs: {c: {runs-on: ubuntu-latest, steps: [{run: 'echo "${{ secrets.GIVEN }}${{ vars.NONE }}"'}]}}
    """
    caller = """
        on: push
        jobs:
          a: {uses: ./.github/workflows/b.yml, secrets: {GIVEN: "${{ secrets.OTHER }}"}}
    """
    run = await played.push(caller, {".github/workflows/b.yml": callee})
    assert [one.text.partition(" ")[0] for one in run.annotations] == ["secrets.OTHER", "vars.NONE"]


@pytest.mark.parametrize(
    "of_workflow, of_job, remarked",
    [
        ("{id-token: write}", "", True),
        ("{}", "", True),
        ("{id-token: write, contents: none}", "", True),
        ("{contents: read}", "{id-token: write}", True),
        ("{id-token: write}", "{contents: read, id-token: write}", False),
        ("read-all", "", False),
        ("", "", False),
    ],
)
async def test_permissions_without_contents_are_remarked_where_there_is_a_checkout(
    repository: Repository, of_workflow: str, of_job: str, remarked: bool
) -> None:
    text = (
        "on: push\n"
        + (f"permissions: {of_workflow}\n" if of_workflow else "")
        + "jobs:\n  a:\n    runs-on: ubuntu-latest\n"
        + (f"    permissions: {of_job}\n" if of_job else "")
        + "    steps:\n      - uses: Actions/checkout@v5\n"
    )
    found = said_of(repository, text)
    assert [one.title for one in found] == ["permissions"] * remarked, found
    assert not said_of(repository, text + "        with: {token: x}\n")
    assert not said_of(repository, text.replace("Actions/checkout", "actions/cache"))


def said_of(repository: Repository, text: str) -> list[Annotation]:
    return remarks(read_workflow(WORKFLOW, text.encode()), Sources(), repository)


HEAD = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
ALWAYS_TRUE = "      - {if: '${{ true }} and so on', run: 'exit 0'}\n"
LEFT_ALONE = (
    "on: release\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'echo ${{ github.event.head_commit.message }}'}]}}\n"
)


async def test_a_push_prints_the_findings_of_all_files(runs: Runs, work: WorkTree) -> None:
    await work.commit("Workflows", {WORKFLOW: HEAD + ALWAYS_TRUE, ".github/workflows/b.yml": LEFT_ALONE})
    said = re.sub(r" *\nremote: ", "\n", await work.push())
    assert ".github/workflows/a.yml:6: if: condition" in said
    assert "What stands outside of ${{ }} makes a text of it, and a text is true." in said
    assert_matches(r"\.github/workflows/b\.yml:2: .*potentially untrusted.* put it in env of the step", said)


async def test_a_push_prints_a_refusal_once_and_not_more_than_eight_findings(runs: Runs, work: WorkTree) -> None:
    refused = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'echo ${{ foo }}'}]}}\n"
    await work.commit("Workflows", {WORKFLOW: HEAD + ALWAYS_TRUE, ".github/workflows/b.yml": refused})
    assert (await work.push()).count("undefined variable") == 1
    await work.commit("More", {WORKFLOW: HEAD + 12 * ALWAYS_TRUE, ".github/workflows/b.yml": None})
    said = await work.push()
    assert said.count("if: condition") == 8
    assert "4 more findings are not shown." in said
