"""actions/checkout: which commit comes into the workspace, and what of the token stays there."""

from ..running_act import Machine, git


def steps(*lines: str, uses: str = "actions/checkout@v5") -> str:
    """A workflow that checks out, with these lines after it."""
    first = f"on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: {uses}\n"
    return first + "".join(f"{' ' * 8}{line}\n" for line in lines)


def then(script: str) -> str:
    return f"  \n      - run: |\n{' ' * 10}{script}"


def test_checkout_has_the_commit_of_the_run_and_nothing_before_it(machine: Machine) -> None:
    machine.commit({"greeting.txt": "Hello\n"})
    head = machine.commit({"greeting.txt": "Grüezi\n"})
    ran = machine.run(steps(then("cat greeting.txt; git branch --show-current; git log --format=at:%H")))
    assert ran.ok, ran.log
    assert "Grüezi\nmain\n" in ran.log
    assert ran.log.count("at:") == 1 and f"at:{head}" in ran.log
    assert ran.said("warning") == []


def test_all_history_comes_with_fetch_depth_0(machine: Machine) -> None:
    for number in range(3):
        machine.commit({"greeting.txt": f"{number}\n"})
    git(machine.work, "tag", "v1")
    git(machine.work, "push", "-q", "origin", "v1")
    ran = machine.run(steps("with: { fetch-depth: 0 }", then("git log --oneline | wc -l; git tag; git branch -r")))
    assert ran.ok, ran.log
    assert "3\nv1\n  origin/main" in ran.log.replace("\r", "")


def test_the_token_stays_in_the_configuration_until_the_job_ends(machine: Machine) -> None:
    machine.commit({"greeting.txt": "Hello\n"})
    ran = machine.run(steps(then("grep extraheader .git/config && git fetch -q origin && echo fetched")))
    assert ran.ok and "fetched" in ran.log
    assert "AUTHORIZATION: basic ***" in ran.log.replace('"', "")
    ran = machine.run(steps("with: { persist-credentials: false }", then("! grep extraheader .git/config")))
    assert ran.ok, ran.log


def test_another_branch_or_tag_or_commit_can_be_wanted(machine: Machine) -> None:
    first = machine.commit({"greeting.txt": "one\n"})
    git(machine.work, "tag", "v1")
    git(machine.work, "push", "-q", "origin", "v1")
    machine.commit({"greeting.txt": "two\n"}, branch="topic")
    machine.commit({"greeting.txt": "three\n"}, branch="main")
    for ref, word in (("topic", "two"), ("refs/heads/topic", "two"), ("v1", "one"), (first, "one"), ("main", "three")):
        ran = machine.run(steps(f"with: {{ ref: {ref} }}", then("echo word: $(cat greeting.txt)")))
        assert f"word: {word}\n" in ran.log.replace("\r", ""), ref
    ran = machine.run(steps("with: { ref: nowhere }"))
    assert "A branch or tag with the name 'nowhere' could not be found" in ran.said("error")


def test_a_pull_request_has_the_merge_commit(machine: Machine) -> None:
    machine.commit({"greeting.txt": "one\n"})
    head = machine.commit({"other.txt": "two\n"}, branch="topic")
    git(machine.work, "push", "-q", "origin", f"{head}:refs/pull/7/merge")
    pull = {"number": 7, "pull_request": {"number": 7, "head": {"ref": "topic"}, "base": {"ref": "main"}}}
    text = steps(then("cat other.txt; git rev-parse HEAD; echo branch:$(git branch --show-current)"))
    ran = machine.run(
        text.replace("on: push", "on: pull_request"), event="pull_request", ref="refs/pull/7/merge", payload=pull
    )
    assert ran.ok, ran.log
    assert f"two\n{head}\nbranch:\n" in ran.log.replace("\r", "")


def test_a_folder_can_be_named_but_not_outside(machine: Machine) -> None:
    machine.commit({"greeting.txt": "one\n"})
    assert machine.run(steps("with: { path: a/b }", then("cat a/b/greeting.txt"))).ok
    [error] = machine.run(steps("with: { path: ../b }")).said("error")
    assert "is not under" in error


def test_a_second_checkout_cleans_the_first(machine: Machine) -> None:
    machine.commit({"greeting.txt": "one\n"})
    again = (
        then("touch left; echo two > greeting.txt")
        + "\n      - uses: actions/checkout@v5"
        + then("cat greeting.txt; ls")
    )
    ran = machine.run(steps(again))
    assert ran.ok, ran.log
    assert "one\ngreeting.txt\n" in ran.log.replace("\r", "")


def test_a_wrong_token_says_what_git_says(machine: Machine) -> None:
    machine.commit({"greeting.txt": "one\n"})
    ran = machine.run(steps("with: { token: wrong }"))
    assert ran.results == {"one": "failure"}
    assert "Authentication failed" in ran.log or "terminal prompts disabled" in ran.log


def test_what_this_server_does_not_have_is_said(machine: Machine) -> None:
    machine.commit({"greeting.txt": "one\n"})
    [error] = machine.run(steps("with: { ssh-key: secret }")).said("error")
    assert "this server has no SSH" in error
    [warning] = machine.run(steps("with: { lfs: true }")).said("warning")
    assert "LFS" in warning


def test_a_sparse_checkout_has_the_folders_that_were_named(machine: Machine) -> None:
    machine.commit({"app/a.py": "a\n", "docs/b.md": "b\n", "c.txt": "c\n"})
    ran = machine.run(steps("with: { sparse-checkout: app }", then("find . -name '*.*' -type f -not -path './.git/*'")))
    assert ran.ok, ran.log
    assert "./app/a.py" in ran.log and "./c.txt" in ran.log and "docs" not in ran.log
