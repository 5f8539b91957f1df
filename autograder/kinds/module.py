"""Python whose functions are called with JSON: code in the notebook's answer cells (see `autograder/answers`)."""

from autograder.kinds import Kind


class Module(Kind):
    name = "module"


KIND = Module()
