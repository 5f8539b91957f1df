"""`python -m localcloud.engine` runs the report engine."""

from localcloud.engine.program import main

main()
