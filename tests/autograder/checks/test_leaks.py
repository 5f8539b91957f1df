import time
from pathlib import Path

import pytest

from autograder.checks.leaks import PUBLISHED, leaks_in, secrets_of

KEY = "ZG8Vb0qk3vJ1xkqPz0x9Yl2Hs7uWn4Tc5Rb6Me8Qd1Fg2Aj3Lo4Ki5Np6Us7Vt8Wx9Yz0Ab1Cd2Ef3Gh4Ij5Kl=="
CONNECTION = "AccountEndpoint=http://127.0.0.1:8081/;AccountKey={};"
HEX = "8f742231b10e8888abcd99ad0c9d85a5"
BOT = "xoxb-2024117733-5519-Qd1Fg2Aj3Lo4"
WORDS = "correct-horse-battery-staple"
PEM = "-----BEGIN RSA PRIVATE KEY-----"
BODY = "MIIEpAIBAAKCAQEA7bq3cJ0Yl8XbVhZ0m1k9Qq2r"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW1wIn0.c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4"
SAS = "https://camp.blob.core.windows.net/c?sv=2024-11-04&se=2027-01-01&sig=" + KEY[:43] + "%3D"
HERE = Path(__file__).parents[3]

SECRETS_IN_PYTHON = [
    f'key = "{KEY}"',
    f'x = "{CONNECTION.format(KEY)}"',
    'c = "Endpoint=sb://x/;SharedAccessKey=abcdefgh12345678ABCD="',
    f'connect("{CONNECTION.format(PUBLISHED[0])}")',
    f'slack = WebClient("{BOT}")',
    f'slack = WebClient("xoxb-" + "{BOT[5:]}")',
    f'slack = WebClient("".join(["xoxb-", "{BOT[5:]}"]))',
    f'post("https://hooks.slack.com/services/T024BE7LD/B024BE7LH/{HEX[:24]}")',
    f'SIGNING_SECRET = "{HEX}"',
    f'SIGNING_SECRET: str = "{HEX}"',
    f'SIGNING_SECRET = b"{HEX}"',
    f'SIGNING_SECRET = "{HEX}".encode()',
    f'SIGNING_SECRET = "{HEX[:16]}" "{HEX[16:]}"',
    f'SIGNING_SECRET = "{HEX[:16]}" + "{HEX[16:]}"',
    f'self.signing_secret = "{HEX}"',
    f'port, signing_secret = 80, "{HEX}"',
    f'os.getenv("SLACK_SIGNING_SECRET", "{HEX}")',
    f'os.getenv("SLACK_SIGNING_SECRET", default="{HEX}")',
    f'os.environ.get("SLACK_SIGNING_SECRET", "{HEX}")',
    f'os.environ.get("SLACK_SIGNING_SECRET") or "{HEX}"',
    f'os.environ.setdefault("SLACK_SIGNING_SECRET", "{HEX}")',
    f'os.environ["SLACK_SIGNING_SECRET"] = "{HEX}"',
    f'os.environ.update({{"SLACK_SIGNING_SECRET": "{HEX}"}})',
    f'os.environ.update(SLACK_SIGNING_SECRET="{HEX}")',
    f'os.putenv("SLACK_SIGNING_SECRET", "{HEX}")',
    f'x = os.environ["A"] if "A" in os.environ else "{BOT}"',
    f'secret = secret if secret else "{HEX}"',
    f'FALLBACK = "{HEX}"\nx = os.getenv("SLACK_SIGNING_SECRET", FALLBACK)',
    f'verifier = SignatureVerifier("{HEX}")',
    f'verifier = SignatureVerifier(signing_secret="{HEX}")',
    f'mac = hmac.new(b"{HEX}", body, "sha256")',
    f'def verify(body, signing_secret="{HEX}"): ...',
    f'def verify(body, *, signing_secret="{HEX}"): ...',
    f'verify = lambda body, signing_secret="{HEX}": body',
    f'if form["token"][0] == "{HEX}": ...',
    f'if "{HEX}" != req.form.get("token"): ...',
    f'hmac.compare_digest(form["token"][0].encode(), b"{HEX}")',
    f'if token in ("{HEX}", "other"): ...',
    f'match token:\n    case "{HEX}": ...',
    f'if (secret := "{HEX}"): ...',
    f'settings = {{"signing_secret": "{HEX}"}}',
    f'settings = dict(signing_secret="{HEX}")',
    f'TOKENS = ["{HEX}"]',
    f'API_KEY = f"{HEX}"',
    f'url = f"{SAS}{{extra}}"',
    f'SAS = "{SAS}"',
    f'DB_PASSWORD = "{WORDS}"',
    'connect(host, password="hunter2!")',
    f'client_secret = "{WORDS}"',
    'c = f"Server={host};User Id=camp;Password=Tr0ub4dor&3;"',
    f'KEY = """{PEM}\n{BODY}\n-----END RSA PRIVATE KEY-----"""',
    f'KEY = "{PEM}\\n{BODY}\\n"',
    'boto3.client("sqs", aws_access_key_id="AKIAQ3EGRW7XK2LMNP4T")',
    'boto3.client("sqs", aws_secret_access_key="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")',
    f'headers = {{"Authorization": "Bearer {JWT}"}}',
    f'# SIGNING_SECRET = "{HEX}"',
    f'"""The token is {BOT}."""',
    f'SIGNING_SECRET = "{HEX}"\ndef broken(:',
]
SECRETS_ELSEWHERE = [
    (".env", f"TOKEN={BOT}"),
    (".env", f"SLACK_SIGNING_SECRET={HEX}"),
    ("config.json", f'  "slack_signing_secret": "{HEX}",'),
    ("config.yml", "db_password: 'horse-battery-staple-199201'"),
    ("config.toml", f'api_key = "{HEX}"'),
    ("README.md", f"Use the key {KEY}"),
    ("id_rsa", f"{PEM}\n{BODY}\n"),
    ("local.settings.json", f'"CosmosDbConnection": "{CONNECTION.format(KEY)}"'),
    ("old/local.settings.json", f'"CosmosDbConnection": "{CONNECTION.format(PUBLISHED[0])}"'),
    ("tests/test_app.py", f'SLACK = WebClient("{BOT}")'),
]
FREE_IN_PYTHON = [
    'key = os.environ["CosmosDbConnection"]',
    'slack = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])',
    'TOKEN_SETTING = "SLACK_BOT_TOKEN"',
    'TOKEN = "SLACK_BOT_TOKEN"',
    'secret = os.getenv("SLACK_SIGNING_SECRET", "")',
    'secret = os.getenv("SLACK_SIGNING_SECRET", "from-your-slack-app")',
    'token = os.environ.get("SLACK_BOT_TOKEN") or "xoxb-your-token-goes-here"',
    'password = os.environ.get("DB_PASSWORD", "changeme")',
    'password = "<your password>"',
    'api_key = "YOUR_API_KEY_0123456789"',
    'if token == "SLACK_OUTGOING_TOKEN": ...',
    f'sha256 = "{HEX}{HEX}"',
    f'digest = "{HEX}"',
    f'PASSWORD_HASH = "{HEX}"',
    f'secret_sha256 = "{HEX}{HEX}"',
    f'etag = "{HEX}"',
    f'correlation_id = "{HEX}"',
    'id = "123e4567-e89b-12d3-a456-426614174000"',
    'token = "123e4567-e89b-12d3-a456-426614174000"',
    "NAMESPACE = uuid.UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8')",
    'api_key_id = "0123456789abcdef0123456789"',
    "me = f\"<@{slack.auth_test()['user_id']}>\"",
    "kept.query_items(sql, partition_key=channel, parameters=parameters, enable_cross_partition_query=True)",
    'partition_key = "C024BE91L-1712345678.000200"',
    'cache_key = "messages-2024-01-01-2024-12-31"',
    'continuation_token = "eyJvZmZzZXQiOjEwMjQ4NzY1NDMyMX0123"',
    'key = "channel"',
    'rows.sort(key="a_very_long_name_of_a_column")',
    "the_key_is_here = something_that_is_quite_a_long_name_of_a_function(1)",
    'token_url = "https://login.microsoftonline.com/0123456789/oauth2/v2.0/token"',
    'SECRET_NAME = "slack-signing-secret-of-2026"',
    'secret = client.get_secret("slack-signing-secret-of-2026")',
    'PASSWORD_ERROR = "The password is wrong, try it again."',
    'raise ValueError("token is missing: 0123456789abcdef0123")',
    'TEST_SIGNING_SECRET = "0123456789abcdef0123456789abcdef"',
    'connection = "UseDevelopmentStorage=true"',
    'if "-----BEGIN PRIVATE KEY-----" in text: ...',
    'AWS_EXAMPLE = "AKIAIOSFODNN7EXAMPLE"',
    'boto3.client("sqs", aws_access_key_id="test", aws_secret_access_key="test")',
    "password = f\"{os.environ['DB_PASSWORD']}\"",
    'connection = f"Server={host};Password={password};"',
    'url = f"{base}?sig={signature}"',
    'signature = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()',
    'HEADERS = ("X-Slack-Signature", "X-Slack-Request-Timestamp")',
    'KEYWORDS = ["0123456789abcdef0123", "monkey"]',
    'monkey = "0123456789abcdef0123456789"',
    f'hmac.new(secret, b"{HEX}", "sha256")',
    'if form.get("token", [""])[0] != os.environ["SLACK_OUTGOING_TOKEN"]: ...',
    'counters.read_item("breaker-2026-0123456789", partition_key="breaker-2026-0123456789")',
    'def signed(secret: str = "", key: bytes = b""): ...',
    "# The token is in SLACK_OUTGOING_TOKEN: compare it.",
    'token = payload["eyJhbGciOiJIUzI1NiJ9"]',
]
FREE_ELSEWHERE = [
    ("requirements.txt", "azure-cosmos==4.9.0 --hash=sha256:" + "0123456789abcdef" * 4),
    ("local.settings.json", '"SLACK_BOT_TOKEN": "xoxb-from-your-slack-app",'),
    ("local.settings.json", '"SLACK_SIGNING_SECRET": "from-your-slack-app",'),
    *(("local.settings.json", f'"C": "{CONNECTION.format(key)}"') for key in PUBLISHED),
    ("README.md", "The password: ask your teacher, or see the setting SLACK_BOT_TOKEN."),
    ("config.yml", "token: ${SLACK_BOT_TOKEN}"),
    ("config.yml", "password: @Microsoft.KeyVault(SecretUri=https://camp.vault.azure.net/secrets/db/0123456789)"),
    ("tests/test_app.py", f'SIGNING_SECRET = "{HEX}"'),
    ("test_app.py", f'monkeypatch.setenv("X", "y"); secret = "{HEX}"'),
]


@pytest.mark.parametrize("code", SECRETS_IN_PYTHON)
def test_a_secret_in_python_is_found(code: str) -> None:
    assert secrets_of("function_app.py", code.encode())


@pytest.mark.parametrize(("name", "text"), SECRETS_ELSEWHERE)
def test_a_secret_in_another_file_is_found(name: str, text: str) -> None:
    assert secrets_of(name, text.encode())


@pytest.mark.parametrize(("name", "text"), SECRETS_ELSEWHERE)
def test_a_secret_in_utf_16_is_found(name: str, text: str) -> None:
    assert secrets_of(name, text.encode("utf-16")) == secrets_of(name, text.encode())


@pytest.mark.parametrize("code", FREE_IN_PYTHON)
def test_what_only_looks_like_a_secret_in_python_is_free(code: str) -> None:
    assert secrets_of("function_app.py", code.encode()) == []


@pytest.mark.parametrize(("name", "text"), FREE_ELSEWHERE)
def test_what_only_looks_like_a_secret_in_another_file_is_free(name: str, text: str) -> None:
    assert secrets_of(name, text.encode()) == []


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (f'key = "{KEY}"', "an account key"),
        (f'c = "{CONNECTION.format(PUBLISHED[0])}"', "an emulator's key"),
        (f'slack = WebClient("{BOT}")', "a Slack token"),
        (f'os.getenv("SLACK_SIGNING_SECRET", "{HEX}")', "a secret"),
        (f'DB_PASSWORD = "{WORDS}"', "a password"),
        (f'x = "{SAS}"', "a shared access signature"),
        (f'x = "{PEM}\\n{BODY}\\n"', "a private key"),
        ('x = "AKIAQ3EGRW7XK2LMNP4T"', "an AWS key"),
        (f'x = "Bearer {JWT}"', "a web token"),
    ],
)
def test_the_kind_of_a_secret_is_said(code: str, what: str) -> None:
    assert [found[0] for _line, found in secrets_of("function_app.py", code.encode())] == [what]


def test_a_leak_is_named_with_its_place_and_not_told_again(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "db.py").write_text(f"import os\n\nKEY = {KEY!r}\n")
    (tmp_path / "picture.png").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "notes.ipynb").write_text(KEY)
    (tmp_path / "local.settings.json").write_text(f'{{"Values": {{"C": "{CONNECTION.format(PUBLISHED[0])}"}}}}')
    assert list(map(str, leaks_in(tmp_path))) == ["bot/db.py, line 3: an account key ZG8Vb0…l=="]


def test_the_apps_of_all_labs_hold_no_secret() -> None:
    """Starters, solutions and alternatives (which lie in a folder of the solution, each an app of its own)."""
    apps = [found.parent for root in ("labs", "solutions") for found in (HERE / root).rglob("host.json")]
    assert len(apps) > 10
    for app in apps:
        assert [leak for leak in leaks_in(app) if leak.file.parts[0] not in ("alternatives", "mutants")] == []


@pytest.mark.parametrize(
    "line",
    [
        "key" * 300_000,
        "AccountKey" + " " * 900_000,
        "xoxb-" * 200_000,
        "A" * 1_000_000,
        "eyJ" * 300_000,
        "eyJ." * 200_000,
        "xoxb-1-" * 150_000,
        "secret:" * 150_000,
        "awskey'" * 150_000,
        "-----BEGIN PRIVATE KEY-----" * 30_000,
        "https://hooks.slack.com/services/T" * 30_000,
    ],
)
@pytest.mark.parametrize("name", ["notes.txt", "app.py"])
def test_no_line_takes_long(line: str, name: str) -> None:
    began = time.process_time()
    secrets_of(name, line.encode())
    assert time.process_time() - began < 5


@pytest.mark.parametrize("code", ["x = " + "(" * 5000, "x = " + "'a' + " * 3000 + "'a'", "x = '\0'", "\udcff", "'\\d'"])
def test_code_that_is_hard_to_read_is_read_line_by_line(code: str) -> None:
    text = f'{code}\nSIGNING_SECRET = "{HEX}"\n'
    assert secrets_of("app.py", text.encode("utf-8", "surrogateescape"))
