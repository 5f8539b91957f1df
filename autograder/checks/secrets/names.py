"""Secrets that are known by the name they are given to: `DB_PASSWORD = "..."`.

A password is secret whatever it is; the value of a `..._secret` or an `api_key` when it is long; of any other key or
token when it is long and looks random. Names of settings, paths and placeholders are no secrets.
"""

import re

from autograder.checks.secrets.forms import LEAST_DIGITS
from localcloud.messages import _

LEAST_PASSWORD, LEAST_WORDS, LEAST_RANDOM = 6, 20, 20
LONGEST_NAME, LONGEST_VALUE = 80, 400


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
PASSWORDS = words("password passwords passwd pwd passphrase")
SECRETS = words("secret secrets credential credentials apikey apikeys clientsecret signingsecret")
KEYS = words("key keys token tokens")
SECRET_KEYS = words(  # before "key" or "token": what makes it one that opens something
    "api access account private signing signature shared encryption hmac bot auth app slack bearer refresh admin "
    "master storage cosmos verification outgoing function host"
)
OPEN_KEYS = words(  # before "key" or "token": what makes it one that opens nothing
    "partition primary sort foreign cache idempotency row hash deduplication dedup range public next continuation "
    "event message page skip lookup dict group order correlation object blob"
)
ABOUT = words(  # last in a name: it is something about the secret, not the secret
    "name names id ids url urls uri endpoint host header headers field fields label path paths file filename folder "
    "setting settings variable var param parameter type kind prefix suffix pattern regex algorithm hash hashes digest "
    "sha sha1 sha256 sha512 md5 etag fingerprint thumbprint version length size count limit error errors message text "
    "hint help prompt title description scope scopes column property index format encoding env missing invalid "
    "required expires expiry age ttl policy schema"
)
TESTS = words("test tests fake dummy mock example sample placeholder")
PLACEHOLDER = re.compile(
    r"(?i)^$|your|from[-_ ]|change|replace|placeholder|example|dummy|fake|sample|todo|insert|goes[-_ ]here|[-_ ]here\b"
    r"|^x{3,}|\.\.\.|…|\*{3,}|[<>{}$%]|^(?:none|null|true|false|undefined|unset|missing|empty|default|test|testing)$"
)
SETTING = re.compile(r"[A-Z][A-Z0-9]{0,20}(?:_[A-Z0-9]{1,20}){1,9}")
RANDOM = re.compile(r"[A-Za-z0-9+/_\-=.~!@#^&*]+")
UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ADDRESS = re.compile(r"(?i)[a-z][a-z0-9+.-]{1,20}://|[/.~]|@Microsoft\.KeyVault")


def secret_by_name(name: str, value: str) -> tuple[str, str] | None:
    """What kind of secret the value of this name is, and the value; None for none."""
    parts = [word.lower() for word in WORD.findall(name[-LONGEST_NAME:]) if not word.isdigit()]
    if not parts or len(value) > LONGEST_VALUE or parts[-1] in ABOUT or TESTS.intersection(parts):
        return None
    if not _may_be_secret(value):
        return None
    if PASSWORDS.intersection(parts):
        return (_("a password"), value) if _is_password(value) else None
    if SECRETS.intersection(parts) or _is_secret_key(parts):
        return (_("a secret"), value) if _is_random(value) or _is_long_words(value) else None
    if parts[-1] in KEYS and not OPEN_KEYS.intersection(parts):
        return (_("a secret"), value) if _is_random(value) and not UUID.fullmatch(value) else None
    return None


def _may_be_secret(value: str) -> bool:
    if PLACEHOLDER.search(value) or ADDRESS.match(value):
        return False
    return not (SETTING.fullmatch(value) and _digits(value) < LEAST_DIGITS)


def _is_secret_key(parts: list[str]) -> bool:
    return parts[-1] in KEYS and not OPEN_KEYS.intersection(parts) and not SECRET_KEYS.isdisjoint(parts[:-1])


def _is_password(value: str) -> bool:
    """Anything of some length that is not the word password itself, nor a sentence about one."""
    about = PASSWORDS.intersection(word.lower() for word in WORD.findall(value))
    return len(value) >= LEAST_PASSWORD and not (about and (" " in value or not _digits(value)))


def _is_random(value: str) -> bool:
    return len(value) >= LEAST_RANDOM and bool(RANDOM.fullmatch(value)) and _digits(value) >= LEAST_DIGITS


def _is_long_words(value: str) -> bool:
    """Words without spaces that do not say themselves what they are: `slack-signing-secret` is a name."""
    named = {word.lower() for word in WORD.findall(value)} & (PASSWORDS | SECRETS | KEYS)
    return len(value) >= LEAST_WORDS and bool(RANDOM.fullmatch(value)) and not named


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)
