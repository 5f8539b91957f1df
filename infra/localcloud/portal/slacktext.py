"""Text as people type it, and as Slack keeps it (https://docs.slack.dev/messaging/formatting-message-text)."""

import re
from collections.abc import Mapping

CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
LINK = re.compile(r"https?://(?:(?!&lt;|&gt;)[^\s<>|*])*(?!&lt;|&gt;)[^\s<>|*.,;:!?'\"()\]]")
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
