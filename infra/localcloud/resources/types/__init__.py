"""The types of resources that there are: to add one, write its module and add it here."""

from . import authorization, cosmos, groups, identities, insights, storage, vaults, web
from .base import Put, RealType, ResourceType

__all__ = ["TYPES", "Put", "RealType", "ResourceType"]

_MODULES = (groups, storage, cosmos, vaults, identities, authorization, web, insights)
TYPES: dict[str, ResourceType] = {one.name.lower(): one for module in _MODULES for one in module.TYPES}
