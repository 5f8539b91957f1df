"""nbgrader opens its gradebook as if that were cheap: for each submission nine times, and for a new one in another
process that imports nbgrader again."""

from typing import Any

PACKAGE, VERSION = "nbgrader", "0.9.6"


def know_the_schema() -> None:
    """To be called after the import of nbgrader: a new gradebook asks no other process for the newest version of the
    tables."""
    from alembic.script import ScriptDirectory
    from nbgrader import api, dbutil  # type: ignore[import-untyped]

    api.get_alembic_version = lambda: ScriptDirectory(dbutil.ALEMBIC_DIR).get_current_head()


def stay_connected() -> None:
    """Has every Gradebook of this process share one connection: each new one would look at all tables."""
    from nbgrader.api import Gradebook  # type: ignore[import-untyped]

    connect = Gradebook.__init__
    connected: dict[tuple[str, str], dict[str, Any]] = {}

    def share(self: Any, db_url: str, course_id: str = "default_course", authenticator: Any = None) -> None:
        if (db_url, course_id) not in connected:
            connect(self, db_url, course_id, authenticator)
            connected[db_url, course_id] = dict(vars(self))
        vars(self).update(connected[db_url, course_id])

    Gradebook.__init__ = share
    Gradebook.close = lambda self: self.db.remove()
