import itertools
import random

import pytest

from localcloud.functions.retries import RetryContext, RetryOptionsError, policy_of, run_with_retries, waits

FIXED = {"strategy": "fixed_delay", "max_retry_count": "3", "delay_interval": "00:00:10"}
BACKOFF = {
    "strategy": "exponential_backoff",
    "max_retry_count": "-1",
    "minimum_interval": "00:00:02",
    "maximum_interval": "00:01:00",
}


def test_a_function_without_a_policy_has_none() -> None:
    assert policy_of(None) is None
    assert policy_of({}) is None


def test_a_fixed_delay_waits_the_same_before_each_retry() -> None:
    policy = policy_of(FIXED)
    assert policy and list(waits(policy, random.Random(1))) == [10.0, 10.0, 10.0]


@pytest.mark.covers("Retries: exponential backoff, -1 for ever")
def test_a_backoff_doubles_with_a_fifth_of_chance_and_stays_at_its_maximum_for_ever() -> None:
    policy = policy_of(BACKOFF)
    assert policy
    first = list(itertools.islice(waits(policy, random.Random(1)), 40))
    assert first[0] == 2.0
    for exponent, wait in enumerate(first[1:5]):
        assert 2 + 0.8 * 2 * 2**exponent <= wait <= 2 + 1.2 * 2 * 2**exponent
    assert set(first[6:]) == {60.0}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"strategy": "fixed_delay", "max_retry_count": "3"}, "'DelayInterval' is required.*delay_interval="),
        ({"strategy": "fixed_delay", "delay_interval": "00:00:01"}, "'MaxRetryCount' is required"),
        ({**BACKOFF, "maximum_interval": None}, "'MaximumInterval' is required"),
        ({**BACKOFF, "minimum_interval": "00:02:00"}, "greater than"),
        ({**FIXED, "max_retry_count": "-2"}, "'-2': write a number, or -1 for ever"),
        ({**FIXED, "delay_interval": "10s"}, "'10s' is not a time span"),
        ({**FIXED, "strategy": "hope"}, "'hope' is unknown"),
    ],
)
def test_incomplete_options_are_an_error(options: dict[str, str], reason: str) -> None:
    with pytest.raises(RetryOptionsError, match=reason):
        policy_of(options)


async def attempts(policy: dict[str, str] | None, failures: int) -> tuple[list[RetryContext | None], str | None]:
    seen: list[RetryContext | None] = []

    async def attempt(context: RetryContext | None) -> str | None:
        seen.append(context)
        return f"failure {len(seen)}" if len(seen) <= failures else None

    async def no_wait(seconds: float) -> None:
        assert seconds > 0

    last = await run_with_retries(policy_of(policy), attempt, lambda result: result, no_wait, random.Random(1))
    return seen, last


@pytest.mark.covers("Retries: 1 + max_retry_count attempts")
async def test_a_failed_function_is_tried_once_more_than_the_retries() -> None:
    seen, last = await attempts(FIXED, 99)
    assert last == "failure 4"
    assert seen[0] == RetryContext(0, 3) and seen[3] == RetryContext(3, 3, "failure 3")


async def test_a_success_ends_the_retries() -> None:
    seen, last = await attempts(BACKOFF, 7)
    assert (len(seen), last) == (8, None)


async def test_without_a_policy_there_is_one_attempt_and_no_context() -> None:
    assert await attempts(None, 9) == ([None], "failure 1")
