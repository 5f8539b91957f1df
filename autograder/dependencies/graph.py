"""Which resource needs which: as few edges as say everything, and an order in which they can be made."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Graph:
    """Resources by address."""

    needs: Mapping[str, tuple[str, ...]]  # sorted; what is needed through another resource is left out

    @classmethod
    def of(cls, needs: Mapping[str, Collection[str]]) -> "Graph":
        """Of all that is needed, directly or not. In a cycle, which no engine applies, one edge is left out."""
        acyclic = _without_cycles(needs)
        beyond: dict[str, set[str]] = {}
        for name in _in_order(acyclic):
            beyond[name] = set(acyclic[name]).union(*(beyond[one] for one in acyclic[name]))
        fewest = {
            name: tuple(sorted(one for one in known if not any(one in beyond[other] for other in known)))
            for name, known in acyclic.items()
        }
        return cls(fewest)

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """How many resources, one after another, are made before each."""
        found: dict[str, int] = {}
        for name in _in_order(self.needs):
            found[name] = max((found[one] + 1 for one in self.needs[name]), default=0)
        return found

    @cached_property
    def height(self) -> Mapping[str, int]:
        """How many resources, one after another, are made after each."""
        found = dict.fromkeys(self.needs, 0)
        for name in reversed(list(_in_order(self.needs))):
            for one in self.needs[name]:
                found[one] = max(found[one], found[name] + 1)
        return found

    @cached_property
    def order(self) -> list[str]:
        """One that an engine may make them in: those that much waits for come first."""
        return sorted(self.needs, key=lambda name: (self.depth[name], -self.height[name], name))


def _in_order(needs: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Every name after those that it needs; there must be no cycle."""
    done: set[str] = set()
    for start in sorted(needs):
        waiting = [start]
        while waiting:
            name = waiting[-1]
            if name in done:
                waiting.pop()
            elif missing := [one for one in needs[name] if one not in done]:
                waiting += sorted(missing)
            else:
                done.add(waiting.pop())
                yield name


def _without_cycles(needs: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """All edges but those that lead back to a name on the way to themselves."""
    kept: dict[str, set[str]] = {name: set() for name in needs}
    state: dict[str, bool] = {}  # False while a name is on the way, True when all behind it is known
    for start in sorted(needs):
        way = [(start, iter(sorted(needs[start])))] if start not in state else []
        state.setdefault(start, False)
        while way:
            name, rest = way[-1]
            for one in rest:
                if state.get(one) is False:
                    continue
                kept[name].add(one)
                if one not in state:
                    state[one] = False
                    way.append((one, iter(sorted(needs[one]))))
                    break
            else:
                state[name] = True
                way.pop()
    return kept
