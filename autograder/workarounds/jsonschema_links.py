"""jsonschema loads a grammar of links when it is imported, a second or two of work, with which nothing here is ever
checked. nbgrader and JupyterLab import it."""

import sys

PACKAGE, VERSION = "jsonschema", "4.26.0"


def without_link_grammar() -> None:
    """To be called before the import of nbgrader or JupyterLab: jsonschema does without a package that it cannot
    import."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
