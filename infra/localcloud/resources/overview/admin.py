"""What the portal asks of a subscription, as JSON: `/overview` and `/overview/resource`."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .. import roles
from ..errors import EffectFailed, ResourceError
from ..ids import GROUP, ResourceId, parse
from ..types import web as sites
from ..types.authorization import ASSIGNMENT
from ..types.identities import IDENTITY
from . import details, groups
from .drift import Difference, Drift, Report, measured
from .history import Change, History, flat, group_of, owner

if TYPE_CHECKING:
    from ..model import Model

UrlOf = Callable[[str], str]

MOST_SHOWN = 200  # changes, and drifts
LONGEST = 300  # characters of a value
HIDDEN = ("settings.", "connections.")


class Overview:
    """Answers for one model. `app_url` says where the function app of a name answers; without it no app runs."""

    def __init__(self, model: "Model", history: History) -> None:
        self._model = model
        self._history = history
        self.app_url: UrlOf | None = None

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/overview", self.overview), web.get("/overview/resource", self.resource)]

    async def overview(self, request: web.Request) -> web.Response:
        """The groups, drift, changes, and the rows of the `group` of that id (else of the first)."""
        report = await measured(self._model, self._history)
        known = groups.groups(self._model, report)
        chosen = _chosen(known, request.query.get("group", ""))
        answer: dict[str, Any] = {
            "subscription": self._model.subscription, "groups": known, "group": None,
            "drifts": [self._drift(one) for one in report.drifts[:MOST_SHOWN]], "drift_count": len(report.drifts),
            "applied": report.applied, "compared": report.compared,
            "changes": [self._change(one) for one in self._history.changes(most=MOST_SHOWN)],
        }  # fmt: skip
        if chosen:
            answer["group"] = await self._group(report, chosen)
        return web.json_response(answer)

    async def _group(self, report: Report, group: dict[str, Any]) -> dict[str, Any]:
        listing = await groups.listing(self._model, self._history, report, group["id"])
        kept = self._model.store.get(group["id"].lower())
        return {
            **group, "location": kept.body["location"] if kept else "", "tags": kept.body.get("tags") if kept else {},
            "rows": [{**asdict(one), "url": self._url(one.type, one.id)} for one in listing.rows],
            "more": listing.more, "locks": details.locks(self._model, group["id"]) if kept else [],
        }  # fmt: skip

    async def resource(self, request: web.Request) -> web.Response:
        """The resource whose `id` is asked for, also one that is gone."""
        id = parse(request.query.get("id", ""))
        report = await measured(self._model, self._history)
        drift, applied = report.of(id.key), self._history.of(id.key)
        shown = await self._shown(id.text)
        if shown is None and drift is None:
            raise ResourceError(404, "ResourceNotFound", f"There is no resource {id}.")
        answer = {
            **self._named(id), "group": group_of(id.text),
            "gone": shown is None, "location": (shown or {}).get("location") or "",
            "tags": (shown or {}).get("tags") or {}, "properties": _properties(shown or {}),
            "url": self._url(groups.type_of(id), id.text), "applied_at": applied.at if applied else None,
            "drift": self._drift(drift) if drift else None,
            "changes": [self._change(one) for one in self._history.changes(id.text, MOST_SHOWN)],
            "settings": None, "given": None, "roles": [], "locks": [], "inside": [],
        }  # fmt: skip
        if shown is not None:
            answer.update(await self._around(report, id.text))
        return web.json_response(answer)

    async def _shown(self, id: str) -> dict[str, Any] | None:
        try:
            return await self._model.get(id)
        except ResourceError as error:
            if error.status == 404:
                return None
            raise

    async def _around(self, report: Report, id: str) -> dict[str, Any]:
        """What a resource that is there has: settings, roles, locks, and what lies in it."""
        kept = self._model.store.get(id.lower())
        has_settings = kept is not None and kept.type in (sites.SITE, sites.SLOT)
        has_roles = kept is not None and (kept.type == IDENTITY or bool(kept.hidden.get("principalId")))
        return {
            "settings": details.settings(self._model, kept) if kept and has_settings else None,
            "given": details.given_to(self._model, kept) if kept and has_roles else None,
            "roles": details.assignments(self._model, id), "locks": details.locks(self._model, id),
            "inside": await self._inside(report, id) if parse(id).type != GROUP else [],
        }  # fmt: skip

    async def _inside(self, report: Report, id: str) -> list[dict[str, Any]]:
        kept = self._model.store.get(id.lower())
        rows = [
            groups.row_of(self._history, report, one.id, 0)
            for one in (groups.children(self._model, kept) if kept else [])
        ]
        try:
            rows += [one async for one in groups.real_in(self._model, self._history, report, id)]
        except EffectFailed as error:
            raise ResourceError(503, "ServiceUnavailable", str(error)) from error
        return [{**asdict(one), "url": self._url(one.type, one.id)} for one in rows[: groups.MOST_ROWS]]

    def _drift(self, drift: Drift) -> dict[str, Any]:
        return {
            **self._named(parse(drift.id)), "group": group_of(drift.id), "what": drift.what, "why": drift.why,
            "applied_at": drift.applied_at, "differences": [_difference(one) for one in drift.differences],
        }  # fmt: skip

    def _change(self, change: Change) -> dict[str, Any]:
        return {**asdict(change), **self._named(owner(parse(change.id))), "group": group_of(change.id)}

    def _named(self, id: ResourceId) -> dict[str, Any]:
        """A resource by its id, type and name. A role assignment, whose name is a GUID, by its role or, once nobody
        knows that any more, by what it was on."""
        name = id.name
        if groups.type_of(id) == ASSIGNMENT:
            kept, applied = self._model.store.get(id.key), self._history.of(id.key)
            facts = flat(kept.body) if kept else applied.facts if applied else {}
            role = roles.by_id(str(facts.get("properties.roleDefinitionId", "")))
            name = role.name if role else parse(id.parent).name
        return {"id": id.text, "name": name, "type": groups.type_of(id)}

    def _url(self, type_name: str, id: str) -> str:
        """Where an app answers; "" for everything else."""
        if self.app_url is None or type_name != sites.SITE or self._model.store.get(id.lower()) is None:
            return ""
        return self.app_url(parse(id).name)


def _chosen(known: list[dict[str, Any]], wanted: str) -> dict[str, Any] | None:
    found = (one for one in known if one["id"].lower() == wanted.lower())
    return next(found, known[0] if known else None)


def _properties(shown: dict[str, Any]) -> list[list[str]]:
    body = {name: one for name, one in shown.items() if name not in ("id", "name", "type", "location", "tags")}
    return [[path.removeprefix("properties."), _text(value)] for path, value in flat(body).items()]


def _difference(one: Difference) -> dict[str, Any]:
    """Without the values of an app's settings."""
    hidden = one.path.startswith(HIDDEN)
    values = {"applied": one.applied is not None, "now": one.now is not None} if hidden else {
        "applied": _text(one.applied), "now": _text(one.now)
    }  # fmt: skip
    return {"path": one.path.removeprefix("properties."), "hidden": hidden, **values}


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
