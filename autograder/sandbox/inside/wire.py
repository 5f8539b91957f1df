"""Messages between the grader and what runs in the sandbox: one JSON object each, with descriptors beside it."""

import json
import os
import socket
from typing import Any

MOST_BYTES = 200_000
MOST_DESCRIPTORS = 4

Message = dict[str, Any]


def send(channel: socket.socket, message: Message, descriptors: tuple[int, ...] = ()) -> None:
    socket.send_fds(channel, [json.dumps(message).encode()], list(descriptors))


def receive(channel: socket.socket) -> tuple[Message, list[int]] | None:
    """The next message; None when the other side has gone."""
    try:
        data, descriptors, _flags, _address = socket.recv_fds(channel, MOST_BYTES, MOST_DESCRIPTORS)
    except ConnectionResetError:
        return None
    if not data:
        return None
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    message: Message = json.loads(data)
    return message, descriptors
