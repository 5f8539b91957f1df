"""What must be true of a lab, for each seed: its starter earns nothing, its solution all, its mutants are caught.

Every proof raises AssertionError with the verdict when it does not hold. Apps run in `sandbox`, if there is one.
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from autograder import report
from autograder.alternatives import laid_out
from autograder.answers.sources import notebook_of
from autograder.hardship import Hardship
from autograder.lab import PHYSICS, Alternative, Check, Lab, Mutant
from autograder.mutants import mutated
from autograder.runner import run_checks
from autograder.sandbox import Sandbox
from autograder.verdict import FAILED, PASSED, Verdict

WIDTH = 100
MOST_EVERY_DAY = 40


def starter_earns_nothing(lab: Lab, seed: int, sandbox: Sandbox | None = None) -> None:
    notebook = notebook_of(lab, {}) if lab.wants_notebook else None
    verdict = run_checks(lab, lab.starter, seed=seed, sandbox=sandbox, notebook=notebook)
    _hold(earns_nothing(lab, verdict), "the starter earns nothing", lab.starter, verdict)


def solution_earns_everything(
    lab: Lab, seed: int, sandbox: Sandbox | None = None, hardship: Hardship | None = None
) -> None:
    _earns_everything(lab, lab.solution, seed, sandbox, hardship)


def alternative_passes(
    lab: Lab, alternative: Alternative, seed: int, sandbox: Sandbox | None = None, *, quick: bool = False
) -> None:
    """With `quick`, only those checks run that lab.toml names for the alternative, if it names some."""
    ids = alternative.checks if quick else ()
    with laid_out(lab, alternative) as app:
        verdict = run_checks(lab, app, list(ids) or None, seed, sandbox=sandbox)
        passes = verdict.outcomes() == {PASSED} if ids else earns_everything(lab, verdict)
        _hold(passes, f"{alternative.name}: every check passes", app, verdict)


def mutant_is_caught(
    lab: Lab, mutant: Mutant, seed: int, sandbox: Sandbox | None = None, *, alone: bool = False
) -> None:
    """With `alone`, no check runs but the one that is named for the mutant."""
    with mutated(lab, mutant.name) as app:
        verdict = run_checks(lab, app, [mutant.check] if alone else None, seed, sandbox=sandbox)
        perhaps = f", perhaps {', '.join(mutant.perhaps)}" if mutant.perhaps else ""
        claim = f"{mutant.name}: {', '.join([mutant.check, *mutant.also])} fails{perhaps}"
        _hold(is_caught(mutant, verdict), claim, app, verdict)


def everyday_mutants(lab: Lab) -> list[Mutant]:
    """Those that are tried with one seed: all, or the first of each check where a check keeps a core busy or there are
    more than `MOST_EVERY_DAY`."""
    if not lab.busy and len(lab.mutants) <= MOST_EVERY_DAY:
        return list(lab.mutants)
    first = {mutant.check: mutant for mutant in reversed(lab.mutants)}
    return [mutant for mutant in lab.mutants if first[mutant.check] is mutant]


def one_per_seed(lab: Lab) -> list[Lab]:
    """The lab once for each seed that a service of it may choose, as if there were no other, with those checks and
    their mutants that need its physics: the others look at nothing that the choice changes. None without a choice."""
    judged = tuple(check for check in lab.checks if PHYSICS in check.needs) or lab.checks
    mutants = tuple(mutant for mutant in lab.mutants if mutant.check in {check.id for check in judged})
    return [
        replace(lab, checks=judged, mutants=mutants, prepared={**lab.prepared, name: replace(made, seeds=(one,))})
        for name, made in lab.prepared.items()
        for one in getattr(made, "seeds", ())
    ]


def earns_nothing(lab: Lab, verdict: Verdict) -> bool:
    """Whether every check failed, as a failure and not as a fault of ours; a guard may pass, and pays nothing."""
    allowed = {check.id: {FAILED, PASSED} if check.pays_with else {FAILED} for check in lab.checks}
    return verdict.points == 0 and all(result.outcome in allowed[result.id] for result in verdict.checks)


def earns_everything(lab: Lab, verdict: Verdict) -> bool:
    return verdict.outcomes() == {PASSED} and verdict.points == lab.points


def is_caught(mutant: Mutant, verdict: Verdict) -> bool:
    """Whether the check that is named failed, those in `also` too if they ran, and no other but for `perhaps`."""
    outcomes = {result.id: result.outcome for result in verdict.checks}
    failed = {id for id, outcome in outcomes.items() if outcome == FAILED}
    wanted = {mutant.check, *(id for id in mutant.also if id in outcomes)}
    return set(outcomes.values()) <= {FAILED, PASSED} and wanted <= failed <= wanted | set(mutant.perhaps)


def unguarded(lab: Lab) -> Sequence[Check]:
    """The checks that no mutant proves: nobody knows whether they ever fail for a reason."""
    guarded = {mutant.check for mutant in lab.mutants}
    return [check for check in lab.checks if check.id not in guarded]


def _earns_everything(
    lab: Lab, app: Path, seed: int, sandbox: Sandbox | None, hardship: Hardship | None = None
) -> None:
    verdict = run_checks(lab, app, seed=seed, sandbox=sandbox, hardship=hardship)
    _hold(earns_everything(lab, verdict), "every check passes", app, verdict)


def _hold(held: bool, claim: str, app: Path, verdict: Verdict) -> None:
    if held:
        return
    text = io.StringIO()
    replay = f"camp check {verdict.lab} --app {app} --seed {verdict.seed}"
    report.show(verdict, Console(file=text, width=WIDTH), f"Not so: {claim}", replay)
    raise AssertionError("\n" + "\n".join(line.rstrip() for line in text.getvalue().splitlines()))
