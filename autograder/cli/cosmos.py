"""`camp cosmos start`: the Cosmos DB emulator alone."""

from pathlib import Path

import click

from autograder import project
from localcloud.loopback import is_free
from localcloud.messages import _

USUAL_PORT = 8081


@click.group(
    short_help=_("The Cosmos DB emulator alone."),
    help=_("The Cosmos DB emulator alone, for your own programs and tests."),
)
def cosmos() -> None:
    pass


@cosmos.command(
    help=_(
        "Run the emulator until Ctrl-C, with the key published for emulators. It prints its endpoint and connection "
        "string."
    )
)
@click.option(
    "--port", "-p", type=click.IntRange(1, 65_535), default=USUAL_PORT, show_default=True, help=_("The port.")
)
@click.option("--memory", is_flag=True, help=_("Keep everything in memory: it is gone at the end."))
@click.option("--relaxed", is_flag=True, help=_("Evaluate on the server what Azure leaves to clients, or refuses."))
@click.option("--https", is_flag=True, help=_("TLS, with a certificate of its own."))
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=_("The folder of the data; default: .camp/cosmos, which 'camp up' uses too."),
)
@click.option(
    "--container",
    "containers",
    multiple=True,
    metavar="DATABASE/CONTAINER=/KEY",
    help=_("Make this container if it is missing; may be given again. @4000 after it is its throughput in RU/s."),
)
def start(port: int, memory: bool, relaxed: bool, https: bool, data: Path | None, containers: tuple[str, ...]) -> None:
    from localcloud.cosmos.program import Options, named
    from localcloud.cosmos.program import start as run

    if memory and data:
        raise click.UsageError(_("--memory and --data exclude each other."))
    try:
        for one in containers:
            named(one)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if not is_free(port):
        raise click.UsageError(
            _("Port {port} is unavailable. Close the process using that port, or choose another by --port.").format(
                port=port
            )
        )
    folder = None if memory else (data or project.state() / "cosmos").absolute()
    run(Options(port, folder, relaxed, https, containers=containers, tell=True))
