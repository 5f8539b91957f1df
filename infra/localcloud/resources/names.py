"""What names may look like, and what Azure says of one that may not. Pure."""

import re
from dataclasses import dataclass

from .errors import bad


@dataclass(frozen=True)
class Rule:
    """Names of one type of resource: their form, and how Azure describes it."""

    form: str  # a regular expression for the whole name
    said: str  # with {name}
    code: str = "InvalidResourceName"

    def fits(self, name: str) -> bool:
        return re.fullmatch(self.form, name) is not None

    def check(self, name: str) -> None:
        """ResourceError 400 for a name that breaks the rule."""
        if not self.fits(name):
            raise bad(self.code, self.said.format(name=name))


def rule(form: str, length: str, letters: str, code: str = "InvalidResourceName") -> Rule:
    said = f"The provided resource name '{{name}}' is not valid: it must have {length} characters, {letters}."
    return Rule(form, said, code)


GROUP = Rule(
    r"[\w().-]{0,89}[\w()-]",
    "The provided resource group name '{name}' has invalid characters or length: 1 to 90 letters, digits, '-', '_', "
    "'.', '(' and ')', and no '.' at the end.",
    "InvalidResourceGroupName",
)
STORAGE_ACCOUNT = Rule(
    r"[a-z0-9]{3,24}",
    "{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length "
    "and use numbers and lower-case letters only.",
    "AccountNameInvalid",
)
QUEUE = rule(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*", "3 to 63", "lower-case letters, digits and single hyphens within")
BLOB_CONTAINER = Rule(r"\$root|\$web|\$logs|" + QUEUE.form, QUEUE.said)
TABLE = rule(r"[A-Za-z][A-Za-z0-9]{2,62}", "3 to 63", "letters and digits, a letter first")
COSMOS_ACCOUNT = rule(
    r"[a-z0-9](?:[a-z0-9-]{1,42}[a-z0-9])", "3 to 44", "lower-case letters, digits and hyphens, no hyphen at an end",
    "BadRequest",
)  # fmt: skip
COSMOS_CHILD = rule(r"[^/\\#?]{0,254}[^/\\#? ]", "1 to 255", "none of / \\ # ? and no space at the end", "BadRequest")
VAULT = Rule(
    r"(?=.{3,24}$)[A-Za-z](?:-?[A-Za-z0-9])*",
    "The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must "
    "begin with a letter, end with a letter or digit, and not contain consecutive hyphens.",
    "VaultNameNotValid",
)
SECRET = Rule(
    r"[A-Za-z0-9-]{1,127}",
    "The request URI contains an invalid name: {name}. A secret's name has 1 to 127 letters, digits and hyphens; an "
    "underscore is not allowed.",
    "BadParameter",
)
SITE = Rule(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,58}[A-Za-z0-9])",
    "The name '{name}' is not valid for a site: 2 to 60 letters, digits and hyphens, no hyphen at an end.",
    "BadRequest",
)
SLOT = rule(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,57}[A-Za-z0-9])?", "1 to 59", "letters, digits and hyphens", "BadRequest")
PLAN = rule(r"[A-Za-z0-9_-]{1,60}", "1 to 60", "letters, digits, '-' and '_'", "BadRequest")
IDENTITY = rule(r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}", "3 to 128", "letters, digits, '-' and '_', no '-' first")
INSIGHTS = rule(r"[^%&\\?/]{0,259}[^%&\\?/ .]", "1 to 260", "none of % & \\ ? / and no dot or space at the end")
WORKSPACE = rule(r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]", "4 to 63", "letters, digits and hyphens within")
LOCK = rule(r"[^<>%&\\?/]{1,260}", "1 to 260", "none of < > % & \\ ? /")
GUID = Rule(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "The role assignment ID must be a GUID: '{name}' is none.",
    "InvalidRoleAssignmentId",
)
ANY = Rule(r".+", "The name is missing.")
