"""Each workaround is still needed: where a test fails that says so, the workaround can go."""

from azure.cosmos import documents
from azure.cosmos.aio import CosmosClient

from localcloud.workarounds.cosmos_retries import policy_without_retries

KEY = "c2VjcmV0"


def retries(policy: documents.ConnectionPolicy, **options: int) -> int:
    """How often a client with these settings tries again after a 429; it connects to nothing."""
    CosmosClient("http://127.0.0.1:9/", KEY, connection_policy=policy, **options)
    return int(policy.RetryOptions.MaxRetryAttemptCount)


def test_public_options_cannot_switch_retries_off() -> None:
    found = retries(documents.ConnectionPolicy(), retry_throttle_total=0)
    assert found > 0, "retry_throttle_total=0 works: cosmos_retries.py is needless"
    assert retries(documents.ConnectionPolicy(), retry_throttle_total=3) == 3
    assert retries(policy_without_retries()) == 0
