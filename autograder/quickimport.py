"""Makes nbgrader and JupyterLab quicker to start."""

import sys


def without_link_grammar() -> None:
    """Before the import of nbgrader or JupyterLab: jsonschema would load a grammar of links, a second or two of work,
    with which nothing here is ever checked."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def knowing_the_schema() -> None:
    """After the import of nbgrader: for a new gradebook it would ask another process, which imports nbgrader again,
    for the newest version of its tables."""
    from alembic.script import ScriptDirectory
    from nbgrader import api, dbutil  # type: ignore[import-untyped]

    api.get_alembic_version = lambda: ScriptDirectory(dbutil.ALEMBIC_DIR).get_current_head()
