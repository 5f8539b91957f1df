"""The built-in roles that matter here, and what they allow. Pure."""

from dataclasses import dataclass

READ_SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
SET_SECRET = "Microsoft.KeyVault/vaults/secrets/setSecret/action"
LIST_SECRETS = "Microsoft.KeyVault/vaults/secrets/readMetadata/action"
DELETE_SECRET = "Microsoft.KeyVault/vaults/secrets/delete"
ALL_OF_SECRETS = frozenset({READ_SECRET, SET_SECRET, LIST_SECRETS, DELETE_SECRET})


@dataclass(frozen=True)
class Role:
    """A role definition: its id, its name, and the actions on data that it allows."""

    id: str
    name: str
    data: frozenset[str] = frozenset()


ROLES = (
    Role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner"),
    Role("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor"),
    Role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader"),
    Role("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User", frozenset({READ_SECRET, LIST_SECRETS})),
    Role("b86a8fe4-44ce-4948-aee5-eccb2c155cd7", "Key Vault Secrets Officer", ALL_OF_SECRETS),
    Role("00482a5a-887f-4fb3-b363-3b7fe8e74483", "Key Vault Administrator", ALL_OF_SECRETS),
    Role("21090545-7ca7-4776-b22c-e363652d74d2", "Key Vault Reader", frozenset({LIST_SECRETS})),
    Role("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor"),
    Role("974c5e8b-45b9-4653-ba55-5f855dd0fb88", "Storage Queue Data Contributor"),
    Role("0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", "Storage Table Data Contributor"),
    Role("de139f84-1756-47ae-9be6-808fbbe84772", "Website Contributor"),
)
DEFINITIONS = "Microsoft.Authorization/roleDefinitions"


def by_id(text: str) -> Role | None:
    """The role that a definition's id, or its last segment, names."""
    return next((one for one in ROLES if one.id == text.lower().rpartition("/")[2]), None)


def by_name(name: str) -> Role | None:
    return next((one for one in ROLES if one.name.lower() == name.lower()), None)


def definition_id(subscription: str, role: Role) -> str:
    return f"/subscriptions/{subscription}/providers/{DEFINITIONS}/{role.id}"
