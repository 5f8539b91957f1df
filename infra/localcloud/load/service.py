"""The load as a service of check runs: a town, and the budgets that a good partition key keeps to.

lab.toml: `[load] seeds = [...]` are the towns, `[load.budgets]` the limits. Under `camp up` nothing runs: `camp load`
and the notebook bring their own.
"""

from dataclasses import dataclass

from localcloud.cloud import CloudService, PreparationError, Run, Started, Table, unknown_keys

from .budgets import Budgets, seeds_of


@dataclass(frozen=True)
class Prepared:
    """The seeds of the towns, and the budgets."""

    seeds: tuple[int, ...]
    budgets: Budgets


class LoadService(CloudService):
    name = "load"
    title = "Load"

    def prepare(self, table: Table) -> Prepared:
        unknown_keys(table, ["seeds", "budgets"], self.name)
        try:
            return Prepared(seeds_of(table.get("seeds", [1])), Budgets.of(table.get("budgets", {})))
        except ValueError as error:
            raise PreparationError(str(error)) from error

    async def start(self, run: Run, prepared: Prepared) -> Started:
        from .town import Town
        from .view import Kept, Load

        town, kept = Town.of(run.rng.choice(prepared.seeds)), Kept()
        return Started(views={Load: lambda _notes: Load(town, prepared.budgets, kept)})


SERVICE = LoadService()
