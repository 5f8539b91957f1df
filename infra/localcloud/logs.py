"""The one log format: `time level service trace message`, one line an event."""

import logging
import sys
import time
from typing import TextIO


class LineFormatter(logging.Formatter):
    """`2026-01-31T09:30:00.123Z INFO functions 4bf92f35… Executed 'Functions.events'`; `-` where there is no trace."""

    converter = staticmethod(time.gmtime)

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        when = self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z"
        trace = getattr(record, "trace", None) or "-"
        return f"{when} {record.levelname} {self.service} {trace} {record.getMessage()}" + (
            "\n" + self.formatException(record.exc_info) if record.exc_info else ""
        )


def set_up_logging(service: str, stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Sends the root logger's records to `stream` in the camp's format, as `service`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(service))
    logging.basicConfig(level=level, handlers=[handler], force=True)
