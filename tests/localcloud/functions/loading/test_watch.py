from pathlib import Path

import pytest

from localcloud.functions.loading.hostjson import HostJson
from localcloud.functions.loading.watch import counts

CONFIG = HostJson(watch_files=("words.txt",), watch_directories=("shared",))


@pytest.mark.covers("Workers: reload for code, host.json, local.settings.json, watchFiles and watchDirectories alone")
@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("function_app.py", True),
        ("parts/deep/words.py", True),
        ("UPPER.PY", True),
        ("host.json", True),
        ("local.settings.json", True),
        ("Hello/function.json", True),
        ("words.txt", True),
        ("any/Words.TXT", True),
        ("shared/data.bin", True),
        ("shared/__pycache__/x.pyc", True),
        ("notes.txt", False),
        ("requirements.txt", False),
        ("state.json", False),
        ("app.db", False),
        ("native.so", False),
        ("deep/shared/data.bin", False),
        ("__pycache__/x.py", False),
        (".venv/lib/x.py", False),
    ],
)
def test_what_restarts_the_app_is_what_restarts_it_in_the_real_host(path: str, wanted: bool) -> None:
    assert counts(Path(path), CONFIG) is wanted
