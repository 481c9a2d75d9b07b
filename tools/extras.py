"""Commands that other modules of `tools` bring along. To add one, add a line to `EXTRAS`.

A module named here has a `typer.Typer` called `app`. It is imported only when its command is
called, so that `--help` and `up` stay quick.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

import typer


@dataclass(frozen=True)
class Extra:
    """A command of another module: its name, where it lives, its line in `--help`."""

    name: str
    module: str
    summary: str


EXTRAS = (
    Extra("demo", "tools.demo", "Tell a payment's story from checkout to a zero trial balance."),
    Extra("replay", "tools.replay", "Play recorded traffic against the running system."),
    Extra("payouts", "tools.payout_run", "Pay many sellers out in a monthly run, and prove it."),
    Extra("query", "tools.athena", "Run SQL over the lake of the running system."),
    Extra("ledger", "tools.ledger_verify", "Count the books again from S3 alone."),
    Extra("lake-refill", "tools.lake_refill", "Put rows into the lake that a stream lost."),
    Extra("restore", "tools.restore", "Find and mend what a backup cut in half."),
    Extra("redrive", "tools.redrive", "Send a dead-letter queue's messages back to work."),
    Extra("docs", "tools.docs_server", "Serve the API document with Swagger UI on this machine."),
    Extra("bench", "tools.bench", "Measure starts and warm paths, beside bare boto3."),
    Extra("bench-reconciliation", "tools.recon_bench", "Measure a day's match beside a bare join."),
)


def add_extras(app: typer.Typer) -> None:
    """Register a forwarding command for each; its own module parses the arguments."""
    for extra in EXTRAS:
        app.command(
            extra.name,
            help=extra.summary,
            add_help_option=False,
            context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
        )(_forwarder(extra))


def _forwarder(extra: Extra) -> Callable[[typer.Context], None]:
    def forward(context: typer.Context) -> None:
        try:
            module = importlib.import_module(extra.module)
        except ModuleNotFoundError as missing:
            if missing.name != extra.module:
                raise
            typer.echo(f"countinghouse: {extra.name} is not part of this checkout", err=True)
            raise typer.Exit(2) from None
        command = typer.main.get_command(module.app)
        code = command.main(
            args=context.args, prog_name=f"countinghouse {extra.name}", standalone_mode=False
        )
        raise typer.Exit(code if isinstance(code, int) else 0)

    return forward
