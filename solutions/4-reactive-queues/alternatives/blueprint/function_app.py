"""The same bot in blueprints: one for what Slack asks, one for the jobs, one for the letters."""

import azure.functions as func
from bot.asked import asked
from bot.chat import chat
from bot.jobs import jobs
from bot.letters import letters

app = func.FunctionApp()
for blueprint in (chat, asked, jobs, letters):
    app.register_functions(blueprint)
