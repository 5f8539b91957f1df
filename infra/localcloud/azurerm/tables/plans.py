"""Service plans."""

from localcloud.resources import names

from ..problems import Problem
from ..resource import Resource, Session, group, location, new_name
from ..schema import Block, number, text, text_map, truth
from ..values import BOOL, NUMBER, STRING, Values, place


class ServicePlan(Resource):
    name = "azurerm_service_plan"
    title = "App Service Plan"
    rule = names.PLAN
    id = "{group}/providers/Microsoft.Web/serverfarms/{name}"
    schema = Block(
        {
            "name": new_name(),
            "resource_group_name": group(),
            "location": location(),
            "os_type": text("required new", choices=("Windows", "Linux", "WindowsContainer")),
            "sku_name": text("required", at="sku.name"),
            "per_site_scaling_enabled": truth(at="properties.perSiteScaling"),
            "zone_balancing_enabled": truth("optional new", at="properties.zoneRedundant"),
            "worker_count": number("optional computed", at="sku.capacity"),
            "tags": text_map(at="tags"),
            "kind": text("computed", at="kind"),
            "reserved": truth("computed", at="properties.reserved"),
        },
        refused={
            "app_service_environment_id": STRING,
            "premium_plan_auto_scale_enabled": BOOL,
            "maximum_elastic_worker_count": NUMBER,
        },
    )

    def problems(self, config: Values) -> list[Problem]:
        found = super().problems(config)
        if config["os_type"] in ("Windows", "WindowsContainer"):
            text = "The local cloud runs Linux function apps alone."
            found.append(Problem("The local cloud does not support a Windows plan", text, ("os_type",)))
        if str(config["sku_name"]).upper().startswith("FC"):
            text = "Flex Consumption keeps a deployment key in plain or needs another role; choose B1, Y1 or EP1."
            found.append(Problem("The local cloud does not support Flex Consumption", text, ("sku_name",)))
        return found

    def to_body(self, session: Session, values: Values) -> Values:
        body = super().to_body(session, values)
        place(body, "properties.reserved", True)
        return {**body, "kind": "linux"}

    def from_body(self, session: Session, body: Values) -> Values:
        found = super().from_body(session, body)
        linux = body["properties"]["reserved"]
        return {**found, "os_type": "Linux" if linux else "Windows", "worker_count": found["worker_count"] or 1}


TABLES = (ServicePlan(),)
