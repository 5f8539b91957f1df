"""What Lab 6's checks say when nothing can be applied."""

import asyncio
import random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from autograder.checking import CheckFailed
from autograder.checks.infrastructure_as_code import first_environment
from autograder.inputs import Inputs
from localcloud.cloud import NotAsExpected

MESSAGE = "Error: invalid value for name"


class Failing:
    """A story whose first environment cannot be built."""

    def __init__(self, refused: bool) -> None:
        self.told_by: str | None = None
        self._refused = refused

    async def built(self) -> Any:
        if self._refused:
            raise NotAsExpected(seen="no provisioners", expected="none", next="leave it out")
        inputs = {"prefix": "abc", "environment": "dev"}
        return SimpleNamespace(failed=MESSAGE, workspace=SimpleNamespace(inputs=inputs))


class Camp(Inputs):
    def __init__(self, story: Failing) -> None:
        super().__init__(random.Random(1))
        self._story = story

    def __getitem__(self, _view: object) -> Any:
        return SimpleNamespace(story=self._story)


def seen_by(story: Failing, id: str) -> str:
    with pytest.raises(CheckFailed) as failed:
        asyncio.run(first_environment(cast(Any, Camp(story)), id))
    return failed.value.seen


@pytest.mark.parametrize(("refused", "message"), [(False, "invalid value for name"), (True, "no provisioners")])
def test_the_engines_message_is_told_by_one_check_and_the_others_name_it(refused: bool, message: str) -> None:
    story = Failing(refused)
    assert message in seen_by(story, "6.4")
    assert message not in seen_by(story, "6.5")
    assert "check 6.4" in seen_by(story, "6.6")
    assert message in seen_by(story, "6.4")  # checked again
