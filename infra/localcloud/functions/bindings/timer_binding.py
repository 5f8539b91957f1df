"""The timer trigger, plugged into the host."""

from datetime import tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ..loading.settings import SettingsError, setting
from ..worker.values import Value
from .schedule import schedule_of
from .timer import Clock, Firing, StatusFile, TimerListener

if TYPE_CHECKING:
    from ..loading.index import FunctionInfo
    from .binding_host import BindingHost


def listen(host: "BindingHost", function: "FunctionInfo") -> TimerListener:
    """The listener of a timer; ScheduleError when its schedule is none."""
    trigger = function.trigger

    async def fire(firing: Firing) -> None:
        await host.invoke(
            function,
            {trigger["name"]: Value("json", firing.payload)},
            {},
            reason=firing.reason,
            details=firing.details,
        )

    monitored = trigger.get("useMonitor", True) and host.state_dir is not None
    return TimerListener(
        function.name,
        schedule_of(str(trigger["schedule"]), _zone(host)),
        fire,
        host.say,
        status=StatusFile(host.state_dir / "timers" / f"{function.name}.json")
        if monitored and host.state_dir
        else None,
        run_on_startup=bool(trigger.get("runOnStartup")),
        clock=Clock(host.time_scale),
    )


def _zone(host: "BindingHost") -> tzinfo | None:
    name = setting(host.settings, "WEBSITE_TIME_ZONE")
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise SettingsError(f"WEBSITE_TIME_ZONE '{name}' is not a time zone: {error}") from error
