"""`python -m localcloud.functions` runs the host."""

from localcloud.functions.program import main

main()
