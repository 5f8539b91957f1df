"""`python -m localcloud.cosmos` runs the emulator."""

from localcloud.cosmos.service import main

main()
