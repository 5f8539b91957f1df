"""The same bot in blueprints, one file an endpoint."""

import azure.functions as func
from bot.events import events
from bot.outgoing import outgoing

app = func.FunctionApp()
app.register_functions(outgoing)
app.register_functions(events)
