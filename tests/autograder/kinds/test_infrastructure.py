"""A folder of Terraform as a hand-in: what counts of it, and what is said where it cannot be checked."""

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.appfolder import AppProblem
from autograder.kinds import kind
from autograder.lab import Lab
from autograder.runner import run_checks
from autograder.submission import read
from autograder.verdict import PASSED
from localcloud.extras import Extra, never_installing
from localcloud.registry import service

MAIN = 'resource "terraform_data" "one" {\n}\n'
CHECK = """
from autograder.checks import Camp, check
from autograder.kinds.infrastructure import Infrastructure


@check("1.1", timeout=60)
async def test_it_is_valid(camp: Camp) -> None:
    "It is valid"
    workspace = await camp[Infrastructure].workspace({})
    assert (await workspace.init()).code == 0
    assert (await workspace.validated()).code == 0
"""


@pytest.fixture
def lab(tiny: Lab) -> Lab:
    """A lab whose hand-in is a folder of Terraform, with one check."""
    for path in tiny.work.iterdir():
        path.unlink()
    (tiny.work / "main.tf").write_text(MAIN)
    tiny.checks_file.write_text(CHECK)
    prepared = {name: service(name).prepare({}) for name in kind("infrastructure").services}
    return replace(tiny, kinds=("infrastructure",), services=(), checks=tiny.checks[:1], prepared=prepared)


def test_what_an_engine_leaves_and_overrides_are_never_handed_in(lab: Lab) -> None:
    kept = ("modules/data/main.tf", "dev.tfvars", "dev.tfvars.json", "texts/overrides.txt", "not_override.tf.txt")
    left = (
        "terraform.tfstate", "terraform.tfstate.backup", "terraform.tfstate.1733000000.backup", "dev.tfstate",
        ".terraform/providers/one", "modules/data/.terraform/modules/modules.json", ".terraform.lock.hcl", "tfplan",
        "dev.tfplan", "override.tf", "lift_override.tf", "modules/data/lift_override.tf", "lift_override.tf.json",
        "terraform.tfstate.d/dev/terraform.tfstate", ".terraform.tfstate.lock.info", "crash.log",
    )  # fmt: skip
    for name in (*kept, *left):
        path = lab.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert sorted(kind("infrastructure").packed(lab.work) or ()) == sorted(["main.tf", *kept])
    assert sorted(read(lab).files) == sorted(f"1-tiny/{name}" for name in ("main.tf", *kept))


def test_a_plan_is_never_handed_in_whatever_its_name(lab: Lab) -> None:
    """With `-out=dev.out`, say: a plan holds the values of variables, secrets too."""
    for name, inside in (("dev.out", ("tfplan", "tfstate")), ("plan", ("tfplan",)), ("app.zip", ("host.json",))):
        with zipfile.ZipFile(lab.work / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in inside:
                archive.writestr(one, "a value")
    (lab.work / "notes.txt").write_text("how to read a tfplan")
    assert sorted(kind("infrastructure").packed(lab.work) or ()) == ["app.zip", "main.tf", "notes.txt"]
    assert sorted(read(lab).files) == ["1-tiny/app.zip", "1-tiny/main.tf", "1-tiny/notes.txt"]


def test_a_check_gets_a_workspace(lab: Lab) -> None:
    verdict = run_checks(lab, lab.work, ["1.1"], 1)
    assert verdict.passed, verdict.checks[0].seen


def test_what_is_refused_is_told_as_the_failure(lab: Lab) -> None:
    (lab.work / "main.tf").write_text('data "external" "one" {\n}\n')
    [result] = run_checks(lab, lab.work, ["1.1"], 1).checks
    assert result.outcome == "failed"
    assert result.seen and "on main.tf line 1" in result.seen and "external is not allowed here" in result.seen


def test_without_the_engine_it_is_no_fault_of_the_hand_in(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Extra, "is_installed", False)
    with never_installing():
        [result] = run_checks(lab, lab.work, ["1.1"], 1).checks
    assert result.outcome == "errored"
    assert result.seen and "camp setup --all" in result.seen


def test_a_link_is_never_followed(lab: Lab) -> None:
    (lab.work / "texts").symlink_to("/etc")
    with pytest.raises(AppProblem, match="texts is a link or a special file"):
        kind("infrastructure").packed(lab.work)
    [result] = run_checks(lab, lab.work, ["1.1"], 1).checks
    assert result.outcome == "failed" and "texts is a link" in str(result.seen)


def test_grading_never_takes_an_engine_from_path(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its verdicts must not hang on what somebody has installed."""
    used = tmp_path / "used"
    for name in ("tofu", "terraform"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho >> {used}\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert run_checks(lab, lab.work, seed=1).outcomes() == {PASSED}
    assert not used.exists()
