"""Resource Manager's resources: what infrastructure as code makes, changes, looks at and takes away.

`model.py` is where to begin. Clients speak to it in Resource Manager's words, in Python or over `server.py`; what
resources make in the local cloud goes through `effects.py`.
"""
