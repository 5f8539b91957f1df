"""`python -m localcloud.cosmos` runs the emulator."""

from localcloud.cosmos.program import main

main()
