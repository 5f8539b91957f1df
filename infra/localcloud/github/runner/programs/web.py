"""HTTPS requests as azure-cli and GitHub actions send them: through HTTPS_PROXY, trusting REQUESTS_CA_BUNDLE."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

SECONDS = 100.0
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class Unreachable(Exception):
    """No answer came; the text says why."""


class Refused(Exception):
    """The service answered with an error."""

    def __init__(self, answer: "ServiceAnswer") -> None:
        said = answer.json.get("error") if isinstance(answer.json, dict) else None
        found = said if isinstance(said, dict) else {}
        self.status = answer.status
        self.code = str(found.get("code", answer.status))
        self.text = str(found.get("message") or answer.text.strip() or f"HTTP status {answer.status}")
        super().__init__(f"({self.code}) {self.text}\nCode: {self.code}\nMessage: {self.text}")


@dataclass(frozen=True)
class ServiceAnswer:
    """What a service answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: Any = None,  # bytes or a file, as they are; anything else is sent as JSON
    form: Mapping[str, str] | None = None,
) -> ServiceAnswer:
    """Sends one request; an answer of any status. Unreachable."""
    import urllib.error  # here and below: these are slow to import, and some commands of az send nothing
    import urllib.parse
    import urllib.request

    sent = dict(headers or {})
    if form is not None:
        body = urllib.parse.urlencode(form).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    elif body is not None and not isinstance(body, bytes) and not hasattr(body, "read"):
        body = json.dumps(body).encode()
        sent["Content-Type"] = "application/json"
    asked = urllib.request.Request(url, data=body, headers=sent, method=method)
    try:
        with _opener().open(asked, timeout=SECONDS) as answer:
            return ServiceAnswer(answer.status, dict(_lower(answer.headers)), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return ServiceAnswer(error.code, dict(_lower(error.headers)), error.read())
    except (urllib.error.URLError, OSError) as error:
        raise Unreachable(str(getattr(error, "reason", error))) from error


def wanted(answer: ServiceAnswer) -> ServiceAnswer:
    """The same answer; Refused when it is an error."""
    if answer.status >= 400:
        raise Refused(answer)
    return answer


def _opener() -> "OpenerDirector":
    import ssl
    import urllib.request

    class StaysHere(urllib.request.HTTPRedirectHandler):
        """Follows no redirect: the services behind az answer none, and a token must not go elsewhere."""

        def redirect_request(self, *_arguments: Any) -> None:
            return None

    bundle = next((os.environ[name] for name in CA_VARIABLES if os.environ.get(name)), None)
    context = ssl.create_default_context(cafile=bundle)
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), StaysHere())


def _lower(headers: Any) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in headers.items()]
