"""The way to the model: JSON over HTTP on loopback, one connection for each thread."""

import http.client
import json
import os
import threading
from typing import Any
from urllib.parse import quote, urlsplit

from .problems import Failed, NoAnswer, Problem
from .values import Values

URL, TOKEN = "CAMP_RESOURCES_URL", "CAMP_RESOURCES_TOKEN"  # where the model is: environment variables
USUAL_SECONDS = 300.0
REASONS = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 503: "Service Unavailable"}


class Refused(Exception):
    """The model refused; `code` is Azure's name for why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    @property
    def said(self) -> str:
        """As the real provider writes it."""
        reason = f"{self.status} ({self.status} {REASONS.get(self.status, '')})"
        return f"unexpected status {reason} with error: {self.code}: {self.message}"


class Client:
    """Calls of the model; `seconds` is how long an answer may take."""

    def __init__(self, url: str, token: str) -> None:
        self._at = urlsplit(url)
        self._token = token
        self._local = threading.local()

    @classmethod
    def from_environment(cls) -> "Client":
        """Failed when nothing says where the model is."""
        url, token = os.environ.get(URL), os.environ.get(TOKEN)
        if not url or not token:
            raise Failed(
                Problem(
                    "The local cloud is not running",
                    f"Nothing says where it is ({URL} and {TOKEN} are not set). Whoever starts the engine sets them.",
                )
            )
        return cls(url, token)

    def get(self, id: str) -> Values | None:
        """A resource or a collection; None when it is not there."""
        try:
            found: Values = self.call("GET", id)
            return found
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def call(self, method: str, path: str, body: Any = None, seconds: float = USUAL_SECONDS) -> Any:
        """The answer's body; Refused, NoAnswer."""
        try:
            status, text = self._exchange(method, path, body, seconds)
        except TimeoutError as error:
            raise NoAnswer(
                Problem("The local cloud did not answer in time", f"{method} {path}: {seconds:g} s")
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(
                Problem(
                    "The local cloud does not answer",
                    f"{self._at.geturl()}: {error or type(error).__name__}. What is applied so far is in the state: "
                    "once the cloud is up again, apply again.",
                )
            ) from error
        answer = json.loads(text) if text else {}
        if status >= 400:
            error_body = answer.get("error", {})
            raise Refused(status, str(error_body.get("code", "Unknown")), str(error_body.get("message", text)))
        return answer

    def _exchange(self, method: str, path: str, body: Any, seconds: float) -> tuple[int, str]:
        sent = None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        for fresh in (False, True):
            connection = self._connection(fresh, seconds)
            try:
                connection.request(method, quote(path, safe="/:()'!*@$,;=&+-._~"), sent, headers)
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                if fresh:
                    raise
            except BaseException:
                self._local.connection = None
                raise
        raise AssertionError("the second round returns or raises")

    def _connection(self, fresh: bool, seconds: float) -> http.client.HTTPConnection:
        """The thread's connection; one that was idle for long may have been closed by the other side."""
        known: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if known is None or fresh:
            if known:
                known.close()
            known = http.client.HTTPConnection(self._at.hostname or "", self._at.port, timeout=seconds)
            self._local.connection = known
        if known.sock:
            known.sock.settimeout(seconds)
        known.timeout = seconds
        return known
