"""`python -m autograder.cli` is the command `camp`."""

from autograder.cli import main

main()
