from pathlib import Path

import pytest

from localcloud.functions.loading.settings import SettingsError
from localcloud.functions.loading.switches import Switches
from localcloud.functions.loading.validation import is_disabled


def test_a_switch_is_kept_beside_the_keys(tmp_path: Path) -> None:
    Switches(tmp_path / "new").put("report", True)
    settings = Switches(tmp_path / "new").over({"GREETING": "hello"})
    assert settings == {"GREETING": "hello", "AzureWebJobs.report.Disabled": "true"}


@pytest.mark.parametrize("name", ["AzureWebJobs.report.Disabled", "azurewebjobs_report_disabled"])
def test_a_switch_counts_more_than_the_apps_own_setting(name: str) -> None:
    switches = Switches(None)
    assert is_disabled("report", switches.over({name: "1"}))
    switches.put("report", False)
    assert not is_disabled("report", switches.over({name: "1"}))


def test_settings_stay_as_they_are_without_a_switch() -> None:
    settings = {"A": "b"}
    assert Switches(None).over(settings) is settings


@pytest.mark.parametrize("text", ["{", "[]", '{"report": "yes"}'])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "switches.json").write_text(text)
    with pytest.raises(SettingsError, match=r"switches\.json"):
        Switches(tmp_path).over({})
