"""chat.update: what an update keeps, and what it takes away.

https://docs.slack.dev/reference/methods/chat.update
"""

import pytest

BLOCKS = [{"type": "divider"}]
ATTACHMENTS = [{"text": "x"}]


@pytest.fixture
async def update(client, channel):
    """`await update(...)`: what a message with text, blocks and attachments holds after the update."""
    first = {"channel": channel.id, "text": "one", "blocks": BLOCKS, "attachments": ATTACHMENTS}
    ts = (await client.api_call("chat.postMessage", json=first))["ts"]

    async def change(**arguments):
        await client.api_call("chat.update", json={"channel": channel.id, "ts": ts, **arguments})
        (message,) = (await client.conversations_history(channel=channel.id))["messages"]
        return {name: message[name] for name in ("text", "blocks", "attachments") if name in message}

    return change


async def test_a_text_alone_takes_the_blocks_away(update):
    assert await update(text="two") == {"text": "two", "attachments": ATTACHMENTS}


async def test_new_blocks_replace_the_old_ones(update):
    blocks = [{"type": "header"}]
    assert await update(text="two", blocks=blocks) == {"text": "two", "blocks": blocks, "attachments": ATTACHMENTS}


async def test_attachments_alone_leave_the_blocks(update):
    changed = await update(attachments=[{"text": "y"}])
    assert (changed["blocks"], changed["attachments"]) == (BLOCKS, [{"text": "y"}])


@pytest.mark.parametrize("empty", [[], "[]"])
async def test_an_empty_list_takes_attachments_away(update, empty):
    assert await update(text="two", attachments=empty) == {"text": "two"}
