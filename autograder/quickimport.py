"""Makes nbgrader quicker to import."""

import sys


def without_link_grammar() -> None:
    """Before the import of nbgrader: jsonschema would load a grammar of links, two seconds long, with which no notebook
    is ever checked."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
