import pytest

from localcloud.functions.loading.masking import is_secret


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "x"),
        ("Signing_Secret", "x"),
        ("COSMOS_KEY", "x"),
        ("db_password", "x"),
        ("COSMOS_CONNECTION", "x"),
        ("AzureWebJobsStorage", "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=abc=;"),
        ("QUEUE", "https://a.queue.core.windows.net/q?sv=1&sig=abc"),
        ("DATABASE", "postgres://me:hidden@db/app"),
        ("BOT", "xoxb-1-2"),
        ("CERT", "-----BEGIN PRIVATE KEY-----"),
        ("OTHER", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="),
    ],
)
def test_secrets_are_masked(name: str, value: str) -> None:
    assert is_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FUNCTIONS_WORKER_RUNTIME", "python"),
        ("SLACK_API_URL", "http://127.0.0.1:7072/api/"),
        ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
        ("GREETING", "hello there"),
        ("SLACK_BOT_TOKEN", ""),
    ],
)
def test_plain_settings_are_shown(name: str, value: str) -> None:
    assert not is_secret(name, value)
