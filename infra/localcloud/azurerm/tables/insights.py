"""Application Insights and Log Analytics workspaces."""

from localcloud.resources import names

from ..resource import Resource, Session, group, location, new_name, same_text
from ..schema import Block, number, text, text_map
from ..values import BOOL, NUMBER, STRING, Values

KINDS = ("web", "other", "java", "MobileCenter", "phone", "store", "ios", "Node.JS")


class ApplicationInsights(Resource):
    name = "azurerm_application_insights"
    title = "Application Insights"
    rule = names.INSIGHTS
    id = "{group}/providers/Microsoft.Insights/components/{name}"
    schema = Block(
        {
            "name": new_name(),
            "resource_group_name": group(),
            "location": location(),
            "application_type": text("required new", at="properties.Application_Type", choices=KINDS),
            "retention_in_days": number(default=90, at="properties.RetentionInDays"),
            "workspace_id": text("optional computed", at="properties.WorkspaceResourceId", same=same_text),
            "tags": text_map(at="tags"),
            "app_id": text("computed", at="properties.AppId"),
            "connection_string": text("computed sensitive", at="properties.ConnectionString"),
            "instrumentation_key": text("computed sensitive", at="properties.InstrumentationKey"),
        },
        usual={"internet_ingestion_enabled": True, "internet_query_enabled": True, "sampling_percentage": 100},
        refused={
            "daily_data_cap_in_gb": NUMBER,
            "daily_data_cap_notifications_disabled": BOOL,
            "disable_ip_masking": BOOL,
            "force_customer_storage_for_profiler": BOOL,
            "internet_ingestion_enabled": BOOL,
            "internet_query_enabled": BOOL,
            "local_authentication_disabled": BOOL,
            "sampling_percentage": NUMBER,
        },
    )

    def to_body(self, session: Session, values: Values) -> Values:
        return {"kind": values["application_type"], **super().to_body(session, values)}


class Workspace(Resource):
    name = "azurerm_log_analytics_workspace"
    title = "Log Analytics Workspace"
    rule = names.WORKSPACE
    id = "{group}/providers/Microsoft.OperationalInsights/workspaces/{name}"
    schema = Block(
        {
            "name": new_name(),
            "resource_group_name": group(),
            "location": location(),
            "sku": text(default="PerGB2018", at="properties.sku.name"),
            "retention_in_days": number("optional computed", at="properties.retentionInDays"),
            "tags": text_map(at="tags"),
            "workspace_id": text("computed", at="properties.customerId"),
            "primary_shared_key": text("computed sensitive"),
            "secondary_shared_key": text("computed sensitive"),
        },
        usual={"internet_ingestion_enabled": True, "internet_query_enabled": True},
        refused={
            "allow_resource_only_permissions": BOOL,
            "cmk_for_query_forced": BOOL,
            "daily_quota_gb": NUMBER,
            "data_collection_rule_id": STRING,
            "immediate_data_purge_on_30_days_enabled": BOOL,
            "internet_ingestion_enabled": BOOL,
            "internet_query_enabled": BOOL,
            "local_authentication_enabled": BOOL,
            "reservation_capacity_in_gb_per_day": NUMBER,
        },
    )

    def more(self, session: Session, id: str, body: Values) -> Values:
        keys = session.client.call("POST", id + "/sharedKeys")
        return {"primary_shared_key": keys["primarySharedKey"], "secondary_shared_key": keys["secondarySharedKey"]}


TABLES = (ApplicationInsights(), Workspace())
