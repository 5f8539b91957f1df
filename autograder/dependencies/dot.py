"""What `tofu graph -type=plan` prints: the engine's own graph, in which a resource is one node of many.

Variables, locals, outputs, modules and providers have nodes, too. They are left out: who reaches a resource through
them needs that resource.
"""

import re

from localcloud.messages import _

from .graph import Graph

QUOTED = r'"((?:[^"\\]|\\.)*)"'
NODE = re.compile(rf"^\s*{QUOTED} \[label")
EDGE = re.compile(rf"^\s*{QUOTED} -> {QUOTED}")
PREFIX = "[root] "
STAGE = re.compile(r" \([a-z ]+\)$")  # such as (expand): what the engine does with it
MODULES = r'(?:module\.[\w-]+(?:\[(?:\d+|"[^"]*")\])?\.)*'
RESOURCE = re.compile(
    rf"{MODULES}(?:data\.)?(?!(?:data|local|module|output|path|terraform|var)\.)[A-Za-z_][\w-]*\.[\w-]+"
)
PROVIDER = re.compile(rf"{MODULES}provider\b")


class NoGraph(ValueError):
    """The text is no graph of a configuration."""


def read(text: str) -> Graph:
    """The resources in what the engine printed; NoGraph when it is something else."""
    if "digraph" not in text:
        raise NoGraph(_("The engine printed no graph."))
    after: dict[str, set[str]] = {}
    for line in text.splitlines():
        if edge := EDGE.match(line):
            source, target = _name(edge[1]), _name(edge[2])
            after.setdefault(source, set()).add(target)
            after.setdefault(target, set())
        elif node := NODE.match(line):
            after.setdefault(_name(node[1]), set())
    kept = {name for name in after if not PROVIDER.match(name)}
    resources = {name for name in kept if RESOURCE.fullmatch(name)}
    return Graph.of({name: _reached(name, after, kept, resources) for name in resources})


def _name(quoted: str) -> str:
    """A node's name; stages of one resource are one node, those of other things are several."""
    name = re.sub(r"\\(.)", r"\1", quoted).removeprefix(PREFIX)
    plain = STAGE.sub("", name)
    return plain if RESOURCE.fullmatch(plain) else name


def _reached(start: str, after: dict[str, set[str]], kept: set[str], resources: set[str]) -> set[str]:
    """The first resources on every way from one."""
    found: set[str] = set()
    seen = {start}
    waiting = list(after[start])
    while waiting:
        name = waiting.pop()
        if name in seen or name not in kept:
            continue
        seen.add(name)
        if name in resources:
            found.add(name)
        else:
            waiting += after[name]
    return found
