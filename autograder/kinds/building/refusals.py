"""What no hand-in may hold, by name and place, before the engine runs: other providers, modules from elsewhere,
provisioners, files beside the folder. It helps people; what somebody hides from it, the sandbox holds (see
docs/infrastructure.md)."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.kinds.building import hcl
from autograder.kinds.building.hcl import Attribute, Block, Body, Token
from localcloud.azurerm.setup import HOSTS, VERSIONS
from localcloud.cloud import NotAsExpected
from localcloud.messages import _

MAIN, BICEP, JSON = "main.tf", "main.bicep", ".tf.json"
BUILT_IN = "terraform"
REMOTE_STATE = "terraform_remote_state"
OF_FILES = frozenset(
    {"file", "filebase64", "filebase64sha256", "filebase64sha512", "fileexists", "filemd5", "fileset", "filesha1",
     "filesha256", "filesha512", "templatefile"}
)  # fmt: skip
MOST = 100  # resources of one block: no lab needs more than ten
SHOWN = 5
MAJOR = int(VERSIONS["azurerm"].partition(".")[0])
CONSTRAINT = re.compile(r"(?P<sign>=|~>|>=|>)?\s*(?P<version>(?P<major>\d{1,9})[\w.+-]*)")
MOST_TOKENS = 200  # of a call that are looked at
DECLARES = re.compile(r"^[ \t]*(?:@.*\n[ \t]*)*(?:resource|module)[ \t]+\w+[ \t]+'", re.MULTILINE)


@dataclass(frozen=True)
class Refusal:
    """One thing that is refused: `what`, in a few words, where, and what to use instead."""

    what: str
    file: str
    line: int
    instead: str
    within: str = ""  # the block, such as `module "data"`
    source: str = ""  # the line as it stands there

    @property
    def text(self) -> str:
        """In the engine's style."""
        where = f"  on {self.file}" + (f" line {self.line}" if self.line else "")
        where += f", in {self.within}:" if self.within else ":" if self.source else ""
        lines = [f"Error: {self.what}", "", where]
        if self.source:
            lines.append(f"  {self.line}: {self.source.rstrip()[:120]}")
        return "\n".join([*lines, "", self.instead])


def check_allowed(files: Mapping[str, bytes]) -> None:
    """NotAsExpected when something in the hand-in is refused: what, where, and what to use instead."""
    found = refusals(files)
    if not found:
        return
    more = len(found) - SHOWN
    texts = [one.text for one in found[:SHOWN]] + ([_("... and {count} more.").format(count=more)] if more > 0 else [])
    raise NotAsExpected(
        seen="\n\n".join(texts),
        expected=_("a configuration with what this lab allows"),
        next=_("The messages say what to use instead. Providers: hashicorp/azurerm and hashicorp/random."),
    )


def check_planned(plan: Mapping[str, Any]) -> None:
    """NotAsExpected when the engine has read a provisioner where `check_allowed` has not: nothing is applied then."""
    found = list(_with_provisioners(plan.get("configuration", {}).get("root_module", {}), ""))
    if found:
        texts = [
            _("Error: {address} has a provisioner, which is not allowed here").format(address=one) for one in found
        ]
        raise NotAsExpected(
            seen="\n".join(texts[:SHOWN]),
            expected=_("a configuration with what this lab allows"),
            next=_("Describe what there is to be, not commands."),
        )


def _with_provisioners(module: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for one in module.get("resources", ()):
        if one.get("provisioners"):
            yield f"{prefix}{one['address']}"
    for name, call in module.get("module_calls", {}).items():
        yield from _with_provisioners(call.get("module", {}), f"{prefix}module.{name}.")


def refusals(files: Mapping[str, bytes]) -> list[Refusal]:
    """All that is refused in these files, in their order. A file that cannot be read is the engine's to complain of."""
    texts = {name: data.decode("utf-8", "replace") for name, data in files.items()}
    bodies = {}
    for name, text in texts.items():
        if name.endswith(".tf"):
            try:
                bodies[name] = hcl.read(text)
            except hcl.NotRead:
                continue
    found = [*_other_languages(texts, bodies), *_circles(bodies)]
    for folder in sorted({posixpath.dirname(name) for name in bodies}):
        inside = {name: body for name, body in bodies.items() if posixpath.dirname(name) == folder}
        found += _Module(folder, inside, texts).refusals()
    return sorted(found, key=lambda one: (one.file != MAIN, one.file, one.line))


def _other_languages(texts: Mapping[str, str], bodies: Mapping[str, Body]) -> Iterator[Refusal]:
    for name in texts:
        if name.endswith(JSON):
            yield Refusal(_("Terraform in JSON"), name, 0, _("Write it as {file}.").format(file=name[: -len(".json")]))
    if BICEP in texts and DECLARES.search(texts[BICEP]):
        main = bodies.get(MAIN)
        if MAIN not in texts or (main and not any(one.kind in ("resource", "module") for one in main.blocks)):
            what = _("Bicep is not judged in this edition of the camp")
            yield Refusal(what, BICEP, 0, _("Write Terraform, in main.tf."))


def _circles(bodies: Mapping[str, Body]) -> Iterator[Refusal]:
    """Modules that are in themselves: an engine would go on and on."""
    calls: dict[str, list[tuple[str, str, Block]]] = {}
    for name, body in bodies.items():
        folder = posixpath.dirname(name)
        for block in body.blocks:
            if (source := _local_source(block, folder)) is not None:
                calls.setdefault(folder, []).append((source, name, block))
    reached = {source: _reached(source, calls) for each in calls.values() for source in {one[0] for one in each}}
    for folder, each in calls.items():
        for source, name, block in each:
            if folder in reached[source]:
                what = _("The module is in itself")
                yield Refusal(what, name, block.line, _("Call a module of another folder."), block.title)


def _reached(start: str, calls: Mapping[str, Sequence[tuple[str, str, Block]]]) -> set[str]:
    seen, left = {start}, [start]
    while left:
        for source, _name, _block in calls.get(left.pop(), ()):
            if source not in seen:
                seen.add(source)
                left.append(source)
    return seen


def _local_source(block: Block, folder: str) -> str | None:
    """The folder of a local module; None for all else."""
    source = block.body.attributes.get("source") if block.kind == "module" else None
    text = source.text if source else None
    if text is None or not text.startswith(("./", "../")):
        return None
    place = posixpath.normpath(posixpath.join(folder, text))
    return "" if place == "." else place


class _Module:
    """The files of one folder."""

    def __init__(self, folder: str, bodies: Mapping[str, Body], texts: Mapping[str, str]) -> None:
        self._folder = folder
        self._bodies = bodies
        self._lines = {name: texts[name].split("\n") for name in bodies}
        self._names = {"azurerm", "random", BUILT_IN}  # of providers that may be used, as this folder calls them

    def refusals(self) -> list[Refusal]:
        found = []
        for name, body in self._bodies.items():
            found += list(self._required(name, body))
        for name, body in self._bodies.items():
            for block in body.blocks:
                found += list(self._block(name, block))
            found += list(self._functions(name, body, ""))
        return found

    def _refused(self, what: str, file: str, line: int, instead: str, within: str = "") -> Refusal:
        return Refusal(what, file, line, instead, within, self._lines[file][line - 1])

    def _required(self, file: str, body: Body) -> Iterator[Refusal]:
        """What `required_providers` names, and as what."""
        for block in body.blocks:
            inner = (one for one in block.body.blocks if one.kind == "required_providers")
            for attribute in (one for each in inner for one in each.body.attributes.values()):
                source, line = _source_of(attribute)
                if _is_ours(source):
                    self._names.add(attribute.name)
                    yield from self._version(file, attribute, source, block.kind)
                    continue
                what = _("The provider {source} is not allowed here").format(source=source)
                yield self._refused(what, file, line, _instead(source.rpartition("/")[2]), block.kind)

    def _version(self, file: str, attribute: Attribute, source: str, within: str) -> Iterator[Refusal]:
        """A major of azurerm that is not there: the engine would name neither it nor what is."""
        version, line = _entry(attribute, "version")
        if source.lower().endswith("/azurerm") and _leaves_out_major(version):
            what = _("The version {version} of hashicorp/azurerm is not there").format(version=version[:80])
            instead = _('Write version = "~> {major}.0": the camp has azurerm {major}.x.').format(major=MAJOR)
            yield self._refused(what, file, line, instead, within)

    def _block(self, file: str, block: Block) -> Iterator[Refusal]:
        if block.kind in ("resource", "data") and block.labels:
            yield from self._provider(file, block, block.labels[0].partition("_")[0])
            yield from self._inside(file, block)
        elif block.kind == "provider" and block.labels:
            yield from self._provider(file, block, block.labels[0])
        elif block.kind == "module":
            yield from self._module(file, block)
        if block.kind == "data" and block.labels[:1] == (REMOTE_STATE,):
            what = _("The state of other configurations is not read here")
            yield self._refused(what, file, block.line, _("Use a data source, such as azurerm_key_vault."), block.title)
        count = block.body.attributes.get("count")
        if count and (count.number or 0) > MOST:
            what = _("{count:g} resources of one block are too many").format(count=count.number)
            yield self._refused(what, file, count.line, _("At most {most}.").format(most=MOST), block.title)

    def _provider(self, file: str, block: Block, name: str) -> Iterator[Refusal]:
        if name not in self._names:
            what = _("The provider {source} is not allowed here").format(source=name)
            yield self._refused(what, file, block.line, _instead(name), block.title)

    def _inside(self, file: str, block: Block) -> Iterator[Refusal]:
        for one in block.body.each():
            if one.kind in ("provisioner", "connection"):
                what = _("A {what} is not allowed here").format(what=one.title)
                yield self._refused(what, file, one.line, _("Describe what there is to be, not commands."), block.title)

    def _module(self, file: str, block: Block) -> Iterator[Refusal]:
        source = block.body.attributes.get("source")
        if source is None or source.text is None:
            return  # the engine's to complain of
        place = _local_source(block, self._folder)
        if place is None:
            what = _("The module {source} is not in the folder").format(source=source.text[:80])
            instead = _('Copy the module into the folder, and write source = "./...".')
            yield self._refused(what, file, source.line, instead, block.title)
        elif place == ".." or place.startswith("../"):
            what = _("The module {source} is outside of the folder").format(source=source.text[:80])
            yield self._refused(what, file, source.line, _("Put the module into the folder."), block.title)

    def _functions(self, file: str, body: Body, within: str) -> Iterator[Refusal]:
        for attribute in body.attributes.values():
            for function, path in _paths(attribute.tokens):
                if path.leaves(self._folder):
                    words = _("{function} reads {path}, which is outside of the folder")
                    what = words.format(function=function, path=path.text[:80])
                    instead = _('Put the file into the folder, and write "${path.module}/...".')
                    yield self._refused(what, file, path.line, instead, within)
        for block in body.blocks:
            yield from self._functions(file, block.body, within or block.title)


def _source_of(attribute: Attribute) -> tuple[str, int]:
    """The source of an entry of required_providers, and its line."""
    source, line = _entry(attribute, "source")
    return source or f"hashicorp/{attribute.name}", line


def _entry(attribute: Attribute, name: str) -> tuple[str, int]:
    """What an entry of required_providers has under a name, and its line; "" when it has nothing."""
    tokens = attribute.tokens
    for place, token in enumerate(tokens[:-2]):
        if token.text == name and token.kind in (hcl.NAME, hcl.TEXT) and tokens[place + 1].text in "=:":
            return tokens[place + 2].text, tokens[place + 2].line
    return "", attribute.line


def _leaves_out_major(constraints: str) -> bool:
    """Whether no version of the major that is there can fit; all that is less clear is the engine's to judge."""
    for one in constraints.split(","):
        found = CONSTRAINT.fullmatch(one.strip())
        if not found:
            continue
        exact = found["sign"] in (None, "=") or (found["sign"] == "~>" and "." in found["version"])
        major = int(found["major"])
        if major > MAJOR or (exact and major < MAJOR):
            return True
    return False


def _is_ours(source: str) -> bool:
    *host, namespace, name = ["hashicorp", *source.lower().split("/")][-3 if source.count("/") > 1 else -2 :]
    return (not host or host[0] in HOSTS) and namespace == "hashicorp" and name in VERSIONS


def _instead(name: str) -> str:
    """What to use in place of a provider."""
    if name == "null":
        return _("Use terraform_data, which is built in.")
    if name == "time":
        return _("Leave the wait out: roles count at once here.")
    return _("Use hashicorp/azurerm or hashicorp/random: no other provider is there.")


@dataclass(frozen=True)
class _Path:
    """A literal piece of a path, and the expression before it, if there is one."""

    text: str
    line: int
    before: str

    def leaves(self, module: str) -> bool:
        """Whether it leads out of the hand-in, from a module in this folder."""
        if not self.before:
            return self.text != "/" and (self.text.startswith(("/", "~")) or _climbs(self.text))  # "/" joins others
        known = {"path.module": module, "path.root": "", "path.cwd": ""}
        return _climbs(posixpath.join(known.get(self.before, "something"), self.text.lstrip("/")))


def _climbs(path: str) -> bool:
    return posixpath.normpath(path).split("/")[0] == ".."


def _paths(tokens: Sequence[Token]) -> Iterator[tuple[str, _Path]]:
    """The pieces of paths that functions of files are called with."""
    for place, token in enumerate(tokens[:-1]):
        if token.kind == hcl.NAME and token.text in OF_FILES and tokens[place + 1].text == "(":
            for piece in _pieces(tokens[place + 2 : place + 2 + MOST_TOKENS], 2 if token.text == "fileset" else 1):
                yield token.text, piece


def _pieces(tokens: Sequence[Token], arguments: int) -> Iterator[_Path]:
    """The literal texts in the first arguments of a call."""
    depth, first, before = 0, 0, ""
    for place, token in enumerate(tokens):
        if token.kind == hcl.OPEN:
            depth, first = depth + 1, place + 1
        elif token.kind == hcl.CLOSE:
            depth, before = depth - 1, "".join(one.text for one in tokens[first:place]) or "?"
        elif token.kind == hcl.TEXT:
            if token.text:
                yield _Path(token.text, token.line, before)
            before = ""
        elif token.kind == hcl.SIGN and token.text in "([{":
            depth += 1
        elif token.kind == hcl.SIGN and token.text in ")]}":
            depth -= 1
            if depth < 0:
                return
        elif token.kind == hcl.SIGN and token.text == "," and depth == 0:
            arguments -= 1
            if not arguments:
                return
