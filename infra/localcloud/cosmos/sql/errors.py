"""`SqlError`: a query that is refused, in the words and shape of the service."""

import json

# The codes of the service's parser, binder and compiler (Microsoft.Azure.Cosmos, SqlErrorCode).
SYNTAX = "SC1001"
END_OF_QUERY = "SC1002"
INVALID_TOKEN = "SC1010"
INVALID_NUMBER = "SC1011"
INVALID_STRING = "SC1012"
STAR_WITHOUT_FROM = "SC1021"
TOO_COMPLEX = "SC1030"
UNKNOWN_IDENTIFIER = "SC2001"
UNKNOWN_UDF = "SC2003"
UNKNOWN_PARAMETER = "SC2004"
UNKNOWN_FUNCTION = "SC2005"
DUPLICATE_INPUT = "SC2021"
DUPLICATE_PROPERTY = "SC2022"
INVALID_STAR = "SC2040"
ARGUMENT_COUNT = "SC2050"
INVALID_TOP = "SC2060"
INVALID_LIMIT = "SC2061"
INVALID_OFFSET = "SC2062"
NESTED_AGGREGATE = "SC2101"
NOT_GROUPED = "SC2102"
AGGREGATE_IN_WHERE = "SC2103"
AGGREGATE_IN_ORDER = "SC2104"
AGGREGATE_IN_GROUP = "SC2111"
ORDER_WITH_GROUP = "SC2120"
SEVERAL_ROWS = "SC2201"
ORDER_IN_SUBQUERY = "SC2202"
TOP_IN_SUBQUERY = "SC2203"
OFFSET_IN_SUBQUERY = "SC2204"
TOP_AND_OFFSET = "SC2205"
ORDER_EXPRESSION = "SC2206"
NUMERIC = "4001"
TOO_MANY_JOINS = "SC3002"
TEXT_TOO_LONG = "SC3020"


class SqlError(ValueError):
    """A query that cannot be answered: always 400.

    `code` is the service's (`SC1001`), empty for the errors that the gateway writes without one; `position` is where
    in the text, first character and the one after the last.
    """

    def __init__(self, message: str, code: str = "", position: tuple[int, int] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.position = position

    @property
    def substatus(self) -> int:
        """The substatus of the 400."""
        return int(self.code) if self.code == NUMERIC else 0

    @property
    def details(self) -> str:
        """The JSON text that the service puts behind `Message: `."""
        if not self.code:
            return json.dumps({"Errors": [self.message]}, separators=(",", ":"))
        error: dict[str, object] = {"severity": "Error"}
        if self.position is not None:
            error["location"] = {"start": self.position[0], "end": self.position[1]}
        error["code"] = self.substatus or self.code
        error["message"] = self.message
        return json.dumps({"errors": [error]}, separators=(",", ":"))

    @property
    def body(self) -> dict[str, str]:
        """The body of the 400, without the activity id that the server adds."""
        return {"code": "BadRequest", "message": f"Message: {self.details}"}
