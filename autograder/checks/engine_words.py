"""What an engine has said, as a failure shows it: its errors, and what a plan would do, in a few lines."""

from typing import TYPE_CHECKING

from localcloud.messages import _

if TYPE_CHECKING:
    from autograder.kinds.building.workspace import Change, Planned

MOST_LINES, LONGEST_LINE = 30, 200


def errors_in(text: str) -> str:
    """What an engine complains about; all that it printed when it does not say."""
    lines = text.splitlines()
    start = next((at for at, line in enumerate(lines) if "Error:" in line), 0)
    return lines_of("\n".join(line.strip("│╷╵ ") for line in lines[start:] if line.strip("│╷╵ ")))


def lines_of(text: str) -> str:
    lines = [line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "..." for line in text.strip().splitlines()]
    return "\n".join([*lines[:MOST_LINES], *(["..."] if len(lines) > MOST_LINES else [])])


def planned_text(planned: "Planned") -> str:
    """What a plan would do, in a few lines."""
    if planned.code == 1:
        return errors_in(planned.text)
    listed = [listed_change(one) for one in planned.changes[:10]]
    listed += [_("output {name} changes").format(name=name) for name in planned.output_changes[:4]]
    return "\n".join(listed) or _("The plan has nothing to do.")


def listed_change(change: "Change") -> str:
    return _("{address}: {actions}").format(address=change.address, actions=", then ".join(change.actions))
