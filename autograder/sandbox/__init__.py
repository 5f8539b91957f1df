"""The sandbox: where the code of strangers runs. `Sandbox` is what a grader holds; a cloud gets a cell."""

from autograder.sandbox.cell import Cell
from autograder.sandbox.limits import SandboxLimits
from autograder.sandbox.sandbox import Sandbox
from localcloud.bubblewrap import SandboxUnavailable

__all__ = ["Cell", "Sandbox", "SandboxLimits", "SandboxUnavailable"]
