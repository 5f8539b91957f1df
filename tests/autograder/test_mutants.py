import pytest

from autograder import bundle, proofs, starters
from autograder.lab import Lab, Mutant, find_lab, labs
from autograder.mutants import PatchError, mutated


def test_a_mutant_is_the_solution_with_its_patch(tiny: Lab) -> None:
    with mutated(tiny, "says-bye") as app:
        assert "Bye, " in (app / "function_app.py").read_text()
        assert sorted(path.name for path in app.iterdir()) == ["function_app.py", "host.json"]
    assert not app.exists()


def test_a_lab_is_proven_in_each_of_its_towns_and_in_no_other() -> None:
    found = proofs.one_per_seed(find_lab("5"))
    assert [one.prepared["load"].seeds for one in found] == [(town,) for town in range(1, 41)]
    assert {tuple(check.id for check in one.checks) for one in found} == {("5.1", "5.2", "5.3", "5.4")}
    assert {mutant.check for one in found for mutant in one.mutants} == {"5.1", "5.2", "5.3", "5.4"}


def test_a_lab_without_a_choice_of_towns_is_proven_in_none(tiny: Lab) -> None:
    assert proofs.one_per_seed(tiny) == []


def test_a_patch_that_does_not_fit_is_named(tiny: Lab) -> None:
    (tiny.solution / "function_app.py").write_text("import os\n")
    with (
        pytest.raises(PatchError, match=r"says-bye\.patch does not apply: .*function_app\.py"),
        mutated(tiny, "says-bye"),
    ):
        pass


def test_a_patch_that_is_not_there_is_named(tiny: Lab) -> None:
    with pytest.raises(PatchError, match=r"There is no patch .*unknown\.patch"), mutated(tiny, "unknown"):
        pass


SERIES = """From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: Camp <camp@localhost>
Date: Mon, 5 Jan 2026 09:00:00 +0000
Subject: [PATCH] Add a file

---
diff --git a/more.txt b/more.txt
new file mode 100644
index 0000000..72943a1
--- /dev/null
+++ b/more.txt
@@ -0,0 +1 @@
+aaa
"""


def test_a_series_of_commits_is_a_repository_on_top_of_the_solution(tiny: Lab) -> None:
    (tiny.solution / "mutants" / "history.patch").write_text(SERIES)
    with mutated(tiny, "history") as app:
        assert bundle.git(app, "log", "--format=%s").decode().split("\n")[:2] == ["Add a file", "Solve it"]
        assert (app / "more.txt").read_text() == "aaa\n"


def test_a_series_that_does_not_fit_is_named(tiny: Lab) -> None:
    series = SERIES.replace(
        "a/more.txt b/more.txt\nnew file mode 100644", "a/host.json b/host.json\nnew file mode 100644"
    )
    (tiny.solution / "mutants" / "history.patch").write_text(series.replace("b/more.txt", "b/host.json"))
    with pytest.raises(PatchError, match=r"history\.patch does not apply"), mutated(tiny, "history"):
        pass


def test_the_proofs_hold_for_a_lab_that_is_right(tiny: Lab) -> None:
    proofs.solution_earns_everything(tiny, 0)
    proofs.mutant_is_caught(tiny, tiny.mutants[0], 0)


def test_a_proof_that_does_not_hold_shows_the_verdict(tiny: Lab) -> None:
    with pytest.raises(AssertionError, match=r"says-bye: 1\.2 fails(.|\n)*✘ 1\.1  It greets(.|\n)*✔ 1\.2  It is up"):
        proofs.mutant_is_caught(tiny, Mutant("says-bye", "", "1.2"), 0)


def test_the_same_checks_fail_each_time(tiny: Lab) -> None:
    proofs.mutant_is_caught(tiny, Mutant("says-bye", "", "1.1", perhaps=("1.2",)), 0)
    with pytest.raises(AssertionError, match=r"says-bye: 1\.1, 1\.2 fails"):
        proofs.mutant_is_caught(tiny, Mutant("says-bye", "", "1.1", ("1.2",)), 0)
    proofs.mutant_is_caught(tiny, Mutant("says-bye", "", "1.1", ("1.2",)), 0, alone=True)


def test_a_starter_that_earns_something_is_found(tiny: Lab) -> None:
    starters.write(tiny)
    app = tiny.starter / "function_app.py"
    app.write_text(app.read_text().replace("nobody", "somebody"))
    with pytest.raises(AssertionError, match=r"Not so: the starter earns nothing(.|\n)*✔ 1\.3 .* 1/1"):
        proofs.starter_earns_nothing(tiny, 0)


def test_a_starters_guard_may_pass_as_it_pays_nothing(tiny: Lab) -> None:
    starters.write(tiny)
    proofs.starter_earns_nothing(tiny, 0)


def test_checks_without_a_mutant_are_named(tiny: Lab) -> None:
    assert [check.id for check in proofs.unguarded(tiny)] == ["1.2", "1.3"]


def test_every_day_a_lab_of_many_mutants_or_that_keeps_a_core_busy_tries_one_a_check() -> None:
    for lab in labs():
        tried = proofs.everyday_mutants(lab)
        assert {one.check for one in tried} == {one.check for one in lab.mutants}
        few = lab.busy or len(lab.mutants) > proofs.MOST_EVERY_DAY
        assert len(tried) == (len({one.check for one in tried}) if few else len(lab.mutants))
