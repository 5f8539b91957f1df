"""A kind of contract for import-linter: no module imports itself, by way of whichever others."""

from typing import Any

from importlinter import Contract, ContractCheck, fields, output


class NoCircles(Contract):
    type_name = "no_circles"

    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: Any, verbose: bool) -> Any:
        from importlinter.application import contract_utils

        removed = contract_utils.remove_ignored_imports_and_report(
            graph, self.ignore_imports, contract_utils.AlertLevel.ERROR
        )
        found = circles({one: graph.find_modules_directly_imported_by(one) for one in graph.modules})
        return ContractCheck(
            kept=not found, metadata={"circles": found}, ignored_import_count=removed.ignored_import_count
        )

    def render_broken_contract(self, check: Any) -> None:
        for circle in check.metadata["circles"]:
            output.print_error(" -> ".join([*circle, circle[0]]))


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """One shortest circle through each module that is in one, each circle once."""
    found: dict[frozenset[str], list[str]] = {}
    for start in sorted(imports):
        if circle := _shortest(imports, start):
            found.setdefault(frozenset(circle), circle)
    return list(found.values())


def _shortest(imports: dict[str, set[str]], start: str) -> list[str] | None:
    """The shortest way from the module back to itself, breadth first."""
    ways, seen = [[start]], set()
    while ways:
        longer = []
        for way in ways:
            for following in sorted(imports.get(way[-1], ())):
                if following == start:
                    return way
                if following not in seen:
                    seen.add(following)
                    longer.append([*way, following])
        ways = longer
    return None
