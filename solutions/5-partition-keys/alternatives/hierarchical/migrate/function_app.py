"""The move in a blueprint."""

import sys
from pathlib import Path

import azure.functions as func

sys.path.append(str(Path(__file__).resolve().parent.parent))
from moving import moving

app = func.FunctionApp()
app.register_functions(moving)
