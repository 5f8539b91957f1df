"""Text as people type it, and as Slack keeps it (https://docs.slack.dev/messaging/formatting-message-text)."""

import re
from collections.abc import Mapping

MENTION = re.compile(r"(?<![\w@<])@([\w.-]*\w)")


def written(typed: str, ids: Mapping[str, str]) -> str:
    """What Slack keeps of typed text: `&`, `<` and `>` escaped, `@name` as `<@ID>` for the names in `ids`."""
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    def mention(found: re.Match[str]) -> str:
        user = ids.get(found.group(1).casefold())
        return f"<@{user}>" if user else found.group()

    return MENTION.sub(mention, escaped)
