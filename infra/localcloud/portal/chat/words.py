"""What the chat's script says."""

from collections.abc import Mapping

from localcloud.messages import _


def words() -> Mapping[str, str]:
    return {
        **_first_steps(),
        "placeholder": _("Message #{channel} as {person}"),
        "replyPlaceholder": _("Reply as {person}"),
        "replyTo": _("Replying to {person}: {text}"),
        "editing": _("Editing your message"),
        "send": _("Send"),
        "save": _("Save"),
        "reply": _("Reply"),
        "edit": _("Edit"),
        "again": _("Deliver again"),
        "react": _("React"),
        "replyThis": _("Reply to {person}: {text}"),
        "editThis": _("Edit: {text}"),
        "againThis": _("Deliver again: {text}"),
        "reactThis": _("React to {person}: {text}"),
        "reactWith": _("React with {name}"),
        "reactedWith": _("{name}: {people}"),
        "edited": _("edited"),
        "app": _("app"),
        "onlyYou": _("Only you see this"),
        "mention": _("Mention @{app}"),
        "deliveries": _("Deliveries to {app}"),
        "foldedDelivered": _("Deliveries to {app}: {count}, the last one acknowledged"),
        "foldedFailed": _("Deliveries to {app}: {count}, the last one failed"),
        "delivered": _("acknowledged"),
        "failed": _("failed"),
        "retry": _("retry {number}"),
        "noAnswer": _("no answer"),
        "milliseconds": _("{number} ms"),
        "trace": _("Invocation"),
        "timeline": _("Timeline"),
        "waiting": _("waiting for its answer …"),
        "speaking": _("You speak as {person} now."),
        "here": _("You are in #{channel} now."),
        "sentAgain": _("Delivered again."),
    }


def _first_steps() -> Mapping[str, str]:
    return {
        "emptyTitle": _("Say hello to your bot"),
        "emptyText": _("What you write here goes to the functions of your lab, just as Slack would send it."),
        "tryHello": _("is the trigger word: calls your outgoing webhook"),
        "tryMention": _("mentions your bot: sends your app an event"),
        "tryCommand": _("is a slash command: wants an answer within 3 s"),
    }
