"""`python -m localcloud.portal` runs the workspace and its pages."""

from localcloud.portal.service import main

main()
