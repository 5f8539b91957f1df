"""The same bot in blueprints. Bindings write and read; the counter alone needs the SDK."""

import azure.functions as func
from bot.commands import commands
from bot.events import events
from bot.history import history
from bot.outgoing import outgoing

app = func.FunctionApp()
for blueprint in (outgoing, events, commands, history):
    app.register_functions(blueprint)
