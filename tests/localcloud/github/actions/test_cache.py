"""actions/cache: what lasts from one run of a repository to the next."""

import pytest

from localcloud.github.runner import CacheStore, stores

from ..running_act import REPOSITORY, Machine


def workflow(inputs: str, script: str, uses: str = "actions/cache@v4") -> str:
    return (
        "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - uses: {uses}\n        id: cache\n        with: {{ {inputs} }}\n"
        "      - run: echo \"hit '${{ steps.cache.outputs.cache-hit }}'\"\n"
        f"      - run: |\n          {script}\n"
    )


@pytest.fixture(autouse=True)
def committed(machine: Machine) -> None:
    machine.commit({"greeting.txt": "Hello\n"})


def test_what_one_run_has_saved_the_next_one_finds(machine: Machine) -> None:
    text = workflow("path: built, key: a-key", "mkdir -p built; cat built/word || echo -n Grüezi > built/word")
    first, second = machine.run(text), machine.run(text)
    assert "hit ''" in first.log and "Cache saved with key: a-key" in first.log
    assert "hit 'true'" in second.log and "Grüezi" in second.log
    assert "Cache hit occurred on the primary key a-key, not saving cache." in second.log


def test_a_key_is_never_written_twice(machine: Machine) -> None:
    text = workflow("path: built, key: a-key", "mkdir -p built; echo $RANDOM$RANDOM > built/word", "actions/cache@v4")
    machine.run(text)
    saved = "- run: mkdir -p built; echo other > built/word\n      - uses: actions/cache/save@v4\n"
    again = machine.run(
        f"on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      {saved}"
        "        with: { path: built, key: a-key }\n"
    )
    assert again.ok, again.log
    [warning] = again.said("warning")
    assert "Unable to reserve cache with key a-key" in warning


def test_restore_keys_find_the_newest_that_begins_alike(machine: Machine) -> None:
    for number in (1, 2):
        machine.run(workflow(f"path: built, key: word-{number}", f"mkdir -p built; echo number {number} > built/word"))
    ran = machine.run(workflow("path: built, key: word-3, restore-keys: word-", "cat built/word"))
    assert "hit 'false'" in ran.log and "number 2" in ran.log
    assert "Cache restored from key: word-2" in ran.log


def test_other_paths_are_another_cache(machine: Machine) -> None:
    machine.run(workflow("path: built, key: a-key", "mkdir -p built; echo one > built/word"))
    ran = machine.run(workflow("path: other, key: a-key", "ls"))
    assert "Cache not found for input keys: a-key" in ran.log


def test_a_branch_finds_the_caches_of_main_and_main_none_of_a_branch(machine: Machine) -> None:
    machine.commit({}, branch="topic")
    text = workflow("path: built, key: a-key", "mkdir -p built; echo $GITHUB_REF > built/word; ls")
    machine.run(text, ref="refs/heads/topic")
    assert "Cache not found" in machine.run(text).log
    other = workflow("path: built, key: a-key", "cat built/word")
    machine.commit({}, branch="third")
    assert "refs/heads/main" in machine.run(other, ref="refs/heads/third").log


def test_a_failed_job_saves_nothing(machine: Machine) -> None:
    machine.run(workflow("path: built, key: a-key", "mkdir -p built; echo one > built/word; exit 1"))
    assert machine.caches.entries(REPOSITORY) == []


def test_repositories_share_no_caches(machine: Machine) -> None:
    machine.run(workflow("path: built, key: a-key", "mkdir -p built; echo one > built/word"))
    assert [one.key for one in machine.caches.entries("Camp/Bot")] == ["a-key"]
    assert machine.caches.entries("camp/other") == []


def test_restore_can_insist(machine: Machine) -> None:
    ran = machine.run(workflow("path: built, key: a-key, fail-on-cache-miss: true", "ls", "actions/cache/restore@v4"))
    assert ran.results == {"one": "failure"}
    assert "Exiting as fail-on-cache-miss is set" in ran.said("error")[0]


def test_files_outside_of_the_workspace_come_back(machine: Machine) -> None:
    text = workflow(
        "path: '~/.cache/things', key: a-key",
        "mkdir -p ~/.cache/things; cat ~/.cache/things/word || echo kept > ~/.cache/things/word",
    )
    first = machine.run(text)
    assert first.ok, first.log


def test_the_least_recently_used_go_first(machine: Machine) -> None:
    for number in (1, 2, 3):
        machine.run(
            workflow(f"path: built, key: word-{number}", "mkdir -p built; head -c 100000 /dev/zero > built/zeros")
        )
    machine.run(workflow("path: built, key: word-1", "ls"))
    store = CacheStore(machine.folder / "caches")
    store.prune(REPOSITORY, most=250_000)
    assert {one.key for one in store.entries(REPOSITORY)} == {"word-1", "word-3"}
    assert stores.MOST_CACHED > 250_000
