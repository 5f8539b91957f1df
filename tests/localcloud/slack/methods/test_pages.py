"""Pages do not shift while people go on talking."""


def texts(answer):
    return [message["text"] for message in answer["messages"]]


async def test_history_shows_no_message_twice_when_new_ones_come(slack, user, client, channel):
    for number in range(6):
        await slack.say(user, channel, str(number))
    pages = []
    async for page in await client.conversations_history(channel=channel.id, limit=2):
        pages.append(texts(page))
        await slack.say(user, channel, "new")
    assert pages == [["5", "4"], ["3", "2"], ["1", "0"]]


async def test_history_leaves_no_message_out_when_others_go(slack, user, client, channel):
    said = [await slack.say(user, channel, str(number)) for number in range(6)]
    pages = []
    async for page in await client.conversations_history(channel=channel.id, limit=2):
        pages.append(texts(page))
        slack.delete(said[5])
    assert pages == [["5", "4"], ["3", "2"], ["1", "0"]]


async def test_history_goes_on_when_the_next_message_goes(slack, user, client, channel):
    said = [await slack.say(user, channel, str(number)) for number in range(4)]
    pages = []
    async for page in await client.conversations_history(channel=channel.id, limit=2):
        pages.append(texts(page))
        slack.delete(said[1])
    assert pages == [["3", "2"], ["0"]]


async def test_a_thread_goes_on_when_a_reply_goes(slack, user, client, channel):
    root = await slack.say(user, channel, "root")
    replies = [await slack.say(user, channel, str(number), thread_ts=root.ts) for number in range(4)]
    pages = []
    async for page in await client.conversations_replies(channel=channel.id, ts=root.ts, limit=2):
        pages.append(texts(page))
        slack.delete(replies[0])
    assert pages == [["root", "0"], ["1", "2"], ["3"]]
