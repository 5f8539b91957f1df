"""Where a run of the engine begins: `python start.py <socket descriptor>`."""

import importlib.util
import sys
from pathlib import Path


def main() -> None:
    spec = importlib.util.spec_from_file_location("camp_engine", Path(__file__).with_name("engine.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(int(sys.argv[1]))


if __name__ == "__main__":
    main()
