"""Where a worker process begins: `python start.py <socket descriptor>`.

The worker's own modules are loaded as the package `camp_worker`, by path, so that an app finds none of them on
`sys.path` and may call its modules as it likes.
"""

import importlib
import importlib.util
import sys
from pathlib import Path

NAME = "camp_worker"


def main() -> None:
    folder = Path(__file__).parent
    del sys.path[0]
    spec = importlib.util.spec_from_file_location(
        NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec and spec.loader
    package = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)
    importlib.import_module(f"{NAME}.serve").main(int(sys.argv[1]))


if __name__ == "__main__":
    main()
