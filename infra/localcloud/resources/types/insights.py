"""Application Insights and Log Analytics workspaces: they are kept, and nothing is sent to them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import names
from ..effects import Body
from ..store import Resource
from .base import Action, Put, ResourceType, guid, key

if TYPE_CHECKING:
    from ..model import Model


class Component(ResourceType):
    name = "Microsoft.Insights/components"
    rule = names.INSIGHTS
    members = ("kind",)

    def check(self, put: Put) -> None:
        put.default("kind", "web")
        put.default("properties.Application_Type", put.body["kind"])
        put.default("properties.RetentionInDays", 90)
        for generated in ("appId", "instrumentationKey"):
            put.hidden.setdefault(generated, guid(put.model.rng))

    def shown(self, model: "Model", resource: Resource) -> Body:
        key, app = resource.hidden["instrumentationKey"], resource.hidden["appId"]
        return {
            "AppId": app,
            "InstrumentationKey": key,
            "ConnectionString": f"InstrumentationKey={key};ApplicationId={app}",
        }


class Workspace(ResourceType):
    name = "Microsoft.OperationalInsights/workspaces"
    rule = names.WORKSPACE

    def check(self, put: Put) -> None:
        put.default("properties.sku", {"name": "PerGB2018"})
        put.default("properties.retentionInDays", 30)
        put.hidden.setdefault("customerId", guid(put.model.rng))
        put.hidden.setdefault("keys", [key(put.model.rng), key(put.model.rng)])

    def shown(self, model: "Model", resource: Resource) -> Body:
        return {"customerId": resource.hidden["customerId"]}

    def shared_keys(self, model: "Model", resource: Resource, _body: Body) -> Body:
        primary, secondary = resource.hidden["keys"]
        return {"primarySharedKey": primary, "secondarySharedKey": secondary}

    def actions(self) -> Mapping[str, Action]:
        return {"sharedKeys": self.shared_keys}


TYPES = (Component(), Workspace())
