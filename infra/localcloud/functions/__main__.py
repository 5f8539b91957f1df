"""`python -m localcloud.functions` runs the host."""

from localcloud.functions.service import main

main()
