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
    def refuses(self) -> bool:
        """Whether GitHub would not run such a file."""
        if self.kind == "expression":
            return REFUSED_EXPRESSIONS.search(self.text) is not None
        return self.kind in REFUSING

    def annotation(self) -> Annotation:
        level = "error" if self.refuses else "warning"
        return Annotation(level, self.text, self.path, self.line, title=self.kind, hint=hint_for(self))  # type: ignore[arg-type]


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


def hint_for(finding: Finding) -> str:
    """What to do about a message; empty when it says so itself."""
    for kind, pattern, text in _hints():
        if finding.kind == kind and re.search(pattern, finding.text):
            return text
    return ""


def _hints() -> tuple[tuple[str, str, str], ...]:
    """Kind, pattern of the message, and the hint; the first that fits counts."""
    return (
        (
            *("syntax-check", "could not parse as YAML"),
            _("Look at the line and the one above: spaces in front, a colon, a quote."),
        ),
        ("syntax-check", "unexpected key", _("Is the key misspelt, or does it stand too far to the left or right?")),
        ("syntax-check", "is required|is missing", _("Add the key at this place; the messages name it.")),
        ("syntax-check", "", _("Compare the form of this place with the workflow that the lab began with.")),
        ("events", "", _("Events that start a run here: push, pull_request, workflow_dispatch.")),
        ("permissions", "", _("contents: read is enough to read the repository, id-token: write for OIDC.")),
        ("job-needs", "does not exist", _("needs names the id of a job, the key under jobs, not its name.")),
        ("job-needs", "", _("Two jobs cannot wait for each other: take one needs away.")),
        ("id", "", _("Give each step of a job an id of its own, or none.")),
        ("glob", "", _("Filters are patterns: * is anything but a slash, ** anything.")),
        (
            "workflow-call",
            "could not read",
            _("Is the file in this commit? uses names it from the top: ./.github/workflows/NAME.yml."),
        ),
        ("workflow-call", "not following", _("uses names a file of this repository: ./.github/workflows/NAME.yml.")),
        ("workflow-call", "", _("Compare with and secrets with what the called file declares under on.workflow_call.")),
        ("runner-label", "", _("Take ubuntu-latest.")),
        ("matrix", "duplicate", _("Take one of the two away: equal jobs would run twice.")),
        ("matrix", "", _("exclude takes away combinations that the matrix has: write its names and its values.")),
        ("env-var", "", _("Letters, digits and _ make a name that a shell can use.")),
        ("shell-name", "", _("shell: bash, or leave it out.")),
        (
            "credentials",
            "",
            _("Keep it as a secret, with 'camp github secret set NAME', and write ${{ secrets.NAME }}."),
        ),
        ("action", "ref is missing", _("Add its version: uses: owner/name@version, such as actions/checkout@v5.")),
        ("action", "is retired|too old|runtime", _("Take its newest version, such as actions/checkout@v5.")),
        ("action", "missing input", _("Add it under with.")),
        ("action", "is not defined in action", _("The action ignores it. Is it misspelt?")),
        (
            *("expression", "potentially untrusted"),
            _('Whoever writes this text could run commands: put it in env of the step, and use it as "$NAME".'),
        ),
        ("expression", "format string", _("Count: {0} is the text behind the format, {1} the next one.")),
        ("expression", "number of arguments", _("The message shows what the function takes, in this order.")),
        ("expression", "undefined function", _("Is it misspelt? The message names all functions.")),
        ("expression", "undefined variable", _("Texts in expressions stand between single quotes.")),
        (
            *("expression", "is not allowed here"),
            _("This is decided before the job has secrets or env: use vars, needs or github."),
        ),
        ("expression", "while (?:lexing|parsing)", _("Between ${{ and }}: texts in single quotes, == to compare.")),
        (
            *("expression", "is not defined in object"),
            _("It is empty when the workflow runs. Is it misspelt, is there a step with this id?"),
        ),
        ("expression", "should not be evaluated in template", _("toJSON(...) makes a text of it.")),
        ("expression", "", _("Look at the types in the message: is it the value that you mean?")),
        ("if-cond", "constant", _("Take the if away, or ask for something: github.ref == 'refs/heads/main'.")),
        ("if-cond", "", _("What stands outside of ${{ }} makes a text of it, and a text is true.")),
        (
            *("deprecated-commands", ""),
            _('Write to the file instead: echo "name=value" >> "$GITHUB_OUTPUT"'),
        ),
    )
