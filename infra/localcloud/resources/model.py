"""The model: resources are made, changed, read, listed and taken away here, by their ids and in Azure's words.

Every refusal is a ResourceError. A row is written before an effect and after it, so that after a crash `start` knows
what was under way: a resource that was being made is undone, one that was being changed is changed again, one that was
being deleted is deleted. What is kept nowhere but in the real thing (queues, containers ...) is read from it.
"""

import asyncio
import copy
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from . import errors, ids, quotas, roles
from .effects import Effects, Site
from .errors import EffectFailed, ResourceError, bad
from .ids import ResourceId, parse
from .store import CREATING, DELETING, SUCCEEDED, UPDATING, Resource, Store
from .types import TYPES, Put, RealType, ResourceType, web
from .types.authorization import LOCK
from .types.base import check_common, guid
from .types.identities import IDENTITY

Body = dict[str, Any]


class Model:
    """One subscription. `folder` is where its state is kept, None is memory; keys and ids come from `rng`."""

    def __init__(self, folder: Path | None, effects: Effects, rng: random.Random | None = None) -> None:
        self.effects = effects
        self.rng = rng or random.SystemRandom()
        self.store = Store(folder)
        self.tenant = self._fact("tenant")
        self.subscription = self._fact("subscription")
        self.deployer = self._fact("deployer")  # the object id of whoever plans and applies
        self.deployer_client = self._fact("deployer client")
        self.changed: Callable[[str, ResourceId], None] = lambda _what, _id: None  # is called after each change
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def _fact(self, name: str) -> str:
        kept = self.store.fact(name)
        if kept is None:
            kept = guid(self.rng)
            self.store.keep(name, kept)
        return kept

    async def start(self) -> None:
        """Finishes or undoes what a process that died was doing, and starts what must run. EffectFailed."""
        apps_last = sorted(self.store.all(), key=lambda one: one.type in (web.SITE, web.SLOT))
        for resource in apps_last:
            if resource.state == SUCCEEDED or resource.state == UPDATING:
                await self._type(resource.type).resume(self, resource)
        for resource in reversed(self.store.all()):
            if resource.state == CREATING:
                await self._type(resource.type).unmake(self, resource)
                self.store.remove(resource.key)
            elif resource.state == UPDATING:
                self.store.put(resource.at(SUCCEEDED))
        for resource in self.store.all():
            if resource.state == DELETING and self.store.get(resource.key):
                await self._take_away(parse(resource.id))

    async def stop(self) -> None:
        await self.effects.stop()
        self.store.close()

    # --- Reading ------------------------------------------------------------------------------------------------------

    async def get(self, text: str) -> Body:
        """What a resource looks like now; ResourceError 404."""
        id = parse(text)
        if id.type == ids.SUBSCRIPTION:
            return {"id": id.text, "subscriptionId": self.subscription, "tenantId": self.tenant, "state": "Enabled",
                    "displayName": "Serverless Camp"}  # fmt: skip
        if id.type.lower() == roles.DEFINITIONS.lower():
            return self._definition(id)
        kind = self._type(id.type)
        if isinstance(kind, RealType):
            return await self._real(kind, id)
        found = self.store.get(id.key)
        if found is None or found.state in (CREATING, DELETING):
            raise self._not_found(id)
        return self.shown(found)

    async def exists(self, text: str) -> bool:
        try:
            await self.get(text)
        except ResourceError as error:
            if error.status == 404:
                return False
            raise
        return True

    async def _real(self, kind: RealType, id: ResourceId) -> Body:
        self._kept_parent(id)
        properties = await _tried(kind.read(self, id)) if kind.rule.fits(id.name) else None
        if properties is None:
            raise self._not_found(id)
        return {"id": id.text, "name": id.name, "type": kind.name, "properties": properties}

    def shown(self, resource: Resource) -> Body:
        """A kept resource as readers see it."""
        kind = self._type(resource.type)
        properties = {**resource.properties, "provisioningState": resource.state, **kind.shown(self, resource)}
        body = copy.deepcopy({**resource.body, "properties": properties})
        kind.shaped(self, resource, body)
        return {"id": resource.id, "name": resource.name, "type": kind.name, **body}

    async def listed(self, scope: str, type_name: str = "") -> list[Body]:
        """What lies right in a scope: of one type, else all kept resources of a group or subscription."""
        id = parse(scope)
        if type_name.lower() == roles.DEFINITIONS.lower():
            return [self._shown_definition(one) for one in roles.ROLES]
        if not type_name:
            kept = [one for one in self.store.under(id.key) if self._type(one.type).located]
            return [self.shown(one) for one in kept if one.state == SUCCEEDED]
        kind = self._type(type_name)
        if isinstance(kind, RealType):
            base = f"{id.text}/{kind.name.rpartition('/')[2]}/"
            self._kept_parent(parse(base + "any"))
            return [await self._real(kind, parse(base + name)) for name in await _tried(kind.names(self, id))]
        found = [one for one in self.store.under(id.key) if one.type == kind.name and one.state == SUCCEEDED]
        direct = [
            one for one in found if id.type in (ids.SUBSCRIPTION, ids.GROUP) or parse(one.id).parent.lower() == id.key
        ]
        return [self.shown(one) for one in direct]

    def by_name(self, type_name: str, name: str) -> Resource | None:
        """A kept resource of that name, wherever it is: for types whose names are unique in the world."""
        for one in self.store.of_type(type_name):
            if one.name.lower() == name.lower() and one.state not in (CREATING, DELETING):
                return one
        return None

    def site(self, name: str) -> Site | None:
        """A function app as it would start now: with the secrets that its identity may read at this moment."""
        found = self.by_name(web.SITE, name)
        return web.site(self, found) if found else None

    def principals(self) -> dict[str, str]:
        """The kind of everybody who may get a role, by object id."""
        found = {self.deployer: "ServicePrincipal"}
        for one in self.store.all():
            if one.type == IDENTITY or one.body.get("identity"):
                principal = one.hidden.get("principalId")
                found.update({principal: "ServicePrincipal"} if principal else {})
        return found

    # --- Writing ------------------------------------------------------------------------------------------------------

    async def put(self, text: str, body: Body) -> tuple[Body, bool]:
        """Makes or changes a resource; what it looks like then, and whether it is new."""
        id = parse(text)
        kind = self._type(id.type)
        async with self._turn(id.key):
            before = self.store.get(id.key)
            if before is not None and before.state == DELETING:
                raise errors.conflict("Conflict", f"The resource '{id}' is being deleted. Try again later.")
            self._check_locks(id, "write")
            await self._check_parent(kind, id)
            put = Put(self, id, copy.deepcopy(body), before, copy.deepcopy(before.hidden) if before else {})
            if isinstance(kind, RealType):
                return await self._write_real(kind, put)
            if before is None:
                kind.rule.check(id.name)
                self._check_taken(kind, id)
                if kind.located:
                    quotas.check(self.store, kind.name, id)
            check_common(kind, put)
            kind.check(put)
            resource = Resource(before.id if before else id.text, kind.name, put.body, put.hidden)
            await self._carry_out(kind, resource, before)
            self.changed("updated" if before else "created", id)
            return self.shown(resource), before is None

    async def _carry_out(self, kind: ResourceType, resource: Resource, before: Resource | None) -> None:
        self.store.put(resource.at(UPDATING if before else CREATING))
        try:
            await kind.make(self, resource, before)
        except EffectFailed as error:
            await self._undo(kind, resource, before)
            raise _unavailable(error) from error
        except BaseException:
            await self._undo(kind, resource, before)
            raise
        self.store.put(self._with_secrets(resource))

    def _with_secrets(self, resource: Resource) -> Resource:
        """Secrets that were written while the effect was under way are kept."""
        now = self.store.get(resource.key)
        newer = now.hidden.get("secrets") if now else None
        return resource if newer is None else Resource(
            resource.id, resource.type, resource.body, {**resource.hidden, "secrets": newer}
        )  # fmt: skip

    async def _undo(self, kind: ResourceType, resource: Resource, before: Resource | None) -> None:
        """As it was before. When even that fails the row stays `Creating`, and the next start tries again."""
        if before is not None:
            self.store.put(before)
            return
        try:
            await kind.unmake(self, resource)
        except EffectFailed:
            return
        self.store.remove(resource.key)

    async def _write_real(self, kind: RealType, put: Put) -> tuple[Body, bool]:
        self._kept_parent(put.id)
        kind.rule.check(put.id.name)
        there = await _tried(kind.read(self, put.id))
        check_common(kind, put)
        kind.check(put)
        await _tried(kind.write(put))
        self.changed("updated" if there is not None else "created", put.id)
        return await self._real(kind, put.id), there is None

    async def patch(self, text: str, body: Body) -> Body:
        """Changes some members of a resource, such as its tags."""
        found = self.store.get(parse(text).key)
        if isinstance(self._type(parse(text).type), RealType):
            before: Body = {"properties": (await self.get(text))["properties"]}
        elif found is None:
            raise self._not_found(parse(text))
        else:
            before = found.body
        merged = {**before, **{name: one for name, one in body.items() if name != "properties"}}
        merged["properties"] = {**(before.get("properties") or {}), **(body.get("properties") or {})}
        return (await self.put(text, merged))[0]

    async def delete(self, text: str) -> bool:
        """Takes a resource away with all that lies in it; false when there was none."""
        id = parse(text)
        kind = self._type(id.type)
        if isinstance(kind, RealType):
            return await self._delete_real(kind, id)
        async with self._turn(id.key):
            if self.store.get(id.key) is None:
                return False
            self._check_locks(id, "delete")
            under = [one for one in (self.store.get(id.key), *self.store.under(id.key)) if one]
            inside = {one.key for one in under}
            for one in under:
                self._type(one.type).check_delete(self, one, inside)
            for one in under:
                self.store.put(one.at(DELETING))
            try:
                await self._take_away(id)
            except EffectFailed as error:
                raise _unavailable(error) from error
            self.changed("deleted", id)
            return True

    async def _take_away(self, id: ResourceId) -> None:
        """Children first, so that a crash leaves no orphan."""
        under = [*self.store.under(id.key), *([own] if (own := self.store.get(id.key)) else [])]
        for one in sorted(under, key=lambda one: (one.type == "Microsoft.Web/serverfarms", -one.key.count("/"))):
            kind = self._type(one.type)
            await kind.unmake(self, one)
            kind.deleted(self, one)
            self.store.remove(one.key)

    async def _delete_real(self, kind: RealType, id: ResourceId) -> bool:
        self._kept_parent(id)
        if not kind.rule.fits(id.name) or await _tried(kind.read(self, id)) is None:
            return False
        self._check_locks(id, "delete")
        await _tried(kind.remove(self, id))
        for one in self.store.under(id.key):  # role assignments on it
            self.store.remove(one.key)
        self.changed("deleted", id)
        return True

    async def act(self, text: str, name: str, body: Body) -> Body:
        """POSTs an action such as `listKeys` to a resource."""
        id = parse(text)
        found = self.store.get(id.key)
        if found is None or found.state == DELETING:
            raise self._not_found(id)
        kind = self._type(id.type)
        named = {one.lower(): action for one, action in kind.actions().items()}
        if name.lower() not in named:
            raise bad("InvalidResourceType", f"'{name}' is no action of '{kind.name}' that the local cloud knows.")
        self.check_action(id, name)
        return named[name.lower()](self, found, body)

    def check_action(self, id: ResourceId, name: str) -> None:
        """ResourceError 409 when a lock forbids an action."""
        if locked := self._locked(id, ("ReadOnly",)):
            raise errors.scope_locked(id.text, f"{name}/action", locked)

    # --- What is asked before ---------------------------------------------------------------------------------------

    def _type(self, name: str) -> ResourceType:
        found = TYPES.get(name.lower())
        if found is None:
            namespace, _slash, rest = name.partition("/")
            text = f"The resource type '{rest}' of '{namespace}' is not supported by the local cloud. It has: "
            raise bad("InvalidResourceType", text + ", ".join(sorted(one.name for one in TYPES.values())) + ".")
        return found

    async def _check_parent(self, kind: ResourceType, id: ResourceId) -> None:
        """ResourceError 404 when what it would lie in or on is not there."""
        parent = parse(id.parent)
        if parent.type == ids.SUBSCRIPTION:
            return
        if parent.type == ids.GROUP:
            self._check_group(parent)
        elif kind.extension:
            if not await self.exists(parent.text):
                raise self._not_found(parent)
        else:
            self._kept_parent(id)

    def _kept_parent(self, id: ResourceId) -> None:
        """ResourceError 404 when the kept resource that it lies in is not there."""
        if group := id.group_id:
            self._check_group(parse(group))
        for scope in id.scopes[1:]:
            owner = parse(scope)
            if isinstance(self._known(owner.type), RealType):
                continue
            if owner.type in (ids.GROUP, ids.SUBSCRIPTION):
                return
            found = self.store.get(owner.key)
            if found is None or found.state == CREATING:
                raise errors.parent_not_found("/".join(owner.names))
            if found.state == DELETING:
                raise errors.conflict("Conflict", f"The resource '{found.id}' is being deleted. Try again later.")

    def _known(self, name: str) -> ResourceType | None:
        return TYPES.get(name.lower())

    def _check_group(self, group: ResourceId) -> None:
        found = self.store.get(group.key)
        if found is None:
            raise errors.group_not_found(group.name)
        if found.state == DELETING:
            text = f"The resource group '{group.name}' is in deprovisioning state and cannot perform this operation."
            raise errors.conflict("ResourceGroupBeingDeleted", text)

    def _check_taken(self, kind: ResourceType, id: ResourceId) -> None:
        """ResourceError 409 when a name that is unique in the world is another resource's."""
        if kind.world and any(one.name.lower() == id.name.lower() for one in self.store.of_type(kind.name)):
            raise kind.taken(id.name)

    def _check_locks(self, id: ResourceId, doing: str) -> None:
        """ResourceError 409 when a lock on it, on what it lies in or (for a deletion) on what lies in it forbids it."""
        if id.type.lower() == LOCK.lower():
            return
        locked = self._locked(id, ("ReadOnly", "CanNotDelete") if doing == "delete" else ("ReadOnly",))
        if doing == "delete":
            below = [one for one in self.store.under(id.key) if one.type == LOCK and one.state != CREATING]
            locked = list(dict.fromkeys([*locked, *(parse(one.id).parent for one in below)]))
        if locked:
            raise errors.scope_locked(id.text, doing, locked)

    def _locked(self, id: ResourceId, levels: tuple[str, ...]) -> list[str]:
        """The scopes around a resource with a lock of one of these levels."""
        around = set(id.scopes)
        locks = [one for one in self.store.of_type(LOCK) if one.properties["level"] in levels]
        return [parse(one.id).parent for one in locks if parse(one.id).parent.lower() in around]

    def _not_found(self, id: ResourceId) -> ResourceError:
        kind = self._known(id.type)
        return errors.not_found(kind.name if kind else id.type, "/".join(id.names), id.group)

    def _definition(self, id: ResourceId) -> Body:
        role = roles.by_id(id.name)
        if role is None:
            raise errors.not_found(roles.DEFINITIONS, id.name, None)
        return self._shown_definition(role)

    def _shown_definition(self, role: roles.Role) -> Body:
        permissions = [{"actions": [], "notActions": [], "dataActions": sorted(role.data), "notDataActions": []}]
        return {
            "id": roles.definition_id(self.subscription, role),
            "name": role.id,
            "type": roles.DEFINITIONS,
            "properties": {"roleName": role.name, "type": "BuiltInRole", "description": "", "permissions": permissions},
        }

    def _turn(self, key: str) -> asyncio.Lock:
        """One writer of a resource at a time. The lock is forgotten when nobody holds or awaits it."""
        lock = self._turns.get(key)
        if lock is None:
            lock = self._turns[key] = asyncio.Lock()
        return lock


async def _tried(effect: Any) -> Any:
    """What an effect gives; ResourceError 503 when it fails."""
    try:
        return await effect
    except EffectFailed as error:
        raise _unavailable(error) from error


def _unavailable(error: EffectFailed) -> ResourceError:
    return ResourceError(503, "ServiceUnavailable", f"The local cloud could not do it: {error}")
