"""Where the process of a Lambda function begins: `python start.py <socket descriptor> <the Functions worker's folder>`.

Its modules are loaded as packages by path, so that learner code finds none of them on `sys.path`.
"""

import importlib
import importlib.util
import sys
from pathlib import Path

NAME, WORKER = "camp_lambda", "camp_worker"


def package(name: str, folder: Path) -> None:
    """A package by its folder."""
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def main() -> None:
    descriptor, worker = int(sys.argv[1]), Path(sys.argv[2])
    del sys.path[0]
    package(WORKER, worker)
    package(NAME, Path(__file__).parent)
    frames = importlib.import_module(f"{WORKER}.frames")
    importlib.import_module(f"{NAME}.runtime").main(descriptor, frames)


if __name__ == "__main__":
    main()
