from datetime import datetime, timezone
from typing import Any

import pytest

from localcloud.functions.bindings.cosmos_options import TriggerOptions, check_cosmos_options, trigger_options
from localcloud.functions.bindings.queue_options import HostConfigError

LEAST = {"connection": "C", "databaseName": "d", "containerName": "c"}


def options(**given: Any) -> TriggerOptions:
    return trigger_options({**LEAST, **given}, {})


def test_the_defaults_are_those_of_the_extension() -> None:
    found = options()
    assert (found.leases.path, found.leases.connection) == ("d/leases", "C")
    assert (found.poll_delay, found.acquire_every, found.renew_every, found.expire_after) == (5, 13, 17, 60)
    assert (found.most, found.start, found.prefix, found.make_leases) == (None, "Now", "", False)


def test_both_extensions_names_of_options_are_known() -> None:
    v4 = options(
        leaseConnection="L", leaseDatabaseName="e", leaseContainerName="l", createLeaseContainerIfNotExists=True,
        leasesContainerThroughput=400, leaseContainerPrefix="p", maxItemsPerInvocation=7, feedPollDelay=100,
    )  # fmt: skip
    v3 = trigger_options(
        {
            "connectionStringSetting": "C", "databaseName": "d", "collectionName": "c",
            "leaseConnectionStringSetting": "L", "leaseDatabaseName": "e", "leaseCollectionName": "l",
            "createLeaseCollectionIfNotExists": True, "leasesCollectionThroughput": 400, "leaseCollectionPrefix": "p",
            "maxItemsPerInvocation": 7, "feedPollDelay": 100,
        },
        {},
    )  # fmt: skip
    assert v3 == v4 and v4.leases.path == "e/l" and v4.poll_delay == 0.1 and v4.most == 7


def test_a_start_is_the_beginning_a_time_or_now() -> None:
    assert options(startFromBeginning=True).start == "Beginning"
    at = datetime(2021, 2, 16, 14, 19, 29, tzinfo=timezone.utc)
    assert (
        options(startFromTime="2021-02-16T14:19:29Z").start == at == options(startFromTime="2021-02-16T14:19:29").start
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"leaseContainerName": "c"}, "monitored container cannot be the same"),
        ({"startFromTime": "yesterday"}, "not in the correct format"),
        ({"startFromTime": "2021-02-16T14:19:29Z", "startFromBeginning": True}, "Only one of"),
        ({"feedPollDelay": -1}, "'feedPollDelay' must be greater than 0"),
        ({"maxItemsPerInvocation": "many"}, "'maxItemsPerInvocation' must be greater than 0"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        options(**given)


@pytest.mark.covers("host.json: extensions.cosmosDB: connectionMode and leaseOptions.leasePrefix are checked and used")
def test_host_json_gives_a_lease_prefix_and_is_checked() -> None:
    host_json = {"extensions": {"cosmosDB": {"connectionMode": "Gateway", "leaseOptions": {"leasePrefix": "mine"}}}}
    check_cosmos_options(host_json)
    assert trigger_options(LEAST, host_json).prefix == "mine"
    with pytest.raises(HostConfigError, match=r"extensions\.cosmosDB\.connectionMode is Pigeon"):
        check_cosmos_options({"extensions": {"cosmosDB": {"connectionMode": "Pigeon"}}})
