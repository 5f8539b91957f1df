"""From an event to finished runs: which workflows it starts, what is refused, and each job by act in a sandbox.

`runs.Runs` listens to the forge and holds all runs; `play` plays one run, `jobs` performs one job in its `jail`.
`workflow`, `triggers`, `expressions`, `patterns`, `matrix` and `masking` are plain functions of what they are given.
"""

from .jail import Limits
from .model import Annotation, JobRun, Outside, Run, StepRun
from .runs import Runs

__all__ = ["Annotation", "JobRun", "Limits", "Outside", "Run", "Runs", "StepRun"]
