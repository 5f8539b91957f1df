import pytest

from autograder.checks.breaker import LATENESS, TooManyCalls, too_many_calls

COOLDOWN = 2.0


def one_a_window(windows: int, *places: float) -> list[float]:
    """One call in each window of a cool-down, at these places in turn."""
    return [number * COOLDOWN + places[number % len(places)] for number in range(windows)]


@pytest.mark.parametrize("places", [(0.0,), (1.9, 0.1), (0.0, 1.99), (1.99,)])
def test_one_call_in_each_window_is_right_wherever_in_the_window_it_is(places: tuple[float, ...]) -> None:
    assert too_many_calls(one_a_window(9, *places), 1, COOLDOWN, 4) is None


def test_a_call_that_arrives_late_is_not_counted_twice() -> None:
    assert too_many_calls([1.99 + LATENESS / 2, 3.5, 4.0], 1, COOLDOWN, 4) is None


def test_calls_that_were_saved_up_are_too_many() -> None:
    assert too_many_calls([5.0, 5.0, 5.1, 5.1], 1, COOLDOWN, 4) == TooManyCalls(4, 1)


def test_two_calls_at_the_end_of_each_cool_down_are_too_many_in_two_of_them() -> None:
    assert too_many_calls([0.0, 0.0, 2.0, 2.0, 4.0, 4.0], 1, COOLDOWN, 4) == TooManyCalls(4, 2)


def test_a_cool_down_that_is_too_short_shows_in_three_or_four() -> None:
    assert too_many_calls([number * 1.25 for number in range(8)], 1, COOLDOWN, 4) == TooManyCalls(5, 3)


def test_calls_in_any_order_and_of_a_breaker_that_allows_more() -> None:
    assert too_many_calls([2.0, 0.0, 0.0, 2.0, 0.0, 2.0], 3, COOLDOWN, 4) is None
    assert too_many_calls([0.2, 0.1, 0.0, 0.0, 0.0, 0.0, 0.3], 3, COOLDOWN, 4) == TooManyCalls(7, 1)
