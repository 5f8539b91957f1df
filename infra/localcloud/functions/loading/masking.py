"""Which app settings are secrets, to be shown only when they are asked for."""

import re

_NAME = re.compile(
    r"token|secret|key|password|passwd|pwd|connection|credential|signature|webhook|\bsas\b|_sas(_|$)|auth",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"(account|sharedaccess|access)key=|sharedaccesssignature=|password=|[?&;]sig=|\bxox[a-z]-|-----BEGIN|"
    r"\b(ghp|gho|ghs|github_pat|sk|pk|AKIA)[_-]?[A-Za-z0-9]{16,}|"
    r"://[^/\s:@]+:[^/\s@]+@|^[A-Za-z0-9+/_-]{40,}={0,2}$",
    re.IGNORECASE,
)


def is_secret(name: str, value: str) -> bool:
    """Whether the name or the value of a setting looks like a secret's."""
    return bool(value) and bool(_NAME.search(name) or _VALUE.search(value))
