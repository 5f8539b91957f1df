"""`.funcignore`: lines of .gitignore's form that say what is not deployed."""

import re
from pathlib import PurePosixPath


class Ignored:
    """Asks whether a path is left out: the last line that fits decides, and a folder takes along all that is in it."""

    def __init__(self, text: str) -> None:
        self._rules = [rule for line in text.splitlines() if (rule := _rule(line))]

    def __contains__(self, path: str) -> bool:
        """Of a file's path from the folder of .funcignore, with slashes."""
        parts = PurePosixPath(path).parts
        return any(
            self._decides("/".join(parts[:length]), is_folder=length < len(parts))
            for length in range(1, len(parts) + 1)
        )

    def _decides(self, path: str, is_folder: bool) -> bool:
        ignored = False
        for pattern, folders_only, keeps in self._rules:
            if (is_folder or not folders_only) and pattern.fullmatch(path):
                ignored = not keeps
        return ignored


def _rule(line: str) -> tuple[re.Pattern[str], bool, bool] | None:
    """The pattern of one line, whether it is for folders alone, and whether it begins with an exclamation mark."""
    text = re.sub(r"(?<!\\)\s+$", "", line)
    if not text or text.startswith("#"):
        return None
    keeps = text.startswith("!")
    text = text[1:] if keeps else text
    folders_only = text.endswith("/")
    text = text.rstrip("/")
    if not text:
        return None
    anchored = "/" in text
    try:
        pattern = re.compile(("" if anchored else "(?:.*/)?") + _expression(text.lstrip("/")), re.DOTALL)
    except re.error:  # such as [z-a], which fits nothing
        return None
    return pattern, folders_only, keeps


def _expression(text: str) -> str:
    """The regular expression of a glob: `*` and `?` within a name, `**` over any number of folders."""
    found, at = "", 0
    while at < len(text):
        if text.startswith("**/", at):
            found, at = found + "(?:.*/)?", at + 3
        elif text.startswith("**", at):
            found, at = found + ".*", at + 2
        elif text[at] == "[" and (end := text.find("]", at + 2)) > 0:
            inside = text[at + 1 : end].replace("\\", "\\\\")
            found, at = found + f"[{'^' + inside[1:] if inside[0] in '!^' else inside}]", end + 1
        elif text[at] == "\\" and at + 1 < len(text):
            found, at = found + re.escape(text[at + 1]), at + 2
        else:
            found, at = found + {"*": "[^/]*", "?": "[^/]"}.get(text[at], re.escape(text[at])), at + 1
    return found
