"""The shape of a program: what of it may change, and what must not be taken for a copy."""

import ast
from pathlib import Path

import pytest

from autograder.grading.fingerprint import MOST_BYTES, Fingerprint, Unreadable, fingerprint
from autograder.grading.similarity import THRESHOLD, groups, jaccard, matches, pairs
from autograder.lab import find_lab
from autograder.mutants import mutated

HERE = Path(__file__).parents[3]
SOLUTION = (HERE / "solutions/1-slack-bot/function_app.py").read_text("utf-8")
PARTS = ast.parse(SOLUTION)


def of(text: str) -> Fingerprint:
    return fingerprint({"function_app.py": text.encode()})


def of_folder(folder: Path) -> Fingerprint:
    return fingerprint({path.name: path.read_bytes() for path in folder.rglob("*.py") if path.parent == folder})


class Renamed(ast.NodeTransformer):
    """Gives every function, parameter and variable another name, and every text another one."""

    def __init__(self, tree: ast.AST) -> None:
        given = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.arg, ast.Name)))
        self.names = {node.name if isinstance(node, ast.FunctionDef) else getattr(node, "arg", None) or node.id
                      for node in given}  # fmt: skip

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = f"x_{node.name}"
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = f"x_{node.arg}"
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = f"x_{node.id}"
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        node.arg = f"x_{node.arg}" if node.arg else None
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(node.value + "!") if isinstance(node.value, str) else node


def test_names_texts_and_comments_do_not_count() -> None:
    tree = ast.parse(SOLUTION)
    renamed = ast.unparse(Renamed(tree).visit(tree))  # which drops the comments too
    assert "x_greet" in renamed and "#" not in renamed
    assert jaccard(of(SOLUTION).hashes, of(renamed).hashes) == 1.0


def test_layout_docstrings_and_annotations_do_not_count() -> None:
    one = 'def f(a: int, b: str = "x") -> str:\n    """Doc."""\n    c: int = a + len(b)  # why\n    return b * c\n'
    other = "def f(a,\n      b='x'):\n\n  c = a + len(\n    b)\n  'text'\n  return b*c\n"
    assert of(one).hashes and of(one).hashes == of(other).hashes


def test_the_order_of_functions_and_of_files_does_not_count() -> None:
    turned = ast.unparse(ast.Module(list(reversed(PARTS.body)), []))
    assert of(turned).hashes == of(SOLUTION).hashes
    functions = [node for node in PARTS.body if isinstance(node, ast.FunctionDef)]
    rest = ast.unparse(ast.Module([node for node in PARTS.body if node not in functions], []))
    files = {"function_app.py": rest, "bot/greeting.py": "\n\n".join(ast.unparse(node) for node in functions)}
    assert fingerprint({name: text.encode() for name, text in files.items()}).hashes == of(SOLUTION).hashes


def test_methods_that_a_program_names_itself_may_have_other_names() -> None:
    text = (
        "class Bot:\n    def {name}(self, who):\n        self.{field} = who\n        return self.{name}(who + 1, 2)\n"
    )
    one, other = of(text.format(name="greet", field="last")), of(text.format(name="hello", field="seen"))
    assert one.hashes and one.hashes == other.hashes
    assert (
        of("def f(x):\n    return x.upper(1, 2, 3)\n").hashes != of("def f(x):\n    return x.lower(1, 2, 3)\n").hashes
    )


def test_what_the_starter_gave_does_not_count() -> None:
    starter = of_folder(HERE / "labs/1-slack-bot")
    assert starter.without(starter.hashes).units == ()
    left = of(SOLUTION).without(starter.hashes)
    assert "answer" not in {unit.name for unit in left.units} and left.hashes


def test_independent_solutions_are_not_alike_and_a_changed_copy_is() -> None:
    lab = find_lab("1")
    starter = of_folder(lab.starter).hashes
    alternatives = {one.name: of_folder(lab.solution / "alternatives" / one.name) for one in lab.alternatives}
    with mutated(lab, "verifies-after-replying") as app:
        apps = {"solution": of_folder(lab.solution), "copy": of_folder(app), **alternatives}
    found = pairs({name: one.without(starter) for name, one in apps.items()}, 0.3)
    assert [(pair.one, pair.other) for pair in found] == [("copy", "solution")]
    assert found[0].score >= THRESHOLD
    [first, *_others] = matches(apps["copy"], apps["solution"])
    assert first.one.name == first.other.name and first.one.text.startswith("@app.route(")


def test_a_copy_with_more_around_it_is_found() -> None:
    extra = "".join(f"def f{n}(a):\n    return [a + {n} for b in a.x{n}(1, 2) if b.y{n}(a)]\n" for n in range(40))
    [pair] = pairs({"one": of(SOLUTION), "other": of(SOLUTION + extra)})
    assert pair.score < THRESHOLD and pair.contained == 1.0


def test_groups_are_connected() -> None:
    prints = {name: of(SOLUTION) for name in "abc"} | {"d": of("x = 1\n")}
    assert groups(pairs(prints)) == [["a", "b", "c"]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"def f(:\n", "line 1"),
        (b"x = " + b"(" * 5000 + b")" * 5000, "nested|paren"),
        (b"x = " + b"-" * 50_000 + b"1", "nested|memory|complex"),
        (b"x = 1" + b" + 1" * 5000, "nested too deep"),
        (b"#" * (MOST_BYTES + 1), "longer than"),
        (b"\xff\xfe\x00x", "."),
        (b"x = [" + b"1," * 250_000 + b"]", "too long"),
    ],
)
def test_what_cannot_be_read_has_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        fingerprint({"function_app.py": content})


def test_one_file_that_cannot_be_read_leaves_the_others() -> None:
    found = fingerprint({"a.py": b"def f(:", "b.py": SOLUTION.encode()})
    assert found.hashes == of(SOLUTION).hashes and found.left_out[0].startswith("a.py: line 1")
