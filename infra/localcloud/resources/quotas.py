"""How many resources there may be: of one type in a resource group, and resource groups in a subscription. Pure.

https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits
"""

from .errors import conflict
from .ids import GROUP, ResourceId, parse
from .store import Store

MOST_GROUPS, MOST_OF_A_TYPE = 980, 800


def check(store: Store, type_name: str, id: ResourceId) -> None:
    """ResourceError 409 when one more of this type would be too many."""
    everywhere = store.of_type(type_name)
    if len(everywhere) < min(MOST_GROUPS, MOST_OF_A_TYPE):
        return
    beside = [one for one in everywhere if parse(one.id).parent.lower() == id.parent.lower()]
    if type_name == GROUP and len(beside) >= MOST_GROUPS:
        text = (
            f"Creating the resource group '{id.name}' would exceed the quota of '{MOST_GROUPS}'. The current resource "
            f"group count is '{len(beside)}', please delete some groups before creating a new one."
        )
        raise conflict("ResourceGroupQuotaExceeded", text)
    if type_name != GROUP and len(beside) >= MOST_OF_A_TYPE:
        text = (
            f"Creating the resource of type '{type_name}' would exceed the quota of '{MOST_OF_A_TYPE}' resources of "
            f"type '{type_name}' per resource group. The current resource count is '{len(beside)}', please delete some "
            "resources of this type before creating a new one."
        )
        raise conflict("ResourceQuotaExceeded", text)
