"""What a provider decides: what is planned, what needs another resource, what a refresh and an apply make of the state.

Pure. The rules are the protocol's: a planned value is the configuration's, or the former one where both mean the same;
only computed attributes may have others, and after apply nothing that was known has changed.
"""

from typing import Any

from .problems import Problem
from .schema import Attribute, Block
from .values import UNKNOWN, Path, Values, equal, is_empty, is_known


def empty(block: Block) -> Values:
    """An object of the block's type in which nothing is set."""
    lists: Values = {name: None if one.nesting == "single" else [] for name, one in block.blocks.items()}
    refused: Values = {name: [] if isinstance(one, Block) else None for name, one in block.refused.items()}
    return {**dict.fromkeys(block.attributes), **lists, **refused}


def planned(block: Block, config: Values, proposed: Values, prior: Values | None) -> Values:
    """What the resource will be. `prior` is None for a new one, and for a block that was not there."""
    made = empty(block)
    for name, attribute in block.attributes.items():
        made[name] = _planned_attribute(attribute, config[name], proposed[name], prior, name)
    for name, inner in block.blocks.items():
        made[name] = _planned_blocks(inner, config[name], proposed[name], prior[name] if prior else None)
    for name in block.refused:
        made[name] = config[name]
    return made


def _planned_attribute(one: Attribute, config: Any, proposed: Any, prior: Values | None, name: str) -> Any:
    before = prior[name] if prior else None
    if config is not None:
        keep = before is not None and config is not UNKNOWN and means_same(one, before, config)
        return before if keep else config
    if one.default is not None:
        return one.default
    if not one.computed:
        return None
    if prior is None and proposed is None:
        return UNKNOWN
    return proposed


def _planned_blocks(block: Block, config: Any, proposed: Any, prior: Any) -> Any:
    if not isinstance(config, list):
        return config  # unknown, or a single block that is as it was written
    found: list[Any] = []
    for place, wanted in enumerate(config):
        if wanted is UNKNOWN:
            found.append(wanted)
            continue
        before = _counterpart(block, wanted, prior, place)
        suggested = _counterpart(block, wanted, proposed, place) or wanted
        found.append(planned(block, wanted, suggested, before))
    return found


def _counterpart(block: Block, wanted: Values, others: Any, place: int) -> Values | None:
    """The element of a former (or proposed) list that a configured one is about."""
    if not isinstance(others, list):
        return None
    if block.nesting == "list":
        found = others[place] if place < len(others) else None
        return found if isinstance(found, dict) else None
    for other in others:
        if isinstance(other, dict) and all(
            wanted[name] is None or equal(one.type, wanted[name], other[name]) for name, one in block.attributes.items()
        ):
            return other
    return None


def replacements(block: Block, prior: Values, planned: Values, path: Path = ()) -> list[Path]:
    """The attributes whose new values need another resource."""
    found: list[Path] = [
        (*path, name)
        for name, one in block.attributes.items()
        if one.new
        and not equal(one.type, prior[name], planned[name])
        and not means_same(one, prior[name], planned[name])
    ]
    for name, inner in block.blocks.items():
        before, after = prior[name], planned[name]
        if not isinstance(before, list) or not isinstance(after, list):
            continue
        if _needs_another(inner, before, after):
            found.append((*path, name))
        elif inner.nesting == "list":
            for place, (one, other) in enumerate(zip(before, after, strict=False)):
                if isinstance(one, dict) and isinstance(other, dict):
                    found += replacements(inner, one, other, (*path, name, place))
    return found


def _needs_another(block: Block, before: list[Any], after: list[Any]) -> bool:
    """Whether blocks that cannot be changed in place came, went or (in a set, where none has a place) differ."""
    if not any(one.new for one in block.attributes.values()):
        return False
    if len(before) != len(after):
        return True
    return block.nesting == "set" and any(
        one is UNKNOWN or not any(_same_element(block, one, other) for other in before) for one in after
    )


def filled(block: Block, planned: Values, actual: Values) -> Values:
    """The state after apply: what was planned, and what became known by it."""
    made = dict(planned)
    for name in block.attributes:
        if not is_known(planned[name]):
            made[name] = _known(planned[name], actual.get(name))
    for name, inner in block.blocks.items():
        there = actual.get(name)
        if isinstance(planned[name], list):
            made[name] = [
                filled(inner, one, _counterpart_of_actual(inner, one, there, place))
                for place, one in enumerate(planned[name])
            ]
    return made


def _known(planned: Any, actual: Any) -> Any:
    if isinstance(planned, dict) and isinstance(actual, dict):
        return {name: _known(one, actual.get(name)) for name, one in planned.items()}
    return actual if planned is UNKNOWN or not isinstance(planned, list) else planned if is_known(planned) else actual


def _counterpart_of_actual(block: Block, planned: Values, actual: Any, place: int) -> Values:
    if not isinstance(actual, list):
        return {}
    if block.nesting == "list":
        return actual[place] if place < len(actual) else {}
    for one in actual:
        if all(
            planned[name] in (None, UNKNOWN) or name not in one or means_same(attribute, planned[name], one[name])
            for name, attribute in block.attributes.items()
        ):
            found: Values = one
            return found
    return {}


def refreshed(block: Block, prior: Values, actual: Values, importing: bool = False) -> Values:
    """The state after a look at the resource. What means the same stays as it was written; what `actual` does not
    have cannot be read, and stays too."""
    made = {**empty(block), **prior}
    for name, attribute in block.attributes.items():
        if name not in actual:
            if importing and attribute.default is not None:
                made[name] = attribute.default
            continue
        now, before = actual[name], prior.get(name)
        now = attribute.default if now is None else now  # a service does not say what was never set
        if importing:
            made[name] = None if is_empty(now) and not attribute.computed else now
        elif not (is_empty(now) and is_empty(before)) and not means_same(attribute, before, now):
            made[name] = now
    for name, inner in block.blocks.items():
        if name in actual:
            made[name] = _refreshed_blocks(inner, prior.get(name), actual[name], importing)
    return made


def _refreshed_blocks(block: Block, prior: Any, actual: list[Values], importing: bool) -> Any:
    before = prior if isinstance(prior, list) else []
    found = []
    for place, now in enumerate(actual):
        if block.nesting == "set":
            known = [one for one in before if _same_element(block, one, now)]
            found.append(refreshed(block, known[0] if known else {}, now, importing or not known))
        else:
            old = before[place] if place < len(before) else {}
            found.append(refreshed(block, old, now, importing or not old))
    return found


def _same_element(block: Block, prior: Values, now: Values) -> bool:
    return all(
        name not in now or (is_empty(prior[name]) and is_empty(now[name])) or means_same(one, prior[name], now[name])
        for name, one in block.attributes.items()
    )


def means_same(attribute: Attribute, one: Any, other: Any) -> bool:
    """Whether two values of an attribute mean the same, such as `Japan East` and `japaneast`."""
    if equal(attribute.type, one, other):
        return True
    known = one not in (None, UNKNOWN) and other not in (None, UNKNOWN)
    return bool(known and attribute.same and attribute.same(one, other))


def problems(block: Block, config: Values, path: Path = ()) -> list[Problem]:
    """What is wrong with a configuration beyond the types, which the engine checks itself."""
    found: list[Problem] = []
    for name, attribute in block.attributes.items():
        value = config[name]
        if attribute.choices and isinstance(value, str) and value not in attribute.choices:
            allowed = ", ".join(f'"{one}"' for one in attribute.choices)
            found.append(Problem(f'expected {name} to be one of [{allowed}], got "{value}"', path=(*path, name)))
        if "deprecated" in attribute.flags and value is not None:
            text = f"{name} is deprecated and gone in version 5 of the provider. Write {attribute.instead} instead."
            found.append(Problem("Argument is deprecated", text, (*path, name), warning=True))
    for name, inner in block.blocks.items():
        value = config[name]
        for place, one in enumerate(value if isinstance(value, list) else []):
            if isinstance(one, dict):
                found += problems(inner, one, (*path, name, place))
    found += [
        refusal(name, (*path, name)) for name in block.refused if _matters(config[name], block.usual.get(name, False))
    ]
    return found


def _matters(value: Any, usual: Any) -> bool:
    """Whether a refused argument is set to something else than its default on Azure."""
    if value is UNKNOWN or is_empty(value):
        return False
    return bool(value != usual)


def refusal(name: str, path: Path) -> Problem:
    return Problem(
        f"The local cloud does not support {name}",
        f"{name} is valid on Azure, but this cloud on your laptop does not have it. Leave it out here.",
        path,
    )
