"""`python -m localcloud.aws` runs a person's handler."""

from localcloud.aws.program import main

main()
