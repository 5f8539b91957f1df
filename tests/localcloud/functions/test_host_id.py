import re
from pathlib import Path

import pytest

from localcloud.functions.host_id import host_id


@pytest.mark.covers(
    "Settings and expressions: the host id is the same at every start; AzureFunctionsWebHost__hostid sets it"
)
def test_the_id_is_the_same_for_the_same_app_and_another_for_another() -> None:
    one = host_id(Path("/work/one é"), {})
    assert one == host_id(Path("/work/one é"), {}) != host_id(Path("/work/two"), {})
    assert re.fullmatch(r"[a-z0-9-]{1,32}", one)


@pytest.mark.parametrize(("given", "used"), [("My-Host", "my-host"), ("x" * 40, "x" * 32), ("-é-", "host")])
def test_a_setting_names_the_host(given: str, used: str) -> None:
    assert host_id(Path("/work"), {"AzureFunctionsWebHost__hostid": given}) == used
