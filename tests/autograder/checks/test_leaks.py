from pathlib import Path

import pytest

from autograder.checks.leaks import PUBLISHED, leaks_in, secret_in

KEY = "ZG8Vb0qk3vJ1xkqPz0x9Yl2Hs7uWn4Tc5Rb6Me8Qd1Fg2Aj3Lo4Ki5Np6Us7Vt8Wx9Yz0Ab1Cd2Ef3Gh4Ij5Kl=="
CONNECTION = "AccountEndpoint=http://127.0.0.1:8081/;AccountKey={};"
HERE = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (f'key = "{KEY}"', "an account key"),
        (f'x = "{CONNECTION.format(KEY)}"', "an account key"),
        ('c = "Endpoint=sb://x/;SharedAccessKey=abcdefgh12345678ABCD="', "an account key"),
        (f'connect("{CONNECTION.format(PUBLISHED[0])}")', "an emulator's key"),
        ("TOKEN=xoxb-2024117733-5519-Qd1Fg2Aj3Lo4", "a Slack token"),
        ('SIGNING_SECRET = "8f742231b10e8888abcd99ad0c9d85a5"', "a secret"),
        ('  "slack_signing_secret": "8f742231b10e8888abcd99ad0c9d85a5",', "a secret"),
        ("db_password: 'horse-battery-staple-199201'", "a secret"),
    ],
)
def test_a_secret_is_found(line: str, what: str) -> None:
    found = secret_in(line)
    assert found and found[0] == what


@pytest.mark.parametrize(
    "line",
    [
        'key = os.environ["CosmosDbConnection"]',
        '"SLACK_BOT_TOKEN": "xoxb-from-your-slack-app",',
        '"SLACK_SIGNING_SECRET": "from-your-slack-app",',
        "azure-cosmos==4.9.0 --hash=sha256:" + "0123456789abcdef" * 4,
        "me = f\"<@{slack.auth_test()['user_id']}>\"",
        "partition_key=channel, parameters=parameters, enable_cross_partition_query=True",
        "the_key_is_here = something_that_is_quite_a_long_name_of_a_function(1)",
    ],
)
def test_what_is_no_secret_is_left_alone(line: str) -> None:
    assert secret_in(line) is None


def test_an_emulators_key_is_no_secret_in_the_settings_alone() -> None:
    for key in PUBLISHED:
        assert secret_in(f'"CosmosDbConnection": "{CONNECTION.format(key)}"', settings=True) is None
        assert secret_in(f'"CosmosDbConnection": "{CONNECTION.format(key)}"')
    assert secret_in(f'"CosmosDbConnection": "{CONNECTION.format(KEY)}"', settings=True)


def test_a_leak_is_named_with_its_place_and_not_told_again(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "db.py").write_text(f"import os\n\nKEY = {KEY!r}\n")
    (tmp_path / "picture.png").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "notes.ipynb").write_text(KEY)
    (tmp_path / "local.settings.json").write_text(f'{{"Values": {{"C": "{CONNECTION.format(PUBLISHED[0])}"}}}}')
    assert list(map(str, leaks_in(tmp_path))) == ["bot/db.py, line 3: an account key ZG8Vb0…l=="]


def test_no_starter_holds_a_secret() -> None:
    for lab in (HERE / "labs").iterdir():
        assert leaks_in(lab) == []


@pytest.mark.parametrize("line", ["key" * 300_000, "AccountKey" + " " * 900_000, "xoxb-" * 200_000, "A" * 1_000_000])
def test_no_line_takes_long(line: str) -> None:
    assert secret_in(line) is None
