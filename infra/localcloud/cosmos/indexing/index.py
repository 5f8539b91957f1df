"""`Index`: an indexing policy at work. Which paths it holds, and the terms of a document."""

from collections.abc import Mapping, Sequence
from typing import Any

from .encoding import ARRAY, OBJECT, encode, is_leaf
from .paths import ELEMENT, Path, Pattern, number, pattern, plain

Term = tuple[int, bytes]
# Of the system properties only the time is worth a term: the others are each item's own, and no query seeks them.
UNINDEXED = frozenset(("_rid", "_self", "_etag", "_attachments"))
TIME = (("_ts",),)
REMEMBERED = 50_000


class Node:
    """A path of documents: its number when its values are indexed, `open` when something below may be."""

    __slots__ = ("children", "number", "open", "path")

    def __init__(self, path: Path, number: int | None, open_: bool) -> None:
        self.path = path
        self.number = number
        self.open = open_
        self.children: dict[str, Node] = {}


class Index:
    """The index that a normalised policy describes."""

    def __init__(self, policy: Mapping[str, Any]) -> None:
        self.on = policy["indexingMode"] != "none"
        self._verdicts: dict[Pattern, bool] = {}
        for name, verdict in (("excludedPaths", False), ("includedPaths", True)):
            for one in policy.get(name, ()):
                self._verdicts[pattern(one["path"])] = verdict
        self._included = [one.path for one, verdict in self._verdicts.items() if verdict]
        self.composites = tuple(
            tuple((plain(part["path"]), part["order"] == "descending") for part in one)
            for one in policy.get("compositeIndexes", ())
        )
        self._root = Node((), None, self.on)
        self._nodes = 0

    def holds(self, path: Sequence[str | int]) -> bool:
        """Whether the values at a path are indexed; never those at a place in an array."""
        if not self.on or not path or path[0] in UNINDEXED:
            return False
        return self.includes(path)

    def includes(self, path: Sequence[str | int]) -> bool:
        """Whether the policy asks for an index of the path: the most precise of its paths decides."""
        steps = tuple(ELEMENT if isinstance(step, int) else step for step in path)
        exact = self._verdicts.get(Pattern(steps, True))
        if exact is not None:
            return exact
        for length in range(len(steps), -1, -1):
            verdict = self._verdicts.get(Pattern(steps[:length], False))
            if verdict is not None:
                return verdict
        return False

    def terms(self, document: Mapping[str, Any]) -> frozenset[Term]:
        """The entries of a document: one for each path that it has, and one for each value in an array."""
        if not self.on:
            return frozenset()
        found: set[Term] = set()
        waiting: list[tuple[Node, Any]] = [
            (self._child(self._root, name), value) for name, value in document.items() if name not in UNINDEXED
        ]
        while waiting:
            node, value = waiting.pop()
            kind = type(value)
            if kind is not dict and kind is not list:
                if node.number is not None:
                    found.add((node.number, encode(value)))
                continue
            if node.number is not None:
                found.add((node.number, OBJECT if kind is dict else ARRAY))
            if not node.open:
                continue
            if kind is dict:
                waiting.extend((self._child(node, name), inner) for name, inner in value.items())
            elif value:
                child = self._child(node, ELEMENT)
                waiting.extend((child, inner) for inner in value)
        return frozenset(found)

    def difference(
        self, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> tuple[frozenset[Term], frozenset[Term], int]:
        """The entries that go and those that come when document `old` becomes `new`, and the leaves of `new` in all.

        Values that stay as they are cost next to nothing: most writes change one of many.
        """
        if not self.on:
            return frozenset(), frozenset(), 0
        kept, changed = 0, {}
        for name, value in new.items():
            kind = type(value)
            if kind is dict or kind is list or type(old.get(name, old)) is not kind or old[name] != value:
                changed[name] = value
            elif name not in UNINDEXED and self._child(self._root, name).number not in (None, _TIME_NUMBER):
                kept += 1
        gone = self.terms({name: value for name, value in old.items() if name not in new or name in changed})
        come = self.terms(changed)
        return gone - come, come - gone, kept + leaf_count(come)

    def _child(self, node: Node, name: str) -> Node:
        child = node.children.get(name)
        if child is None:
            path = (*node.path, name)
            below = self.includes((*path, "\x00below")) or any(one[: len(path)] == path for one in self._included)
            child = Node(path, number(path) if self.includes(path) else None, below)
            if self._nodes < REMEMBERED:
                self._nodes += 1
                node.children[name] = child
        return child

    def serves_order(self, order: Sequence[tuple[Sequence[str | int], bool]]) -> bool:
        """Whether a composite index has these paths in this order, its directions as given or all the other way."""
        for composite in self.composites:
            if tuple(tuple(path) for path, _ in order) == tuple(path for path, _ in composite):
                turned = {one[1] != other[1] for one, other in zip(order, composite, strict=True)}
                if len(turned) == 1:
                    return True
        return False


_TIME_NUMBER = number(TIME[0])


def leaf_count(terms: frozenset[Term]) -> int:
    """How many values of a document are indexed, without the system's own: what a write is charged for."""
    return sum(1 for path, term in terms if is_leaf(term) and path != _TIME_NUMBER)
