"""A local `hashicorp/azurerm` (and `hashicorp/random`) for OpenTofu and Terraform: a client of `localcloud.resources`.

`tables/` says which resources there are and how each attribute is written in Resource Manager's bodies, `planning.py`
is what a provider decides, `plugin/` speaks Terraform's plugin protocol, `setup.py` makes an engine find all that. The
program runs with the Python of the extra `azurerm` and imports nothing else of `localcloud` but the rules of names: it
starts several times in every command.
"""
