"""What the portal shows of resources: groups, what happened to them, and what differs from the last apply.

`history.py` records every change, and keeps what an apply left of each resource; `drift.py` compares that with what is
there now. `groups.py` and `details.py` make the views; `admin.py` serves them.
"""
