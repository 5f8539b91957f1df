"""`python -m localcloud.github` runs the local GitHub."""

from localcloud.github.program import main

main()
