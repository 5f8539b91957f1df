"""The machine that workflows run on: the programs on its PATH, its Python, packages, actions, caches and artifacts.

`runner.Runner` lays it out once. `programs/` is what jobs run in the Python of the extra `runner`; `stores` are the
folders of caches and artifacts.
"""

from .runner import Runner, RunnerIncomplete, findings
from .stores import ArtifactStore, CacheStore

__all__ = ["ArtifactStore", "CacheStore", "Runner", "RunnerIncomplete", "findings"]
