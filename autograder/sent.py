"""A request as a check sent it: for a person to read, and to be sent once more to an app of one's own."""

import base64
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from localcloud.cloud import Signed
from localcloud.registry import SERVICES, service

SHORTEST_SECRET = 8
SHORTENED = "[:-1]"  # behind the name of a secret of which the last letter is missing
KEYS, KEY = ("x-functions-key", "authorization"), "<key>"  # headers that hold a secret, and what stands for it
# What the clock and the system decide is described: a verdict on the same seed reads the same.
TIME = re.compile(r"(?<![\w.])[12]\d{9}(?:\.\d{6})?(?!\w)")
PORT = re.compile(r"(127\.0\.0\.1(?::|%3A))\d+")


@dataclass(frozen=True)
class Sent:
    """`headers` are those that matter, without those that sign it: `signer` is the service that does, `signed` how.
    Where the body holds a secret of the run, the name of its setting stands: `<NAME>`. So it is with ids of the run."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    signer: str | None = None
    signed: Signed | None = None

    @classmethod
    def of(
        cls,
        method: str,
        path: str,
        headers: Mapping[str, str | None],
        body: bytes = b"",
        settings: Mapping[str, str] | None = None,
    ) -> "Sent":
        """A request of a run with these settings, whose secrets decide how the request is signed."""
        given = {name: value for name, value in headers.items() if value is not None}
        signer = next((name for name in SERVICES if (by := service(name).signs) and by.keys() <= given.keys()), None)
        signed = service(signer).signature_of(given, body, settings or {}) if signer else None
        own = {name: value for name, value in given.items() if not (signer and name in service(signer).signs)}
        kept = {name: KEY if name.lower() in KEYS else value for name, value in own.items()}
        return cls(method, path, kept, body, signer, signed)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Sent":
        signed = Signed(**data["signed"]) if data["signed"] else None
        return cls(**{**data, "body": base64.b64decode(data["body"]), "signed": signed})

    def to_json(self) -> dict[str, Any]:
        signed = vars(self.signed) if self.signed else None
        body = base64.b64encode(self.body).decode()
        return {**vars(self), "headers": dict(self.headers), "body": body, "signed": signed}

    def without(self, secrets: Mapping[str, str]) -> "Sent":
        """The same with names in the place of secrets, which are given by name."""
        body = self.body
        for name, value in secrets.items():
            if len(value) >= SHORTEST_SECRET:
                body = body.replace(value.encode(), f"<{name}>".encode())
                body = body.replace(value[:-1].encode(), f"<{name}{SHORTENED}>".encode())
        return replace(self, body=body)

    def naming(self, ids: Mapping[str, str]) -> "Sent":
        """The same with names in the place of ids that another camp does not have."""
        body = self.body
        for id, name in ids.items():
            body = body.replace(id.encode(), f"<{name}>".encode())
        return replace(self, body=body)

    def text(self) -> str:
        """The request as it was: a form is a form. Bytes that are no text are escaped, and times are described."""
        described = service(self.signer).signs if self.signer else {}
        shown = [f"{name}: {value}" for name, value in {**self.headers, **described}.items()]
        body = self.body.decode("utf-8", "backslashreplace")
        body = PORT.sub(r"\1<port>", TIME.sub("<time>", body))
        return "\n".join([f"{self.method} {self.path}", *shown, *(["", body] if body else [])])

    def again(self, settings: Mapping[str, str], now: float) -> "Sent":
        """The request to send at the time `now`, with the secrets and ids of another camp and a signature like the
        first one: as valid and as old."""
        body = self.body
        for name, value in settings.items():
            body = body.replace(f"<{name}>".encode(), value.encode())
            body = body.replace(f"<{name}{SHORTENED}>".encode(), value[:-1].encode())
        by = service(self.signer).signature(body, settings, self.signed, now) if self.signer and self.signed else {}
        return Sent(self.method, self.path, {**self.headers, **by}, body)

    def with_key(self, key: str) -> "Sent":
        """The same with this key in the place of the one that was not kept."""
        headers = {name: key if value == KEY else value for name, value in self.headers.items()}
        return replace(self, headers=headers)

    def curl(self, url: str) -> str:
        """The line of a shell that sends it to the app at `url`. A body that is no text comes through a pipe."""
        options = [word for name, value in self.headers.items() for word in ("-H", f"{name}: {value}")]
        if self.body and self._printable():
            options += ["--data-binary", self.body.decode()]
        elif self.body:
            options += ["--data-binary", "@-"]
        line = shlex.join(["curl", "-i", "-X", self.method, url.rstrip("/") + self.path, *options])
        if self.body and not self._printable():
            return f"echo {base64.b64encode(self.body).decode()} | base64 -d | {line}"
        return line

    def _printable(self) -> bool:
        try:
            text = self.body.decode()
        except UnicodeDecodeError:
            return False
        return "\0" not in text and not text.startswith("@")
