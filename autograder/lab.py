"""One lab, one set of facts: `labs/<number>-<slug>/lab.toml`, and the check lines from its checks' docstrings."""

import ast
import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder import project
from autograder.facts import Facts, LabError
from autograder.kinds import USUAL, UnknownKind, kind
from localcloud.cloud import PreparationError
from localcloud.messages import _
from localcloud.registry import UnknownService, in_order, nearest

__all__ = ["Alternative", "Check", "Lab", "LabError", "Mutant", "Option", "Prediction", "find_check", "find_lab"]

tomllib: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

CHECKS = Path(__file__).parent / "checks"
FACTS = "lab.toml"
REFLECTION_POINTS = 2
PHYSICS = "physics"
ABILITIES = frozenset({"faults", PHYSICS})  # what a check may need of the cloud that it runs in


@dataclass(frozen=True)
class Check:
    """One check's facts. `pays_with` names the check that must pass too before a guard pays; `notebook_cell` is
    the id of the notebook's answer cell that the check is about, None for one about the app."""

    id: str
    points: int
    hints: tuple[str, ...]
    needs: tuple[str, ...] = ()
    pays_with: str | None = None
    notebook_cell: str | None = None


@dataclass(frozen=True)
class Mutant:
    """A deliberately wrong solution, the misconception it stands for, and the check that kills it."""

    name: str
    misconception: str
    check: str
    also: tuple[str, ...] = ()  # the checks that fail besides, with every seed
    perhaps: tuple[str, ...] = ()  # those that may fail, as it depends on what happens first


@dataclass(frozen=True)
class Alternative:
    """An accepted solution that is written differently."""

    name: str
    description: str
    checks: tuple[str, ...] = ()  # that it meets in the ordinary run of the project's tests; empty for all
    overlay: bool = False  # its folder has only what it does otherwise than the solution


@dataclass(frozen=True)
class Option:
    """One answer to a prediction; `explanation` says why it is right or which misconception it is."""

    text: str
    right: bool
    explanation: str


@dataclass(frozen=True)
class Prediction:
    """The lab's multiple-choice question."""

    question: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Lab:
    """What is true about a lab. `name` is its folder's name, such as `1-slack-bot`."""

    name: str
    number: int
    slug: str
    title: str
    minutes: int
    services: tuple[str, ...]
    checks: tuple[Check, ...]
    mutants: tuple[Mutant, ...]
    alternatives: tuple[Alternative, ...]
    predict: Prediction | None
    kinds: tuple[str, ...] = (USUAL,)  # of what is handed in
    prepared: Mapping[str, Any] = field(default_factory=dict)  # by service, what is made in it before the app starts
    reflection: int = REFLECTION_POINTS  # what the written reflection is worth
    opens: str | None = None  # the file that stands beside the notebook at first; None: the app's

    @property
    def all_services(self) -> tuple[str, ...]:
        """The services that run for it, in the order of their needs: those it names and those of its kinds."""
        named = (*self.services, *(one for name in self.kinds for one in kind(name).services))
        return tuple(one.name for one in in_order(named))

    @property
    def extras(self) -> tuple[str, ...]:
        """The tools that its services and its checks fetch at first use."""
        wanted = [extra for one in in_order(self.all_services) for extra in one.extras]
        return tuple(dict.fromkeys([*wanted, *(extra for name in self.kinds for extra in kind(name).extras)]))

    @property
    def busy(self) -> bool:
        """Whether its checks keep a core busy."""
        return any(kind(name).busy for name in self.kinds)

    @property
    def when_late(self) -> str:
        """What learners should look at when a check is not through in time."""
        return kind(self.kinds[0]).when_late()

    @property
    def wall_seconds(self) -> float:
        """How long all checks together may take in a sandbox, where that is more than usual; else 0."""
        return max(kind(name).wall_seconds for name in self.kinds)

    @property
    def starter(self) -> Path:
        return project.content("labs") / self.name

    @property
    def solution(self) -> Path:
        return project.content("solutions") / self.name

    @property
    def work(self) -> Path:
        return project.work() / self.name

    @property
    def checks_file(self) -> Path:
        """The lab's checks: those of the project folder where it brings labs of its own, else the camp's."""
        name = f"{self.slug.replace('-', '_')}.py"
        own = project.root() / "autograder" / "checks" / name
        return own if own.is_file() else CHECKS / name

    @property
    def wants_notebook(self) -> bool:
        """Whether a check is about code in the notebook."""
        return any(check.notebook_cell is not None for check in self.checks)

    @property
    def points(self) -> int:
        """What all checks together are worth."""
        return sum(check.points for check in self.checks)

    def check(self, id: str) -> Check:
        """The check with this id, or with this number in the lab (`4` for `1.4`); LabError when there is none."""
        for check in self.checks:
            if id in (check.id, check.id.partition(".")[2]):
                return check
        known = ", ".join(check.id for check in self.checks)
        raise LabError(_("There is no check {id}. Lab {lab} has {known}.").format(id=id, lab=self.number, known=known))

    @cached_property
    def titles(self) -> dict[str, str]:
        """The learner's line of each check: the first line of its docstring, read without running the check."""
        try:
            return _docstrings(self.checks_file)
        except OSError:
            return {}

    def title_of(self, id: str) -> str:
        return _(self.titles.get(id, id))


def labs() -> list[Lab]:
    """All labs in order of their numbers; LabError when a lab.toml is wrong."""
    return sorted((read(path) for path in project.content("labs").glob("*/lab.toml")), key=lambda lab: lab.number)


def lab_names() -> list[str]:
    """The folder names of all labs (`1-slack-bot`, ...) in order, whatever is in their lab.toml."""
    found = [path.parent.name for path in project.content("labs").glob(f"*/{FACTS}")]
    return sorted(found, key=lambda name: (int(number) if (number := name.split("-")[0]).isdigit() else 99, name))


def find_lab(wanted: str) -> Lab:
    """The lab with this number (`1`), slug (`slack-bot`) or name (`1-slack-bot`); LabError when there is none."""
    found = labs()
    for lab in found:
        if wanted in (str(lab.number), lab.slug, lab.name):
            return lab
    known = ", ".join(lab.name for lab in found) or "-"
    raise LabError(_("There is no lab {wanted}. The labs are: {known}.").format(wanted=wanted, known=known))


def find_check(id: str) -> tuple[Lab, Check]:
    """The check `1.4` and its lab; LabError when there is none."""
    number, dot, _rest = id.partition(".")
    if not dot:
        raise LabError(_("A check is named by lab and number, such as 1.4, not {id}.").format(id=id))
    lab = find_lab(number)
    return lab, lab.check(id)


def read(path: Path) -> Lab:
    """The lab that a lab.toml describes; LabError says where it is wrong."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LabError(f"{path}: {error}") from error
    return _lab(Facts(table, str(path)), path.parent.name)


def _lab(facts: Facts, name: str) -> Lab:
    number, dash, slug = name.partition("-")
    if not (number.isdigit() and dash and slug):
        facts.wrong(_("the folder must be called <number>-<slug>, not {name}").format(name=name))
    services, kinds = facts.texts("services"), _kinds(facts)
    lab = Lab(
        name,
        facts.integer("number"),
        slug,
        facts.text("title"),
        facts.integer("minutes"),
        services,
        tuple(_check(part) for part in facts.tables("check")),
        tuple(_mutant(part) for part in facts.tables("mutant")),
        tuple(_alternative(part) for part in facts.tables("alternative")),
        _prediction(facts.table("predict")),
        kinds,
        _prepared(facts, services, kinds),
        facts.integer("reflection", REFLECTION_POINTS),
        facts.optional_text("opens"),
    )
    facts.finish({"slug"})
    _agree(lab, facts)
    return lab


def _kinds(facts: Facts) -> tuple[str, ...]:
    named = facts.texts("kinds") or (USUAL,)
    for name in named:
        try:
            kind(name)
        except UnknownKind as error:
            facts.wrong(f"kinds: {error}")
    return named


def _prepared(facts: Facts, services: tuple[str, ...], kinds: tuple[str, ...]) -> dict[str, Any]:
    """What each of the lab's services prepares, by its own table `[<service>]`."""
    try:
        running = in_order((*services, *(one for name in kinds for one in kind(name).services)))
    except UnknownService as error:
        facts.wrong(f"services: {error}")
    prepared = {}
    for one in running:
        try:
            prepared[one.name] = one.prepare(facts.raw_table(one.name))
        except PreparationError as error:
            facts.wrong(f"[{one.name}] {error}")
    return prepared


def _check(facts: Facts) -> Check:
    found = Check(
        facts.text("id"),
        facts.integer("points"),
        facts.texts("hints"),
        facts.texts("needs"),
        facts.optional_text("pays_with"),
        facts.optional_text("cell"),
    )
    facts.finish({"title"})
    for need in found.needs:
        if need not in ABILITIES:
            facts.wrong(_("needs: there is no ability {name}").format(name=need) + nearest(need, ABILITIES))
    return found


def _alternative(facts: Facts) -> Alternative:
    found = Alternative(
        facts.text("name"), facts.text("description"), facts.texts("checks"), overlay=facts.truth("overlay")
    )
    facts.finish()
    return found


def _mutant(facts: Facts) -> Mutant:
    name, misconception, check = facts.text("name"), facts.text("misconception"), facts.text("check")
    found = Mutant(name, misconception, check, facts.texts("also"), facts.texts("perhaps"))
    facts.finish()
    return found


def _prediction(facts: Facts | None) -> Prediction | None:
    if facts is None:
        return None
    question = facts.text("question")
    options = tuple(
        Option(part.text("text"), part.truth("right"), part.text("explanation")) for part in facts.tables("option")
    )
    if sum(option.right for option in options) != 1 or len(options) < 2:
        facts.wrong(_("one of two or more options must be right = true"))
    return Prediction(question, options)


def _agree(lab: Lab, facts: Facts) -> None:
    ids = [check.id for check in lab.checks]
    if not ids or len(set(ids)) < len(ids):
        facts.wrong(_("every [[check]] needs an id of its own"))
    if not lab.name.startswith(f"{lab.number}-") or any(not id.startswith(f"{lab.number}.") for id in ids):
        facts.wrong(_("number, folder and check ids must begin with the same number"))
    named = [id for mutant in lab.mutants for id in (mutant.check, *mutant.also, *mutant.perhaps)]
    named += [id for alternative in lab.alternatives for id in alternative.checks]
    for id in [*named, *(check.pays_with for check in lab.checks if check.pays_with)]:
        if id not in ids:
            facts.wrong(_("{id} is named, but there is no such check").format(id=id))
    for parts in (lab.mutants, lab.alternatives):
        names = [part.name for part in parts]
        if len(set(names)) < len(names):
            facts.wrong(_("names of mutants and of alternatives must differ"))


def _docstrings(path: Path) -> dict[str, str]:
    found = {}
    try:
        body = ast.parse(path.read_text("utf-8")).body
    except SyntaxError:
        return {}  # the run says so, by each check's id
    for node in body:
        if isinstance(node, ast.AsyncFunctionDef) and (id := _checked(node)):
            found[id] = (ast.get_docstring(node) or id).splitlines()[0].rstrip(".")
    return found


def _checked(node: ast.AsyncFunctionDef) -> str | None:
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Name(id="check"), args=[ast.Constant(value=str(id)), *_rest]):
                return id
    return None
