"""The learner's own partition key, as `partitioning.py` has it: asked in a process of its own, as `camp up` runs apps.

This is for looking at one's own key. Checks ask the sandboxed process that they have made.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import project
from localcloud.load.keys import definition_of, key_of
from localcloud.load.town import Message
from localcloud.messages import _

SECONDS = 30
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from partitioning import CONTAINER, to_document
messages = json.load(sys.stdin)
json.dump({"container": CONTAINER, "documents": [to_document(one) for one in messages]}, sys.stdout)
"""


class NoKey(RuntimeError):
    """`partitioning.py` has no key to try; the text says why."""


@dataclass(frozen=True)
class OwnKey:
    """A key's paths, an indexing policy if there is one, and the documents of the messages."""

    paths: tuple[str, ...]
    indexing_policy: dict[str, Any] | None
    documents: list[dict[str, Any]]


def own_key(folder: Path, messages: Sequence[Message]) -> OwnKey:
    """What `partitioning.py` in `folder` makes of the messages; NoKey."""
    if not (folder / "partitioning.py").is_file():
        raise NoKey(_("There is no partitioning.py in {folder}.").format(folder=folder))
    try:
        done = subprocess.run(
            [str(project.apps_python()), "-c", PROGRAM, str(folder)],
            input=json.dumps(messages), capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NoKey(_("Time-out: partitioning.py took more than {seconds} seconds.").format(seconds=SECONDS)) from None
    if done.returncode:
        why = done.stderr.strip().splitlines() or [_("It ended without a word.")]
        raise NoKey(_("partitioning.py cannot be used: {why}").format(why=why[-1]))
    try:
        return _key_of(json.loads(done.stdout))
    except ValueError as error:
        raise NoKey(_("partitioning.py cannot be used: {why}").format(why=error)) from error


def _key_of(answer: Any) -> OwnKey:
    definition, documents = definition_of(answer["container"]), answer["documents"]
    if not all(isinstance(one, dict) for one in documents):
        raise ValueError(_("to_document must return a dict."))
    for document in documents:
        key_of(document, definition.paths)
    return OwnKey(definition.paths, definition.indexing_policy, documents)
