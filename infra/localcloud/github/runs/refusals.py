"""What runs on github.com and not here is refused before the run starts, by name, with what to use instead."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from localcloud.messages import _

from .expressions import PART, ExpressionError, value_of
from .matrix import MatrixError, combinations
from .model import Annotation
from .sources import Sources
from .workflow import FOLDER, Job, Step, Workflow, WorkflowError, is_workflow, read_steps, read_workflow
from .yaml_file import Mapping as YamlMapping
from .yaml_file import YamlError, read_yaml

LABELS = ("ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04")
SHELLS = ("bash", "sh", "python")
REMOTE = re.compile(r"[\w.-]+/[\w.-]+(?:/[\w./-]+)?@[^\s@]+")
DEEPEST = 4  # workflows that call workflows, actions that use actions

KnownAction = Callable[[str], Path | None]


class Refusals:
    """Looks a workflow over. `uses` collects the actions that it needs, spelt as in the files."""

    def __init__(self, sources: Sources, known_action: KnownAction) -> None:
        self._sources = sources
        self._known_action = known_action
        self._found: list[Annotation] = []
        self.uses: set[str] = set()

    def of(self, workflow: Workflow) -> list[Annotation]:
        """Why the workflow cannot run here; empty when it can."""
        self._workflow(workflow, 0)
        return self._found

    def _refuse(self, path: str, line: int, text: str, hint: str) -> None:
        self._found.append(Annotation("error", text, path, line, title=_("not here"), hint=hint))

    def _workflow(self, workflow: Workflow, depth: int) -> None:
        self._defaults(workflow.raw, workflow.path)
        for job in workflow.jobs.values():
            if job.uses:
                self._call(workflow, job, depth)
                continue
            self._labels(workflow, job)
            self._containers(workflow, job)
            self._defaults(job.raw, workflow.path)
            for step in job.steps:
                self._step(workflow.path, step, depth)

    def _labels(self, workflow: Workflow, job: Job) -> None:
        for label in labels_of(job):
            if label.lower() not in LABELS:
                self._refuse(
                    workflow.path,
                    job.line_of("runs-on"),
                    _("There is no runner for '{label}' here.").format(label=label),
                    _("runs-on: ubuntu-latest (or ubuntu-24.04, ubuntu-22.04)."),
                )

    def _containers(self, workflow: Workflow, job: Job) -> None:
        if job.raw.get("services"):
            self._refuse(
                workflow.path,
                job.line_of("services"),
                _("services need Docker, which is not here."),
                _("Use made-up settings in the tests, or start the program in a step."),
            )
        if job.raw.get("container"):
            self._refuse(
                workflow.path,
                job.line_of("container"),
                _("container needs Docker, which is not here."),
                _("Take it away: bash, git, Python, pip, az, curl, zip and unzip are on the runner."),
            )

    def _defaults(self, raw: Mapping[str, Any], path: str) -> None:
        defaults = raw.get("defaults")
        run = defaults.get("run") if isinstance(defaults, YamlMapping) else None
        if isinstance(run, YamlMapping):
            self._shell(path, run.get("shell"), run.lines.get("shell", 1))

    def _shell(self, path: str, shell: Any, line: int) -> None:
        if not isinstance(shell, str) or "${{" in shell:
            return
        program = shell.split()[0] if shell.split() else ""
        if program in ("pwsh", "powershell", "cmd"):
            self._refuse(
                path, line, _("The shell {name} is not here.").format(name=program), _("shell: bash, or leave it out.")
            )

    def _step(self, path: str, step: Step, depth: int) -> None:
        self._shell(path, step.raw.get("shell"), step.raw.lines.get("shell", step.line))
        if step.uses:
            self._action(path, step, depth)

    def _action(self, path: str, step: Step, depth: int) -> None:
        uses, line = step.uses, step.raw.lines.get("uses", step.line)
        if uses.startswith("docker://"):
            self._refuse(
                path,
                line,
                _("{uses} needs Docker, which is not here.").format(uses=uses),
                _("Write a run step instead."),
            )
        elif uses.startswith("./"):
            self._local_action(path, line, uses, depth)
        elif not REMOTE.fullmatch(uses):
            self._refuse(
                path,
                line,
                _("'{uses}' names no action.").format(uses=uses),
                _("Write uses: owner/name@version, such as actions/checkout@v5, or ./path/in/the/repository."),
            )
        elif self._known_action(uses) is None:
            self._refuse(path, line, _("The action {uses} is not here.").format(uses=uses), instead_of(uses))
        else:
            self.uses.add(uses)

    def _local_action(self, path: str, line: int, uses: str, depth: int) -> None:
        """One that is not in the commit may come with a checkout: act says so if it does not."""
        found = self._sources.action(uses)
        if found is None:
            return
        where, content = found
        if depth >= DEEPEST:
            self._refuse(path, line, _("{uses} is nested too deeply.").format(uses=uses), _("Join two of the actions."))
            return
        try:
            raw = read_yaml(content)
            runs = raw.get("runs") if isinstance(raw, YamlMapping) else None
            if not isinstance(runs, YamlMapping):
                return
            if str(runs.get("using")).lower() == "docker":
                self._refuse(
                    where,
                    runs.lines.get("using", 1),
                    _("{uses} needs Docker, which is not here.").format(uses=uses),
                    _("Make a composite action of it: using: composite."),
                )
            elif runs.get("using") == "composite":
                for step in read_steps(runs, uses):
                    self._step(where, step, depth + 1)
        except (YamlError, WorkflowError) as error:
            self._refuse(where, error.line, error.text, _("Compare with another action's file."))

    def _call(self, workflow: Workflow, job: Job, depth: int) -> None:
        line = job.line_of("uses")
        called = job.uses.removeprefix("./")
        if not job.uses.startswith("./") or not is_workflow(called):
            self._refuse(
                workflow.path,
                line,
                _("{uses} is the workflow of another repository.").format(uses=job.uses),
                _("Copy it into {folder} and write uses: ./{folder}/NAME.yml.").format(folder=FOLDER),
            )
            return
        try:
            callee = self._callee(called, depth)
        except WorkflowError as error:
            self._refuse(called, error.line, error.text, _("The job {job} calls this file.").format(job=job.id))
            return
        self._workflow(callee, depth + 1)

    def _callee(self, path: str, depth: int) -> Workflow:
        if path not in self._sources.files:
            raise WorkflowError(_("There is no file {path} in this commit.").format(path=path))
        if depth >= DEEPEST:
            raise WorkflowError(_("Workflows call each other too deeply."))
        callee = read_workflow(path, self._sources.files[path])
        if "workflow_call" not in callee.events:
            raise WorkflowError(_("{path} cannot be called: on has no workflow_call.").format(path=path))
        return callee


def labels_of(job: Job) -> Iterator[str]:
    """The labels at runs-on, with each value that a matrix gives them; those that are known only later are left out."""
    runs_on = job.raw["runs-on"]
    if isinstance(runs_on, Mapping):
        runs_on = runs_on.get("labels") or []
        runs_on = runs_on if runs_on or not job.raw["runs-on"].get("group") else [str(job.raw["runs-on"]["group"])]
    labels = runs_on if isinstance(runs_on, list) else [runs_on]
    for label in map(str, labels):
        yield from _values(label, job) if PART.search(label) else [label]


def _values(label: str, job: Job) -> Sequence[str]:
    strategy = job.raw.get("strategy")
    try:
        matrices = combinations(strategy["matrix"]) if isinstance(strategy, Mapping) and "matrix" in strategy else [{}]
        found = [value_of(label, {"matrix": one}) for one in matrices]
    except (MatrixError, ExpressionError):
        return []  # of inputs or of another job's output
    return [str(one) for value in found for one in (value if isinstance(value, list) else [value])]


def instead_of(uses: str) -> str:
    """What to use instead of an action that is not here."""
    name = uses.partition("@")[0].lower()
    for start, text in _instead():
        if name == start or (start.endswith("/") and name.startswith(start)):
            return text
    return _(
        "Here are actions/checkout, setup-python, cache, upload-artifact and download-artifact, azure/login and "
        "Azure/functions-action; for the rest write a run step."
    )


def _instead() -> tuple[tuple[str, str], ...]:
    return (
        ("azure/cli", _("az is on the runner: write run: az ... after azure/login.")),
        ("azure/webapps-deploy", _("Azure/functions-action@v1 deploys a Function App.")),
        ("azure/appservice-settings", _("Write run: az functionapp config appsettings set ... after azure/login.")),
        ("azure/powershell", _("az is on the runner: write run: az ... after azure/login.")),
        ("actions/setup-node", _("Leave it out: the runner's actions bring their own Node.")),
        ("actions/github-script", _("Write run: curl ... with GITHUB_TOKEN, which may read, or python.")),
        ("docker/", _("Docker is not here: deploy the folder or a zip of it.")),
    )
