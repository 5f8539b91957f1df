"""What the service says when it refuses: a status, a sub-status and the body `{"code", "message"}`."""

from collections.abc import Mapping

import orjson

CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    408: "RequestTimeout",
    409: "Conflict",
    410: "Gone",
    412: "PreconditionFailed",
    413: "RequestEntityTooLarge",
    424: "FailedDependency",
    429: "429",
    449: "RetryWith",
    500: "InternalServerError",
    503: "ServiceUnavailable",
}


class CosmosError(Exception):
    """An answer of status `status` in place of a result; `substatus` 0 is none, `headers` go over the usual ones,
    `more` are members of its body beside code and message."""

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        substatus: int = 0,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code or CODES.get(status, "InternalServerError")
        self.message = message
        self.substatus = substatus
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    @property
    def body(self) -> bytes:
        return orjson.dumps({"code": self.code, "message": self.message, **self.more})


def bad_request(message: str, substatus: int = 0) -> CosmosError:
    return CosmosError(400, None, said(message), substatus)


def not_found() -> CosmosError:
    return CosmosError(404, None, said("Resource Not Found. Learn more: https://aka.ms/cosmosdb-tsg-not-found"))


def conflict(message: str = "Resource with specified id, name, or unique index already exists.") -> CosmosError:
    return CosmosError(409, None, said(message))


def precondition_failed() -> CosmosError:
    return CosmosError(412, None, said("One of the specified pre-condition is not met."))


def too_large() -> CosmosError:
    return CosmosError(413, None, said("Request size is too large"))


def said(message: str) -> str:
    """A message in the service's wrapping: `Message: {"Errors":["..."]}`."""
    return "Message: " + orjson.dumps({"Errors": [message]}).decode()
