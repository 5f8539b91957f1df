"""Text as people type it, and as Slack keeps it (https://docs.slack.dev/messaging/formatting-message-text)."""

import re
from collections.abc import Mapping

CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
LINK = re.compile(r"https?://(?:(?!&lt;|&gt;)[^\s<>|*])*(?!&lt;|&gt;)[^\s<>|*.,;:!?'\"()\]]")
INSIDE = re.compile(r"<([^<>\n]+)>")
MENTION = re.compile(r"(?<![\w@</])@([\w.-]*\w)")


def written(typed: str, ids: Mapping[str, str]) -> str:
    """What Slack keeps of typed text: `&`, `<` and `>` escaped; outside of code, `@name` as `<@ID>` for the names in
    `ids`, and addresses as links."""
    parts = CODE.split(typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return "".join(part if index % 2 else _linked(part, ids) for index, part in enumerate(parts))


def _linked(text: str, ids: Mapping[str, str]) -> str:
    def mention(found: re.Match[str]) -> str:
        user = ids.get(found.group(1).casefold())
        return f"<@{user}>" if user else found.group()

    return MENTION.sub(mention, LINK.sub(lambda found: f"<{found.group()}>", text))


def typed(text: str, names: Mapping[str, str]) -> str:
    """What Slack keeps, as a person would type it; `names` by id."""
    parts = INSIDE.split(text)
    return "".join(_reference(part, names) if index % 2 else _plain(part) for index, part in enumerate(parts))


def _reference(inside: str, names: Mapping[str, str]) -> str:
    target, _bar, label = inside.partition("|")
    sign, name = target[:1], target[1:]
    if sign in ("@", "#"):
        return sign + (names.get(name) or label or name)
    if sign == "!":
        return "@" + (label or name)
    return _plain(label or target)


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
