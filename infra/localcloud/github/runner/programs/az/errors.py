"""What ends a command: the text goes to standard error after `ERROR: `."""


class CommandError(Exception):
    """A command failed; `code` is the exit code."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code
