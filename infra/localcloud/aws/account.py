"""The account and the region of the local AWS, and how an unmodified boto3 finds it."""

REGION, ACCOUNT = "us-east-1", "123456789012"
ENDPOINT = "AWS_ENDPOINT_URL"


def settings(endpoint: str, region: str = REGION) -> dict[str, str]:
    """What an app needs in its environment. Nothing here checks keys or signatures."""
    return {
        ENDPOINT: endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


OWNED = tuple(settings(""))
