"""`python -m localcloud.azurerm azurerm` (or `random`): a provider, started by the engine alone.

`python -m localcloud.azurerm attached FOLDER`: both, for the engines that attach to them (see `attached`).
"""

import os
import sys
from pathlib import Path

MAGIC, VALUE = "TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"


def main() -> None:
    if sys.argv[1:2] == ["attached"]:
        serve_attached(Path(sys.argv[2]))
        return
    if os.environ.get(MAGIC) != VALUE:
        sys.exit("This is a provider of OpenTofu and Terraform: they start it themselves.")
    from .plugin.serve import serve

    if sys.argv[1:] == ["random"]:
        from .random_values import Random

        serve(Random())
    else:
        from .provider import AzureRm

        serve(AzureRm())


def serve_attached(folder: Path) -> None:
    from .plugin.attached import serve_all
    from .provider import AzureRm
    from .random_values import Random

    serve_all(folder, {"azurerm": AzureRm, "random": Random})


if __name__ == "__main__":
    main()
