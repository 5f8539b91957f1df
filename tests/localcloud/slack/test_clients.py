"""slack-sdk and slack-bolt, unmodified: the synchronous client in a thread, and Bolt behind the events URL."""

import asyncio

import pytest
from aiohttp import web
from slack_bolt import App, BoltRequest
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient


@pytest.fixture
def sync_client(slack, app):
    return WebClient(token=app.bot_token, base_url=slack.api_url)


async def test_the_synchronous_client(slack, user, channel, sync_client):
    def work():
        greeted = sync_client.users_info(user=user.id)["user"]["name"]
        posted = sync_client.chat_postMessage(channel=channel.id, text=f"Hello, {greeted}")
        sync_client.chat_update(channel=channel.id, ts=posted["ts"], text=f"Hello, {greeted}!")
        pages = [page["messages"] for page in sync_client.conversations_history(channel=channel.id, limit=1)]
        return [message["text"] for page in pages for message in page]

    assert await asyncio.to_thread(work) == ["Hello, aiko!"]


async def test_the_synchronous_client_raises_slacks_errors(sync_client):
    def work():
        with pytest.raises(SlackApiError) as caught:
            sync_client.chat_postMessage(channel="C1", text="x")
        return caught.value.response["error"]

    assert await asyncio.to_thread(work) == "channel_not_found"


def bolt_answer(response):
    return web.Response(status=response.status, text=response.body, headers=response.first_headers())


async def test_bolt_replies_once_and_never_to_itself(slack, app, user, channel, receiver, sync_client):
    bolt = await asyncio.to_thread(
        App, client=sync_client, signing_secret=app.signing_secret, process_before_response=True
    )

    @bolt.event("app_mention")
    def greet(event, say):
        say(f"Hello, <@{event['user']}> and <@{app.bot_user_id}>", thread_ts=event["ts"])

    @bolt.event("message")
    def listen(event):
        assert "bot_id" not in event

    @bolt.command("/roll")
    def roll(ack, command):
        ack(text=f"{command['user_name']} rolls {command['text']}", response_type="in_channel")

    async def dispatch(heard):
        request = BoltRequest(body=heard.body.decode(), headers=dict(heard.headers))
        return bolt_answer(await asyncio.to_thread(bolt.dispatch, request))

    receiver.answer = dispatch
    assert await slack.verify_events_url(app)
    message = await slack.say(user, channel, f"<@{app.bot_user_id}> hi")
    await slack.quiet(0.1)
    (reply,) = slack.store.replies(message)
    assert reply.text == f"Hello, <@{user.id}> and <@{app.bot_user_id}>"
    assert {one.status for one in slack.deliveries} == {200}
    app.slash_commands["/roll"] = f"{receiver.url}/slash"
    assert (await slack.slash(user, channel, "/roll", "a 6")).message.text == "aiko rolls a 6"


async def test_bolt_refuses_a_forgery(slack, app, receiver, sync_client):
    bolt = await asyncio.to_thread(App, client=sync_client, signing_secret=app.signing_secret)

    async def dispatch(heard):
        request = BoltRequest(body=heard.body.decode(), headers=dict(heard.headers))
        return bolt_answer(await asyncio.to_thread(bolt.dispatch, request))

    receiver.answer = dispatch
    assert (await slack.deliver(app, {"type": "event_callback"}, secret="wrong")).status == 401


async def test_asynchronous_bolt(slack, app, user, channel, receiver):
    client = AsyncWebClient(token=app.bot_token, base_url=slack.api_url)
    bolt = AsyncApp(client=client, signing_secret=app.signing_secret, process_before_response=True)

    @bolt.event("app_mention")
    async def greet(event, client):
        await client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="wave")

    @bolt.event("message")
    async def listen():
        pass

    @bolt.event("reaction_added")
    async def seen():
        pass

    async def dispatch(heard):
        request = AsyncBoltRequest(body=heard.body.decode(), headers=dict(heard.headers))
        return bolt_answer(await bolt.async_dispatch(request))

    receiver.answer = dispatch
    await slack.say(user, channel, f"<@{app.bot_user_id}> hi")
    await slack.quiet(0.1)
    assert dict(slack.messages(channel)[0].reactions) == {"wave": (app.bot_user_id,)}
    assert {one.status for one in slack.deliveries} == {200}
