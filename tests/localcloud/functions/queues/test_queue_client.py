import pytest

from localcloud.functions.bindings.queue_client import QueueAccount, QueueServiceError
from localcloud.functions.loading.settings import Connection, SettingsError


async def test_a_queue_is_made_by_the_first_message(account: QueueAccount, queue_name: str) -> None:
    sent = await account.send(queue_name, "a & <b>")
    [message] = await account.receive(queue_name, 32, 60)
    assert (message.id, message.text, message.dequeue_count) == (sent, "a & <b>", 1)
    assert await account.receive(queue_name, 32, 60) == []


async def test_a_hidden_message_comes_back_with_a_new_receipt_and_a_higher_count(
    account: QueueAccount, queue_name: str
) -> None:
    await account.send(queue_name, "x")
    [first] = await account.receive(queue_name, 1, 60)
    receipt = await account.hide(queue_name, first, first.pop_receipt, 0)
    [second] = await account.receive(queue_name, 1, 60)
    assert receipt != first.pop_receipt
    assert second.dequeue_count == 2
    await account.delete(queue_name, second, second.pop_receipt)
    await account.delete(queue_name, second, second.pop_receipt)


async def test_making_a_queue_twice_is_no_error(account: QueueAccount, queue_name: str) -> None:
    await account.create(queue_name)
    await account.send(queue_name, "kept")
    await account.create(queue_name)
    assert [one.text for one in await account.receive(queue_name, 1, 60)] == ["kept"]


async def test_a_refusal_has_azures_own_code(account: QueueAccount) -> None:
    with pytest.raises(QueueServiceError, match=r"InvalidResourceName|OutOfRangeInput") as refused:
        await account.create("no_underscores")
    assert refused.value.status == 400


async def test_a_wrong_key_is_refused(connection: str, queue_name: str) -> None:
    stranger = QueueAccount(Connection("Store", connection.replace("AccountKey=E", "AccountKey=F")))
    with pytest.raises(QueueServiceError) as refused:
        await stranger.send(queue_name, "x")
    assert refused.value.status == 403
    await stranger.close()


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Connection("Store", "nonsense"), "Store is not a storage connection string"),
        (Connection("Store", "AccountName=a;AccountKey=???"), "AccountKey in Store is not base64"),
        (Connection("Store__serviceUri", "https://q", identity=True), "identity-based"),
    ],
)
def test_a_useless_connection_says_what_to_write(found: Connection, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        QueueAccount(found)
