"""actions/checkout: which commit comes into the workspace, and what of the token stays there."""

from ..running_act import Machine


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
