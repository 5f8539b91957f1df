import random

from localcloud.slack import store as storing
from localcloud.slack.ids import Ids
from localcloud.slack.model import Message
from localcloud.slack.store import Store


def filled(count, **more):
    store = Store(Ids(random.Random(1)))
    channel = store.add_channel("general")
    for number in range(count):
        store.put(Message(channel.id, f"1700000000.{number:06d}", str(number), **more))
    return store, channel


def test_the_oldest_messages_are_forgotten(monkeypatch):
    monkeypatch.setattr(storing, "KEPT_MESSAGES", 3)
    store, channel = filled(5)
    assert [message.text for message in store.messages(channel.id)] == ["2", "3", "4"]


def test_forgotten_replies_leave_their_thread(monkeypatch):
    monkeypatch.setattr(storing, "KEPT_MESSAGES", 3)
    store, channel = filled(5, thread_ts="1600000000.000000")
    parent = Message(channel.id, "1600000000.000000", "parent")
    assert [message.text for message in store.replies(parent)] == ["2", "3", "4"]


def test_a_conversation_between_the_same_users_is_made_once():
    store = Store(Ids(random.Random(1)))
    one, two, three = (store.add_user(name).id for name in "abc")
    direct = store.direct(one, two)
    assert direct is store.direct(two, one)
    group = store.direct(one, two, three)
    assert group is store.direct(three, two, one) is not direct
    assert (direct.kind, direct.id[0], group.kind, group.id[0]) == ("im", "D", "mpim", "G")


def test_a_new_user_is_not_in_conversations_of_others():
    store = Store(Ids(random.Random(1)))
    direct = store.direct(store.add_user("a").id, store.add_user("b").id)
    group = store.direct(*(store.add_user(name).id for name in "cde"))
    stranger = store.add_user("f").id
    assert stranger not in direct.members | group.members
