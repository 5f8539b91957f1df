"""Settings for the tests: made up, for a test never needs a real token."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ.update(
    {
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "SLACK_BOT_TOKEN": "made-up",
        "SLACK_SIGNING_SECRET": "made-up",
        "SLACK_OUTGOING_TOKEN": "made-up",
    }
)
