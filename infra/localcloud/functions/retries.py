"""Retry policies: when a failed function is tried again inside one delivery."""

import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from localcloud.messages import _

from .loading.timespan import seconds_of

FOR_EVER = -1
T = TypeVar("T")


class RetryOptionsError(ValueError):
    """A retry policy lacks an option or holds a bad one."""


@dataclass(frozen=True)
class RetryPolicy:
    """At most `max_retry_count` retries after the first attempt (-1: for ever); intervals in seconds."""

    strategy: str
    max_retry_count: int
    delay: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0


@dataclass(frozen=True)
class RetryContext:
    """What a function sees of its retries: 0 on the first attempt; `exception` is the last failure's text."""

    retry_count: int
    max_retry_count: int
    exception: str | None = None


def policy_of(options: Mapping[str, Any] | None) -> RetryPolicy | None:
    """The policy in the options of `@app.retry` (snake or camel case); None for none.

    RetryOptionsError when an option is missing or malformed.
    """
    given = {key.replace("_", "").lower(): value for key, value in (options or {}).items() if value is not None}
    given.pop("settingname", None)
    if not given:
        return None
    strategy = str(given.get("strategy", "")).replace("_", "").lower()
    if strategy not in ("fixeddelay", "exponentialbackoff"):
        raise RetryOptionsError(
            _("Retry strategy '{strategy}' is unknown: write fixed_delay or exponential_backoff.").format(
                strategy=given.get("strategy", "")
            )
        )
    count = _count(_needed(given, "MaxRetryCount", "max_retry_count"))
    if strategy == "fixeddelay":
        return RetryPolicy("fixed_delay", count, delay=_interval(given, "DelayInterval", "delay_interval"))
    minimum = _interval(given, "MinimumInterval", "minimum_interval")
    maximum = _interval(given, "MaximumInterval", "maximum_interval")
    if minimum > maximum:
        raise RetryOptionsError(_("Retry option 'minimum_interval' is greater than 'maximum_interval'."))
    return RetryPolicy("exponential_backoff", count, minimum=minimum, maximum=maximum)


def _needed(given: Mapping[str, Any], name: str, spelling: str) -> str:
    try:
        return str(given[name.lower()])
    except KeyError:
        raise RetryOptionsError(
            f"'{name}' is required by this retry strategy. "
            + _("Add {spelling}=... to @app.retry.").format(spelling=spelling)
        ) from None


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = FOR_EVER - 1
    if count < FOR_EVER:
        raise RetryOptionsError(
            _("Retry option 'max_retry_count' is '{value}': write a number, or -1 for ever.").format(value=text)
        )
    return count


def _interval(given: Mapping[str, Any], name: str, spelling: str) -> float:
    try:
        return seconds_of(_needed(given, name, spelling))
    except RetryOptionsError:
        raise
    except ValueError as error:
        raise RetryOptionsError(f"Retry option '{spelling}': {error}") from error


class RandomisedBackoff:
    """Waits that double from `minimum` to `maximum` seconds, each +-20 %, and start again after a success."""

    def __init__(self, minimum: float, maximum: float, rng: random.Random) -> None:
        self.minimum, self.maximum = minimum, max(minimum, maximum)
        self._rng = rng
        self.reset()

    def reset(self) -> None:
        self._exponent = 0
        self._at_maximum = False

    def next(self) -> float:
        """The seconds to wait after one more failure or empty poll."""
        growth = self._rng.uniform(0.8, 1.2) * 2.0 ** (self._exponent - 1) if self._exponent else 0.0
        wait = self.minimum * (1 + growth)
        self._at_maximum = self._at_maximum or wait >= self.maximum
        if self._at_maximum:
            return self.maximum
        self._exponent += 1
        return wait


def waits(policy: RetryPolicy, rng: random.Random) -> Iterator[float]:
    """The seconds before each retry, one a retry; endless when the policy is for ever."""
    backoff = RandomisedBackoff(policy.minimum, policy.maximum, rng)
    retries = 0
    while policy.max_retry_count == FOR_EVER or retries < policy.max_retry_count:
        yield policy.delay if policy.strategy == "fixed_delay" else backoff.next()
        retries += 1


async def run_with_retries(
    policy: RetryPolicy | None,
    attempt: Callable[[RetryContext | None], Awaitable[T]],
    failure_of: Callable[[T], str | None],
    sleep: Callable[[float], Awaitable[Any]],
    rng: random.Random,
) -> T:
    """Runs `attempt` until `failure_of` its result is None or the policy is used up; returns the last result.

    Without a policy there is one attempt, with no retry context. `sleep` takes seconds.
    """
    if policy is None:
        return await attempt(None)
    result = await attempt(RetryContext(0, policy.max_retry_count))
    for retry, wait in enumerate(waits(policy, rng), start=1):
        failure = failure_of(result)
        if failure is None:
            break
        await sleep(wait)
        result = await attempt(RetryContext(retry, policy.max_retry_count, failure))
    return result
