"""The resources that there are: to add one, write it into its module. `resource.py` says what a table does."""

from ..resource import Resource
from . import cosmos, groups, identities, insights, plans, storage, vaults, web

_MODULES = (groups, storage, cosmos, vaults, identities, plans, web, insights)
RESOURCES: dict[str, Resource] = {one.name: one for module in _MODULES for one in module.TABLES}
