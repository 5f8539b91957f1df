"""What is in the memory of a worker: nothing of checks, solutions or inputs that are still to come. A worker is forked
from its cell's keeper, and that from the nursery: what they hold, it holds."""

import ast
import json
import random
import secrets
from pathlib import Path

import pytest

from autograder.inputs import Inputs
from autograder.lab import Lab
from autograder.runner import run_checks
from autograder.sandbox import Sandbox

from .conftest import LOOKING_APP

SEED = 4711
OWN = "it-is-here"
# The app is sent its needles masked, so that sending them puts none of them there.
FIND = """
masked, unmask = {needles}, bytes(one ^ 1 for one in range(256))
counts = [0] * len(masked)
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        if line.split()[1][0] != "r" or end - start > 1 << 28:
            continue
        try:
            memory.seek(start)
            data = memory.read(end - start).translate(unmask)
        except (OSError, OverflowError, ValueError):
            continue
        for place, needle in enumerate(masked):
            counts[place] += bytes(needle) in data
result = counts
"""
CHECKS = '''
from pathlib import Path
from autograder.checks import Camp, check

MARKER = "{marker}"


@check("1.1")
async def test_it_looks(camp: Camp) -> None:
    """{marker} in a docstring"""
    answer = await camp.post("/api/look", body=Path("{code}").read_bytes())
    Path("{found}").write_text(answer.text)
'''


def masked(text: str) -> list[int]:
    return [one ^ 1 for one in text.encode()]


def longest_lines(file: Path, count: int = 3) -> list[str]:
    """Lines of a Python file that stand nowhere else."""
    lines = {line.strip() for line in file.read_text("utf-8").splitlines()}
    return sorted((line for line in lines if len(line) > 25), key=len)[-count:]


def longest_texts(file: Path, count: int = 5) -> list[str]:
    """Texts of a file of checks, such as its docstrings."""
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    texts = {one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return sorted((text for text in texts if len(text) > 25 and "\n" not in text), key=len)[-count:]


def found_in_a_worker(tiny: Lab, sandbox: Sandbox, tmp_path: Path, needles: list[str]) -> list[int]:
    """How often each of these texts is in the memory of a worker that checks are being made with; the first is its
    own."""
    code, found = tmp_path / "code.py", tmp_path / "found.json"
    code.write_text(FIND.format(needles=[masked(one) for one in needles]))
    marker = next(one for one in needles if one.startswith("of-checks"))
    tiny.checks_file.write_text(CHECKS.format(marker=marker, code=code, found=found), "utf-8")
    app = tmp_path / "app"
    app.mkdir()
    (app / "function_app.py").write_text(f"{LOOKING_APP}\nOWN = '{OWN}'\n")
    (app / "host.json").write_text('{"version": "2.0"}')
    verdict = run_checks(tiny, app, ["1.1"], SEED, sandbox=sandbox)
    assert verdict.passed, verdict.checks[0].seen
    counts: list[int] = json.loads(found.read_text())["result"]
    return counts


@pytest.mark.parametrize("warm", [True, False])
def test_no_check_solution_or_later_input_is_in_a_worker(tiny: Lab, tmp_path: Path, warm: bool) -> None:
    of_checks, of_solution = f"of-checks-{secrets.token_hex()}", f"of-solution-{secrets.token_hex()}"
    solution = tiny.solution / "function_app.py"
    solution.write_text(f"{solution.read_text('utf-8')}\nMARKER = '{of_solution}'  # {of_solution}\n", "utf-8")
    later = [Inputs(random.Random(f"{SEED}:{id}")).word(30) for id in ("1.1", "1.2", "1.3")]
    with Sandbox(warm=warm) as sandbox:
        run_checks(tiny, tiny.solution, seed=SEED, sandbox=sandbox)  # the nursery has made a cell for it
        needles = [OWN, of_checks, of_solution, f"{SEED}:1.1", *later]
        counts = found_in_a_worker(tiny, sandbox, tmp_path, needles)
    assert counts[0] > 0 and counts[1:] == [0] * (len(needles) - 1)


def test_nothing_of_any_lab_is_in_a_worker(tiny: Lab, sandbox: Sandbox, tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    files = [*(root / "autograder" / "checks").glob("*.py"), *(root / "autograder").glob("camp.py")]
    solutions = [*(root / "solutions").glob("*/*.py"), *(root / "solutions").glob("*/alternatives/*/*.py")]
    needles = [OWN, f"of-checks-{secrets.token_hex()}"]
    needles += [text for file in files for text in longest_texts(file)]
    given = LOOKING_APP + "".join(file.read_text("utf-8") for file in (root / "labs").glob("*/*.py"))
    needles += [line for file in solutions for line in longest_lines(file) if line not in given]
    counts = found_in_a_worker(tiny, sandbox, tmp_path, needles)
    there = [text for text, count in zip(needles, counts, strict=True) if count]
    assert len(needles) > 50 and there == [OWN]
