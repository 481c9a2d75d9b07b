"""`countinghouse`, the developer's command line; `python -m tools.cli --help` lists it all."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tools.extras import add_extras
from tools.local.failure import LocalFailure

app = typer.Typer(
    name="countinghouse",
    help="Run the whole payment system on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console()
_COLOURS = {"ok": "green", "advice": "yellow", "broken": "red"}


@app.command()
def up() -> None:
    """Start the emulator and the sandbox PSP, deploy what changed, wait until the API answers."""
    from tools.local import system
    from tools.local.progress import Progress

    progress = Progress(console)
    found = system.up(progress)
    console.print(f"\nUp in {progress.seconds:.1f} s.", highlight=False)
    for title, value in (
        ("API", found.api_url),
        ("sandbox PSP", found.sandbox_psp_url),
        ("AWS", found.aws_endpoint_url),
    ):
        console.print(f"  {title:<12} {value}", highlight=False, soft_wrap=True)
    console.print("  everything   .local/endpoints.json    stop with: make down", highlight=False)


@app.command()
def down() -> None:
    """Stop what `up` started. The emulator keeps nothing: the next start has empty books."""
    from tools.local import system

    stopped = system.down()
    console.print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """Say what runs, where, and whether the API answers. Exit code 1 when it does not."""
    from tools.local import system
    from tools.local.processes import is_alive, recorded

    healthy = system.is_up()
    rows = [(one.name, one.pid, one.url, is_alive(one)) for one in recorded().values()]
    if as_json:
        names = ("name", "pid", "url", "running")
        typer.echo(
            json.dumps(
                {"healthy": healthy, "processes": [dict(zip(names, r, strict=True)) for r in rows]}
            )
        )
    else:
        for name, pid, url, alive in rows:
            state = "running" if alive else "stopped"
            console.print(f"{name:<14} {state:<8} pid {pid:<8} {url}", highlight=False)
        console.print("healthy" if healthy else "not up: start with make up")
    raise typer.Exit(0 if healthy else 1)


@app.command()
def logs(
    function: Annotated[str | None, typer.Argument(help="One function; all without it.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
    minutes: Annotated[int, typer.Option(help="How far back to begin.")] = 15,
) -> None:
    """Print what the functions wrote, oldest first."""
    from tools.local import cloud, endpoints, watching

    found = endpoints.read()
    chosen = watching.names_of(found, function)
    since_ms = int((time.time() - minutes * 60) * 1000)
    lines = (
        watching.follow(found, chosen, since_ms)
        if follow
        else watching.read(cloud.logs_client(found), chosen, since_ms)
    )
    for line in lines:
        at = datetime.fromtimestamp(line.at_ms / 1000, UTC)
        typer.echo(f"{at:%H:%M:%S}.{line.at_ms % 1000:03d} {line.function:<16} {line.text}")


@app.command()
def doctor() -> None:
    """Check this machine and the installed tools; exit code 1 when something has to be mended."""
    from tools.local.doctor import examine

    findings = examine()
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        colour = _COLOURS[finding.verdict]
        table.add_row(f"[{colour}]{finding.verdict}[/]", finding.subject, finding.detail)
    console.print(table)
    raise typer.Exit(1 if any(finding.verdict == "broken" for finding in findings) else 0)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(context: typer.Context) -> None:
    """Run a command with the system up; stop the system afterwards if it was not up before."""
    from tools.local import system
    from tools.local.progress import Progress

    if not context.args:
        raise LocalFailure("name the command to run: countinghouse run -- pytest tests/e2e")
    with system.running_system(Progress(console)):
        code = subprocess.run(context.args, check=False).returncode
    raise typer.Exit(code)


add_extras(app)


def main() -> None:
    """Entry point: a failure of the local environment is a message, not a stack trace."""
    try:
        app()
    except LocalFailure as failure:
        Console(stderr=True).print(
            f"countinghouse: {failure}", style="red", markup=False, highlight=False, soft_wrap=True
        )
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
