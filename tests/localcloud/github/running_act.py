"""Runs workflows with the real act on our runner: what tests of the actions share."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from localcloud import extras
from localcloud.github.runner import ArtifactStore, CacheStore, Runner

PROJECT = Path(__file__).parents[3]
REPOSITORY = "camp/bot"
FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STATE", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
TOKEN = "a-token-for-reading-only"
GIT = {
    "PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8",
    "GIT_AUTHOR_NAME": "Camp", "GIT_AUTHOR_EMAIL": "camp@localhost",
    "GIT_COMMITTER_NAME": "Camp", "GIT_COMMITTER_EMAIL": "camp@localhost",
}  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *arguments],
        cwd=folder, env=GIT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


@dataclass
class Ran:
    """One run of a workflow."""

    events: list[dict[str, Any]]
    errors: str

    @property
    def results(self) -> dict[str, str]:
        """By job."""
        return {one["jobID"]: one["jobResult"] for one in self.events if "jobResult" in one}

    @property
    def ok(self) -> bool:
        return bool(self.results) and set(self.results.values()) == {"success"}

    @property
    def log(self) -> str:
        """What steps printed."""
        return "".join(one["msg"] for one in self.events if one.get("raw_output"))

    def said(self, kind: str) -> list[str]:
        """The texts of all `::notice::`, `::warning::` or `::error::`."""
        return [one["arg"] for one in self.events if one.get("command") == kind]

    def seconds(self, step: str) -> float:
        """How long a step took."""
        return sum(one["executionTime"] for one in self.events if one.get("step") == step and "stepResult" in one) / 1e9


@dataclass
class Step:
    """One program that was run as a step."""

    code: int
    log: str
    outputs: str


@dataclass
class Machine:
    """A runner, a bare repository with what is committed in `work`, and the stores of this repository."""

    folder: Path
    runner: Runner
    url: str = ""  # of the git server, which serves `server`
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    runs: int = 0

    def __post_init__(self) -> None:
        self.server, self.work = self.folder / "server", self.folder / "work tree"
        self.bare = self.server / REPOSITORY
        self.bare.mkdir(parents=True)
        git(self.bare, "init", "--quiet", "--bare", ".")
        git(self.bare, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.work.mkdir()
        git(self.work, "init", "--quiet", ".")
        git(self.work, "remote", "add", "origin", str(self.bare))
        self.caches = CacheStore(self.folder / "caches")
        self.artifacts = ArtifactStore(self.folder / "artifacts")

    def commit(self, files: Mapping[str, str], branch: str = "main") -> str:
        """A commit on this branch, pushed; its id."""
        for name, text in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        git(self.work, "checkout", "-q", "-B", branch)
        git(self.work, "add", "--all")
        git(self.work, "commit", "-q", "--allow-empty", "-m", "A change")
        git(self.work, "push", "-q", "--force", "origin", branch)
        return git(self.work, "rev-parse", "HEAD")

    def run(
        self, workflow: str, *, event: str = "push", ref: str = "refs/heads/main", payload: Mapping[str, Any] = {}
    ) -> Ran:
        """Runs the text of a workflow as one run of the repository."""
        self.runs += 1
        run = self.folder / f"run-{self.runs}"  # act has trouble with spaces here
        (run / "home").mkdir(parents=True)
        checkout = run / "checkout"
        git(self.folder, "clone", "-q", "--no-checkout", str(self.bare), str(checkout))
        source = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
        git(checkout, "fetch", "-q", "origin", f"{source}:refs/camp/head")
        git(checkout, "checkout", "-q", "--detach", "refs/camp/head")
        if ref.startswith("refs/heads/"):
            git(checkout, "checkout", "-q", "-B", ref.removeprefix("refs/heads/"))
        path = run / "workflow.yml"
        path.write_text(workflow, "utf-8")
        told = {"ref": ref, "repository": {"full_name": REPOSITORY, "default_branch": "main"}, **payload}
        (run / "event.json").write_text(json.dumps(told), "utf-8")
        (run / "secrets.yml").write_text(json.dumps(self.secrets), "utf-8")
        done = subprocess.run(
            [*self._act(run, path, event), "-C", str(checkout)],
            cwd=run, env=self._environment(run), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        if os.environ.get("CAMP_SHOW_ACT"):
            print(*(one.get("msg", "").rstrip() for one in events), done.stderr, sep="\n", file=sys.stderr)
        return Ran(events, done.stderr)

    def step(self, action: str, inputs: Mapping[str, str], *, program: str = "main.js", **more: str) -> Step:
        """Runs the program of one action as act does, without act: in the folder `work`, with these inputs alone."""
        place = self.runner.known_action(action)
        assert place
        declared = yaml.safe_load((place / "action.yml").read_text("utf-8"))["inputs"]
        defaults = {name: one["default"] for name, one in declared.items() if "default" in (one or {})}
        given = {f"INPUT_{name.upper()}": value for name, value in {**defaults, **inputs}.items()}
        return self.program("node", str(place / program), **given, **more)

    def program(self, *command: str, **more: str) -> Step:
        """Runs a program of the runner as a step of a job does."""
        run = self.folder / "steps"
        (run / "home").mkdir(parents=True, exist_ok=True)
        environment = {**self._environment(run), **{name: str(run / name) for name in FILES}, **more}
        environment |= {"GITHUB_WORKSPACE": str(self.work), "GITHUB_REPOSITORY": REPOSITORY, "RUNNER_TEMP": str(run)}
        for name in FILES:
            (run / name).write_text("")
        program = shutil.which(command[0], path=environment["PATH"])
        assert program
        done = subprocess.run(
            [program, *command[1:]],
            cwd=self.work,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Step(done.returncode, done.stdout + done.stderr, (run / "GITHUB_OUTPUT").read_text())

    def _environment(self, run: Path) -> dict[str, str]:
        return {
            **self.runner.environment(run),
            "CAMP_CACHE": str(self.caches.of(REPOSITORY)),
            "CAMP_ARTIFACTS": str(self.artifacts.of(str(self.runs))),
            **self.environment,
        }

    def _act(self, run: Path, workflow: Path, event: str) -> list[str]:
        text = workflow.read_text("utf-8")
        uses = {line.split("uses:")[1].split("#")[0].strip() for line in text.splitlines() if "uses:" in line}
        ours = [(one, self.runner.known_action(one)) for one in sorted(uses)]
        local = [f"--local-repository={repository(one)}={top(one, place)}" for one, place in ours if place]
        environment = {"GITHUB_SERVER_URL": self.url, "GITHUB_REPOSITORY": REPOSITORY}
        return [
            *extras.environment("act").command("act", event, "-W", str(workflow), "-e", str(run / "event.json")),
            "--json", "--rm", "-P", "ubuntu-latest=-self-hosted", "--no-cache-server", "--no-skip-checkout",
            "--action-cache-path", str(run / "cache"), "-s", f"GITHUB_TOKEN={TOKEN}", "-a", "camp",
            "--secret-file", str(run / "secrets.yml"), "--var-file", os.devnull,
            "--env-file", os.devnull, "--input-file", os.devnull, *local,
            *(f"--env={name}={value}" for name, value in environment.items()),
        ]  # fmt: skip


def repository(uses: str) -> str:
    """`owner/name@ref` of `owner/name/path@ref`."""
    name, _at, ref = uses.partition("@")
    return "/".join(name.split("/")[:2]) + "@" + ref


def top(uses: str, place: Path) -> Path:
    """The folder of the repository that an action lies in."""
    depth = len(uses.partition("@")[0].split("/")) - 2
    return place.parents[depth - 1] if depth else place
