"""The sandbox: where the code of strangers runs. `Sandbox` is what a grader holds; a cloud gets a cell."""

from autograder.sandbox.bubble import SandboxUnavailable
from autograder.sandbox.cell import Cell
from autograder.sandbox.limits import SandboxLimits
from autograder.sandbox.sandbox import Sandbox

__all__ = ["Cell", "Sandbox", "SandboxLimits", "SandboxUnavailable"]
