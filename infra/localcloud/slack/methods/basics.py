"""`api.test`, `auth.test`, `bots.info`, `team.info`."""

from typing import Any

from ..call import Call, SlackError
from ..model import TEAM_DOMAIN, TEAM_ID, TEAM_NAME


def test(call: Call) -> dict[str, Any]:
    arguments = {name: value for name, value in call.arguments.items() if name != "token"}
    if error := call.text("error"):
        raise SlackError(error, args=arguments)
    return {"args": arguments}


def auth_test(call: Call) -> dict[str, Any]:
    return {
        "url": f"{call.workspace.url}/",
        "team": TEAM_NAME,
        "team_id": TEAM_ID,
        "user": call.bot.name,
        "user_id": call.bot.id,
        "bot_id": call.app.bot_id,
        "is_enterprise_install": False,
    }


def bots_info(call: Call) -> dict[str, Any]:
    wanted = call.text("bot") or call.app.bot_id
    app = next((one for one in call.workspace.apps.values() if one.bot_id == wanted), None)
    if app is None:
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": app.bot_id, "app_id": app.id, "user_id": app.bot_user_id, "name": app.name, "deleted": False
        }
    }  # fmt: skip


def team_info(_call: Call) -> dict[str, Any]:
    return {"team": {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN}}
