"""`python -m localcloud.resources` runs a local subscription."""

from localcloud.resources.program import main

main()
