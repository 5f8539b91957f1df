"""actionlint over the workflows of a commit, with what to do about each message."""

import asyncio
import json
import logging
import re
import resource
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud import extras
from localcloud.messages import _

from .hints import hint_for
from .model import Annotation
from .sources import Sources

EXTRA = "actionlint"
SECONDS, CPU_SECONDS = 20.0, 10
IGNORED = 'runtime "node20"'
MOST_FINDINGS = 50
LONGEST_TEXT = 400
OBJECT_TYPE = re.compile(r"\{[^{}]*;[^{}]*\}")
MOST_KNOWN = 64  # commits whose findings are kept
# Of these kinds are the messages about files that GitHub refuses.
REFUSING = ("syntax-check", "events", "permissions", "job-needs", "id", "glob", "workflow-call")
REFUSED_EXPRESSIONS = re.compile(
    r"undefined (?:variable|function)|while (?:lexing|parsing)|is not allowed here|number of arguments|"
    r"^(?:unexpected|got unexpected)"
)
log = logging.getLogger("runs")


class LintFailed(RuntimeError):
    """actionlint itself did not work; the text says how."""


@dataclass(frozen=True)
class Finding:
    """One message of actionlint."""

    kind: str
    path: str
    line: int
    column: int
    text: str

    @property
    def hint(self) -> str:
        """What to do about it; empty when it says so itself."""
        return hint_for(self.kind, self.text)

    @property
    def refuses(self) -> bool:
        """Whether GitHub would not run such a file."""
        if self.kind == "expression":
            return REFUSED_EXPRESSIONS.search(self.text) is not None
        return self.kind in REFUSING

    def annotation(self) -> Annotation:
        level = "error" if self.refuses else "warning"
        return Annotation(level, self.text, self.path, self.line, title=self.kind, hint=self.hint)  # type: ignore[arg-type]


class Linter:
    """Looks at the same files once; `state` is a folder for temporary files."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._known: dict[str, dict[str, list[Finding]]] = {}

    async def findings(self, sources: Sources) -> Mapping[str, Sequence[Finding]]:
        """By file; empty when actionlint does not work: runs go on without it."""
        key = repr(sorted((path, hash(content)) for path, content in sources.files.items()))
        if key not in self._known:
            try:
                self._known[key] = await lint(sources, self._state)
            except (LintFailed, OSError) as error:
                log.warning("Workflows are not linted: %s", error)
                return {}
            while len(self._known) > MOST_KNOWN:
                del self._known[next(iter(self._known))]
        return self._known[key]


async def lint(sources: Sources, state: Path) -> dict[str, list[Finding]]:
    """The findings by file; `state` is a folder for temporary files. LintFailed."""
    paths = sources.workflows()
    found: dict[str, list[Finding]] = {path: [] for path in paths}
    if not paths:
        return found
    try:
        program = (await asyncio.to_thread(extras.ensure, EXTRA, log.info)).command("actionlint")
    except extras.ExtraMissing as error:
        raise LintFailed(str(error)) from error
    with tempfile.TemporaryDirectory(dir=state, prefix="lint-") as name:
        folder = Path(name)
        await asyncio.to_thread(_lay_out, sources, folder)
        for one in _read(await _run(program, paths, folder), folder):
            found.setdefault(one.path, []).append(one)
    return found


def _lay_out(sources: Sources, folder: Path) -> None:
    """The folder has a `.git`, or actionlint would look for local actions in those above."""
    sources.write(folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "actionlint.yaml").write_text("{}\n")  # in place of one that the repository has


async def _run(program: list[str], paths: list[str], folder: Path) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(*program, "-no-color", "-format", "{{json .}}", "-shellcheck=", "-pyflakes=", "-ignore", IGNORED),
        *("-config-file", str(folder / ".git" / "actionlint.yaml"), *paths),
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", "GOMAXPROCS": "2"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=_bound,
    )
    try:
        printed, said = await asyncio.wait_for(process.communicate(), SECONDS)
    except asyncio.TimeoutError:
        raise LintFailed(_("actionlint did not end within {seconds:g} seconds.").format(seconds=SECONDS)) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode not in (0, 1):
        raise LintFailed(_("actionlint failed: {text}").format(text=said.decode(errors="replace").strip()[-500:]))
    return printed


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def _read(printed: bytes, folder: Path) -> list[Finding]:
    try:
        found = json.loads(printed or b"[]")
    except ValueError as error:
        raise LintFailed(_("actionlint printed something else than JSON.")) from error
    return [
        Finding(one["kind"], one["filepath"], int(one["line"]), int(one["column"]), _readable(one["message"], folder))
        for one in (found or [])[:MOST_FINDINGS]
    ]


def _readable(text: str, folder: Path) -> str:
    """Without the folder that was looked at, and without long lists: the type of `github` alone has 50 lines."""
    text, types = text.replace(f"{folder}/", ""), 1
    while types:
        text, types = OBJECT_TYPE.subn("{...}", text)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT].rpartition(" ")[0] + " ..."
