"""What reaches into packages of others: one module each, with the reason and the version that it was written for.

`tests/localcloud/test_workarounds.py` shows for each that the package still needs it. After an upgrade of the package
that test says whether the module is needless now; if it is not, `VERSION` gets the new number.
"""
