"""`camp func start`: the Functions host alone, a drop-in for Core Tools' `func start`."""

from pathlib import Path

import click

from autograder import project
from localcloud.loopback import is_free
from localcloud.messages import _

from . import ensure_parts

USUAL_PORT = 7071


@click.group(
    short_help=_("The Functions host alone, like Core Tools' func."),
    help=_("The Functions host alone, a drop-in for Azure Functions Core Tools."),
)
def func() -> None:
    pass


@func.command(
    help=_(
        "Run the app in a folder until Ctrl-C. Settings come from local.settings.json and the environment. "
        "Function keys are not checked, as with Core Tools, unless --enable-auth is given; it prints them."
    )
)
@click.option("--app", type=click.Path(path_type=Path), default=Path(), help=_("The app's folder; default: this one."))
@click.option("--port", "-p", type=click.IntRange(1, 65_535), help=_("The port; default: 7071."))
@click.option("--enable-auth", "--enableAuth", is_flag=True, help=_("Check function keys, as Azure does."))
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Where keys and timers are kept; default: a folder of the app's own in .camp/func."),
)
@click.option(
    "--scale-to-zero",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help=_("End the workers after so long without a call; the next call is a cold start."),
)
def start(app: Path, port: int | None, enable_auth: bool, state_dir: Path | None, scale_to_zero: float | None) -> None:
    from localcloud.functions.host_id import host_id
    from localcloud.functions.program import Options, run
    from localcloud.functions.settings import SettingsError, read_local_settings

    if not (app / "host.json").is_file() and not (app / "function_app.py").is_file():
        raise click.UsageError(
            _("{folder} holds no app: there is neither host.json nor function_app.py.").format(folder=app.absolute())
        )
    ensure_parts()
    try:
        wanted = port or read_local_settings(app / "local.settings.json").port or USUAL_PORT
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    if port and not is_free(port):
        raise click.UsageError(
            _("Port {port} is unavailable. Close the process using that port, or choose another by --port.").format(
                port=port
            )
        )
    run(
        Options(
            app.absolute(),
            wanted,
            project.apps_python(),
            enforce_keys=enable_auth,
            state_dir=(state_dir or project.state() / "func" / host_id(app.absolute(), {})).absolute(),
            idle_timeout=scale_to_zero,
            core_tools=True,
        )
    )
