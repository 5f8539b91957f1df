"""`python -m localcloud.azurerm azurerm` (or `random`): a provider, started by the engine alone."""

import os
import sys

MAGIC, VALUE = "TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"


def main() -> None:
    if os.environ.get(MAGIC) != VALUE:
        sys.exit("This is a provider of OpenTofu and Terraform: they start it themselves.")
    from .plugin.serve import serve

    if sys.argv[1:] == ["random"]:
        from .random_values import Random

        serve(Random())
    else:
        from .provider import AzureRm

        serve(AzureRm())


if __name__ == "__main__":
    main()
