"""`python -m localcloud.azure` runs the local Azure."""

from localcloud.azure.program import main

main()
