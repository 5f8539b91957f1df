"""A Cosmos DB account (NoSQL, gateway mode, one region) on this computer, with physical partitions and request units.

`emulator.Emulator` is the whole; `python -m localcloud.cosmos` runs it alone.
"""
