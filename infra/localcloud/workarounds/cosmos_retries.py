"""azure-cosmos tries again by itself after a 429, and its public options take 0 retries for "as usual"."""

from azure.cosmos import documents
from azure.cosmos._retry_options import RetryOptions

PACKAGE, VERSION = "azure-cosmos", "4.17.1"


def policy_without_retries() -> documents.ConnectionPolicy:
    """The `connection_policy` of a client that shows every 429."""
    policy = documents.ConnectionPolicy()
    policy.RetryOptions = RetryOptions(0)
    return policy
