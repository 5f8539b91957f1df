"""`camp func start`: the Functions host alone, a drop-in for Core Tools' `func start`."""

from pathlib import Path
from typing import Any

import click

from autograder import project
from localcloud.loopback import is_free
from localcloud.messages import _

from . import ensure_parts

USUAL_PORT = 7071
LEVELS = ("Trace", "Debug", "Information", "Warning", "Error", "Critical", "None")
UNREAD_FLAGS = (
    "--useHttps",
    "--no-build",
    "--dotnet-isolated-debug",
    "--enable-json-output",
    "--pause-on-error",  # of version 1.x
    "--verbose",
)
UNREAD_OPTIONS = ("--address", "--cert", "--json-output-file", "--language-worker", "--password", "--runtime")
LOOPBACK = ("127.0.0.1", "localhost")


@click.group(
    short_help=_("The Functions host alone, like Core Tools' func."),
    help=_("The Functions host alone, a drop-in for Azure Functions Core Tools."),
)
def func() -> None:
    pass


def options_of_core_tools(command: Any) -> Any:
    """Takes the options of `func start` that mean nothing here, for one line that names them."""
    for name in UNREAD_FLAGS:
        command = click.option(name, name.strip("-").replace("-", "_"), is_flag=True, hidden=True)(command)
    for name in UNREAD_OPTIONS:
        command = click.option(name, name.strip("-").replace("-", "_"), hidden=True)(command)
    return click.option("--timeout", "-t", "timeout", type=int, hidden=True)(command)


@func.command(
    help=_(
        "Run the app in a folder until Ctrl-C. Settings come from local.settings.json and the environment. "
        "Function keys are not checked, as with Core Tools, unless --enable-auth is given; it prints them."
    )
)
@click.argument("more", nargs=-1, metavar="")
@click.option(
    "--app",
    "--script-root",
    "app",
    type=click.Path(path_type=Path),
    default=Path(),
    help=_("The app's folder; default: this one."),
)
@click.option("--port", "-p", type=click.IntRange(1, 65_535), help=_("The port; default: 7071."))
@click.option("--enable-auth", "--enableAuth", is_flag=True, help=_("Check function keys, as Azure does."))
@click.option("--functions", multiple=True, metavar="NAME...", help=_("Load these functions alone."))
@click.option("--cors", default="", metavar="ORIGINS", help=_("Origins that may call, separated by commas; * for all."))
@click.option("--cors-credentials", is_flag=True, help=_("Let other origins send cookies and Authorization."))
@click.option(
    "--user-log-level",
    type=click.Choice(LEVELS, case_sensitive=False),
    help=_("The lowest level of the functions' own log lines that are shown."),
)
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
@options_of_core_tools
def start(
    more: tuple[str, ...],
    app: Path,
    port: int | None,
    enable_auth: bool,
    functions: tuple[str, ...],
    cors: str,
    cors_credentials: bool,
    user_log_level: str | None,
    state_dir: Path | None,
    scale_to_zero: float | None,
    **unread: Any,
) -> None:
    from localcloud.functions.host_id import host_id
    from localcloud.functions.loading.settings import SettingsError, check_origins, read_local_settings, split_origins
    from localcloud.functions.program import Options, run

    if more and not functions:
        raise click.UsageError(_("Got unexpected arguments: {more}.").format(more=" ".join(more)))
    if not (app / "host.json").is_file() and not (app / "function_app.py").is_file():
        raise click.UsageError(
            _("{folder} holds no app: there is neither host.json nor function_app.py.").format(folder=app.absolute())
        )
    ensure_parts()
    origins = tuple(split_origins(cors))
    try:
        check_origins(origins, cors_credentials)
        wanted = port or read_local_settings(app / "local.settings.json").port or USUAL_PORT
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    if port and not is_free(port):
        raise click.UsageError(
            _("Port {port} is unavailable. Close the process using that port, or choose another by --port.").format(
                port=port
            )
        )
    if names := without_effect(unread):
        click.echo(_("Without an effect here: {names}.").format(names=", ".join(names)), err=True)
    run(
        Options(
            app.absolute(),
            wanted,
            project.apps_python(),
            enforce_keys=enable_auth,
            state_dir=(state_dir or project.state() / "func" / host_id(app.absolute(), {})).absolute(),
            idle_timeout=scale_to_zero,
            core_tools=True,
            cors=origins,
            cors_credentials=cors_credentials,
            settings={
                f"AzureFunctionsJobHost__functions__{place}": name for place, name in enumerate((*functions, *more))
            },
            user_log_level=user_log_level,
        )
    )


def without_effect(given: dict[str, Any]) -> list[str]:
    """The options that were given and mean nothing here; the host binds loopback alone."""
    if given["address"] in LOOPBACK:
        given = {**given, "address": None}
    names = {name.strip("-").replace("-", "_"): name for name in (*UNREAD_FLAGS, *UNREAD_OPTIONS, "--timeout")}
    return [written for name, written in names.items() if given[name]]
