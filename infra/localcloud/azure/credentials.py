"""Who may come in: the service principal, and for each slot the user of its publish profile."""

import hmac
import random
import string
import uuid
from dataclasses import asdict, dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from .slot import PRODUCTION, Slot

LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Credentials:
    """All of them are new in every camp and every check run."""

    client_id: str
    client_secret: str
    tenant_id: str
    subscription_id: str
    object_id: str  # of the service principal
    publish_passwords: dict[str, str]  # by slot
    oidc_key: str  # with which the local GitHub signs its identity tokens; jobs never see it

    @classmethod
    def new(cls, rng: random.Random, slots: tuple[str, ...]) -> "Credentials":
        ids = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _number in range(4)]
        passwords = {slot: _word(rng, 60) for slot in slots}
        # The form of Entra's secrets, by which scanners find them.
        secret = f"{_word(rng, 3)}8Q~{_word(rng, 34)}"
        return cls(ids[0], secret, ids[1], ids[2], ids[3], passwords, _word(rng, 64))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def azure_credentials(self) -> dict[str, str]:
        """As `az ad sp create-for-rbac --json-auth` prints them."""
        return {
            "clientId": self.client_id,
            "clientSecret": self.client_secret,
            "tenantId": self.tenant_id,
            "subscriptionId": self.subscription_id,
        }

    def may_publish(self, slot: Slot, user: str, password: str) -> bool:
        """Whether this is the user of the slot's publish profile."""
        same = hmac.compare_digest(password.encode(), self.publish_passwords[slot.name].encode())
        return same and user.lower() in (publish_user(slot).lower(), f"{_site(slot)}\\{publish_user(slot)}".lower())

    def publish_profile(self, slot: Slot) -> str:
        """The XML file that the portal of Azure offers as "Get publish profile"."""
        return (
            "<publishData>"
            + self._profile(slot, "Zip Deploy", "ZipDeploy")
            + self._profile(slot, "Web Deploy", "MSDeploy")
            + "</publishData>"
        )

    def _profile(self, slot: Slot, title: str, method: str) -> str:
        attributes = {
            "profileName": f"{slot.full_name} - {title}",
            "publishMethod": method,
            "publishUrl": f"{slot.scm_host_name}:443",
            **({"msdeploySite": _site(slot)} if method == "MSDeploy" else {}),
            "userName": publish_user(slot),
            "userPWD": self.publish_passwords[slot.name],
            "destinationAppUrl": f"https://{slot.host_name}",
            "SQLServerDBConnectionString": "",
            "mySQLDBConnectionString": "",
            "hostingProviderForumLink": "",
            "controlPanelLink": "https://portal.azure.com",
            "webSystem": "WebSites",
        }
        given = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
        return f"<publishProfile {given}><databases /></publishProfile>"


def publish_user(slot: Slot) -> str:
    return f"${_site(slot)}"


def _site(slot: Slot) -> str:
    """As Kudu calls it: `app` or `app__staging`."""
    return slot.site.name if slot.name == PRODUCTION else f"{slot.site.name}__{slot.name}"


def _word(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(LETTERS) for _number in range(length))
