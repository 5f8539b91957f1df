"""`python -m localcloud.portal` runs the pages."""

from localcloud.portal.program import main

main()
