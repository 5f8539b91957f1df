"""Resource groups and what lies in them, as rows: each resource below the one that it lies in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import ids
from ..errors import EffectFailed
from ..ids import ResourceId, parse
from ..store import SUCCEEDED, Resource
from ..types import TYPES, RealType, authorization, cosmos, storage, vaults
from .drift import GONE, Drift, Report
from .history import History, group_of

if TYPE_CHECKING:
    from ..model import Model

MOST_ROWS = 1000
REAL_IN: dict[str, tuple[str, ...]] = {
    storage.ACCOUNT: tuple(
        f"{storage.ACCOUNT}/{service}/{kind}"
        for service, kind in (("queueServices", "queues"), ("blobServices", "containers"), ("tableServices", "tables"))
    ),
    cosmos.ACCOUNT: (cosmos.DATABASE,),
    cosmos.DATABASE: (cosmos.CONTAINER,),
    vaults.VAULT: (f"{vaults.VAULT}/secrets",),
}  # what lies in a resource and is kept nowhere but there
EXTENSIONS = frozenset({authorization.ASSIGNMENT, authorization.LOCK})


@dataclass(frozen=True)
class Row:
    """A resource in a listing."""

    id: str
    name: str
    type: str
    depth: int
    location: str = ""
    applied: bool = False  # whether an apply has written it
    drift: str = ""  # Drift.what
    problem: str = ""  # why what lies in it cannot be listed

    @property
    def key(self) -> str:
        return self.id.lower()


@dataclass
class Listing:
    rows: list[Row] = field(default_factory=list)
    more: int = 0  # rows that are left out


def groups(model: "Model", report: Report) -> list[dict[str, Any]]:
    """Every resource group there is, and every one that is gone."""
    found = [one for one in model.store.of_type(ids.GROUP) if one.state == SUCCEEDED]
    shown = [_group(one, report) for one in found]
    gone = [one for one in report.drifts if one.what == GONE and parse(one.id).type == ids.GROUP]
    return [*shown, *(_gone_group(one) for one in gone)]


def _gone_group(drift: Drift) -> dict[str, Any]:
    return {"id": drift.id, "name": parse(drift.id).name, "gone": True, "drifts": 1}


def _group(group: Resource, report: Report) -> dict[str, Any]:
    drifts = sum(1 for one in report.drifts if group_of(one.id) == group.key)
    return {"id": group.id, "name": group.name, "gone": False, "drifts": drifts}


async def listing(model: "Model", history: History, report: Report, group: str) -> Listing:
    """What lies in a group, by its id: what is there, then what is gone, each below what it lies in."""
    key = group.lower()
    found = Listing()
    for one in await _tree(model, history, report, _by_parent(model, key), key, 0):
        if len(found.rows) < MOST_ROWS:
            found.rows.append(one)
        else:
            found.more += 1
    return found


def _by_parent(model: "Model", key: str) -> dict[str, list[Resource]]:
    """The kept resources in a group by what they lie right in."""
    found: dict[str, list[Resource]] = {}
    for one in model.store.under(key):
        if one.type not in EXTENSIONS and one.state == SUCCEEDED:
            found.setdefault(parse(one.id).parent.lower(), []).append(one)
    return found


async def _tree(
    model: "Model", history: History, report: Report, kept: dict[str, list[Resource]], key: str, depth: int
) -> list[Row]:
    """What lies in the resource of this key, at any depth."""
    rows: list[Row] = []
    for one in kept.get(key, []):
        inside: list[Row] = []
        problem = ""
        try:
            inside = [row async for row in real_in(model, history, report, one.id, depth + 1)]
        except EffectFailed as error:
            problem = str(error)
        location = str(one.body.get("location") or "")
        rows.append(row_of(history, report, one.id, depth, location, problem))
        rows += [*inside, *await _tree(model, history, report, kept, one.key, depth + 1)]
    return [*rows, *(_gone(one, depth) for one in report.drifts if one.what == GONE and _lay_in(one, key))]


def _lay_in(drift: Drift, key: str) -> bool:
    """Whether a kept resource that is gone lay right in the one of this key."""
    id = parse(drift.id)
    return id.parent.lower() == key and not isinstance(TYPES.get(id.type.lower()), RealType)


def children(model: "Model", resource: Resource) -> list[Resource]:
    """Kept resources right in a resource."""
    return _by_parent(model, resource.key).get(resource.key, [])


async def real_in(model: "Model", history: History, report: Report, id: str, depth: int = 0) -> AsyncIterator[Row]:
    """What lies in a resource and is read from the real thing, at any depth, and what is gone of it. EffectFailed."""
    for type_name in REAL_IN.get(type_of(parse(id)), ()):
        kind = TYPES[type_name.lower()]
        assert isinstance(kind, RealType)
        base = _base(id, type_name)
        for name in await kind.names(model, parse(id)):
            yield row_of(history, report, base + name, depth)
            async for inner in real_in(model, history, report, base + name, depth + 1):
                yield inner
        for one in report.drifts:
            if one.what == GONE and one.key.startswith(base.lower()) and "/" not in one.key[len(base) :]:
                yield _gone(one, depth)


def _base(id: str, type_name: str) -> str:
    """The beginning of the ids of one type right in a resource: services of an account have one `default` each."""
    *services, last = type_name.split("/")[len(parse(id).type.split("/")) :]
    return "/".join([id, *(f"{one}/default" for one in services), last, ""])


def type_of(id: ResourceId) -> str:
    """As this house writes it, whatever the case of the id."""
    found = TYPES.get(id.type.lower())
    return found.name if found else id.type


def row_of(history: History, report: Report, id: str, depth: int, location: str = "", problem: str = "") -> Row:
    named = parse(id)
    drift = report.of(named.key)
    return Row(
        named.text, named.name, type_of(named), depth, location, history.of(named.key) is not None,
        drift.what if drift else "", problem,
    )  # fmt: skip


def _gone(drift: Drift, depth: int) -> Row:
    named = parse(drift.id)
    return Row(named.text, named.name, type_of(named), depth, applied=True, drift=GONE)
