"""Access keys of an app: who may call which function, and where the keys are kept."""

import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from localcloud.messages import _

from ..loading.settings import SettingsError

HEADER = "x-functions-key"
QUERY = "code"
KEY_BYTES = 40
MASTER = "_master"
HOST, SYSTEM = "host keys", "system keys"  # no function has such a name
SYSTEM_KEYS = ("eventgrid_extension", "blobs_extension")


class KeysError(SettingsError):
    """The file of keys cannot be read as one; the text names it and the mend."""


def new_key() -> str:
    """A key as hard to guess as Azure's."""
    return secrets.token_urlsafe(KEY_BYTES)


@dataclass(frozen=True)
class Keys:
    """`master` opens everything, `host` keys every function, `functions[name]` that function, `system[name]` that
    extension's webhook. Each {name: key}."""

    master: str
    host: dict[str, str]
    functions: dict[str, dict[str, str]]
    system: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, function_names: Iterable[str], key: Callable[[], str] = new_key) -> "Keys":
        """Fresh keys, one called `default` for the host and for each function."""
        return cls(
            key(),
            {"default": key()},
            {name: {"default": key()} for name in function_names},
            {name: key() for name in SYSTEM_KEYS},
        )

    def with_functions(self, function_names: Iterable[str], key: Callable[[], str] = new_key) -> "Keys":
        """These keys, and fresh ones for functions and webhooks that have none."""
        new = {name: {"default": key()} for name in function_names if name not in self.functions}
        system = {name: key() for name in SYSTEM_KEYS if name not in self.system}
        return Keys(self.master, self.host, {**self.functions, **new}, {**self.system, **system})

    def of(self, scope: str) -> dict[str, str] | None:
        """The keys of HOST, SYSTEM or a function, by name; None when there is no such function."""
        return self.host if scope == HOST else self.system if scope == SYSTEM else self.functions.get(scope)

    def with_key(self, scope: str, name: str, value: str) -> "Keys":
        """These keys, one of them set; the master key by its name in any scope of the host's."""
        if name == MASTER and scope in (HOST, SYSTEM):
            return replace(self, master=value)
        return self._with(scope, {**(self.of(scope) or {}), name: value})

    def without_key(self, scope: str, name: str) -> "Keys":
        """These keys but one."""
        return self._with(scope, {one: value for one, value in (self.of(scope) or {}).items() if one != name})

    def _with(self, scope: str, keys: dict[str, str]) -> "Keys":
        if scope == HOST:
            return replace(self, host=keys)
        return (
            replace(self, system=keys) if scope == SYSTEM else replace(self, functions={**self.functions, scope: keys})
        )

    def allows(self, level: str, function: str, given: str | None) -> bool:
        """Whether a caller with key `given` may call `function` of auth level `level` (ANONYMOUS, FUNCTION, ADMIN), or
        the webhook whose system key is called `function` (SYSTEM).

        Takes the same time for any wrong key.
        """
        level = level.upper()
        if level == "ANONYMOUS":
            return True
        if not given:
            return False
        right = [self.master]
        if level == "FUNCTION":
            right += [*self.host.values(), *self.functions.get(function, {}).values()]
        if level == "SYSTEM" and function in self.system:
            right.append(self.system[function])
        return any([_same(given, key) for key in right])  # a list: every key is compared

    def save(self, path: Path) -> None:
        """Writes the keys to `path`, whole or not at all, for the owner's eyes only."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(self), file, indent=2)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def load_keys(path: Path | None, function_names: Iterable[str], before: Keys | None = None) -> Keys:
    """The keys kept at `path`, with new ones for new functions; made and kept when there are none.

    Without a path those of `before` stay. KeysError when the file holds no keys.
    """
    names = list(function_names)
    if path is None:
        return before.with_functions(names) if before else Keys.make(names)
    kept = _read(path) if path.exists() else None
    keys = kept.with_functions(names) if kept else Keys.make(names)
    if keys != kept:
        keys.save(path)
    return keys


def given_key(headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """The key that a request carries: the header `x-functions-key`, else `?code=`; None without one."""
    header = headers.get(HEADER) or next((value for name, value in headers.items() if name.lower() == HEADER), None)
    return header or query.get(QUERY) or None


def _same(given: str, key: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), key.encode())


def _read(path: Path) -> Keys:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        functions = {str(name): _names(keys) for name, keys in data["functions"].items()}
        master = data["master"]
        if not isinstance(master, str) or not master:
            raise ValueError("master")
        return Keys(master, _names(data["host"]), functions, _names(data.get("system", {})))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysError(
            _("{file} does not hold the app's keys. Delete it: new keys are made at the next start.").format(
                file=path.name
            )
        ) from error


def _names(keys: Any) -> dict[str, str]:
    if not all(isinstance(key, str) and key for key in keys.values()):
        raise ValueError("keys")
    return dict(keys)
