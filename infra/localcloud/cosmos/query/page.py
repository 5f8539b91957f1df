"""`Page`: the answer to one query request."""

from dataclasses import dataclass, field

MOST_BYTES = 4 * 1024 * 1024


@dataclass
class Page:
    """Rows as JSON, in order, what continues them, the charge in RU by partition id, and headers of their own.

    `most` is how many rows it may have.
    """

    rows: list[bytes] = field(default_factory=list)
    continuation: str | None = None
    charges: dict[str, float] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    most: int = 1
    size: int = 0

    @property
    def full(self) -> bool:
        return len(self.rows) >= self.most

    def take(self, row: bytes) -> bool:
        """One more row; False, and not taken, when it has no room: pages hold 4 MB, but one row at least."""
        if self.full or (self.rows and self.size + len(row) > MOST_BYTES):
            return False
        self.rows.append(row)
        self.size += len(row)
        return True
