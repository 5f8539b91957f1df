"""How many examples the property tests try: a few in every run, many with `camp test --all`."""

import os

from hypothesis import settings

settings.register_profile("short", max_examples=40, deadline=None)
settings.register_profile("long", max_examples=500, deadline=None)
settings.load_profile("long" if int(os.environ.get("CAMP_SEEDS", "1")) > 1 else "short")
