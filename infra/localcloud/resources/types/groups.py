"""Resource groups."""

from .. import ids, names
from .base import ResourceType


class Group(ResourceType):
    name = ids.GROUP
    rule = names.GROUP
    members = ("managedBy",)


TYPES = (Group(),)
