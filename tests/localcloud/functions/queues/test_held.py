from localcloud.functions.bindings.held import HeldMessages
from localcloud.functions.bindings.queue_client import StoredMessage

MESSAGE = StoredMessage("m1", "aGk=", 2, "receipt", "", "", "")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_message_is_held_while_its_function_works_and_until_its_next_try() -> None:
    clock = Clock()
    held = HeldMessages(clock)
    held.hold(MESSAGE, "orders", "http://q", "cook", 600)
    (one,) = held.to_json()
    assert (one["running"], one["until"], one["dequeue_count"], one["function"]) == (True, 1600, 2, "cook")
    held.wait("m1", 20)
    (one,) = held.to_json()
    assert (one["running"], one["until"]) == (False, 1020)
    clock.now = 1020
    assert held.to_json() == []


def test_a_settled_message_is_held_no_more() -> None:
    held = HeldMessages(Clock())
    held.hold(MESSAGE, "orders", "http://q", "cook", 600)
    held.settle("m1")
    held.wait("m1")
    assert held.to_json() == []
