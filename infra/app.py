"""The CDK app: `python -m infra.app`; context: see docs/deploy.md."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import App, CliCredentialsStackSynthesizer, Environment, IReusableStackSynthesizer

from infra.config import stage
from infra.constructs.dashboards import Watch
from infra.stacks.data import DataStack
from infra.stacks.lake import LakeStack
from infra.stacks.service import ServiceStack
from infra.stage import Stage

ROOT = Path(__file__).resolve().parent.parent
# A template with a customer's key must name its region. Of the regions with the full throughput
# of FIFO queues this is the European one; the deployer's own region overrides it.
HOME_REGION = "eu-west-1"


@dataclass(frozen=True)
class Stacks:
    """The stage's three stacks."""

    data: DataStack
    lake: LakeStack
    service: ServiceStack


def build(app: App, chosen: Stage, assets: Path, env: Environment) -> Stacks:
    """Add the stage's stacks to the app.

    Raises:
        FileNotFoundError: when the code was not built for that stage.
    """
    if not (assets / "layer-vendor").is_dir():
        raise FileNotFoundError(
            f"no built code for stage {chosen.name}: run python -m infra.assets --{chosen.assets}"
        )
    data = DataStack(
        app,
        "Data",
        stage=chosen,
        stack_name=chosen.stack_name("data"),
        description=f"Countinghouse {chosen.name}: tables, documents, key, secret, alerts",
        termination_protection=chosen.keep_data,
        env=env,
        synthesizer=_synthesizer(chosen),
    )
    lake = LakeStack(
        app,
        "Lake",
        stage=chosen,
        data=data,
        assets=assets,
        stack_name=chosen.stack_name("lake"),
        description=f"Countinghouse {chosen.name}: the lake, Firehose into it, Athena over it",
        termination_protection=chosen.keep_data,
        env=env,
        synthesizer=_synthesizer(chosen),
    )
    service = ServiceStack(
        app,
        "Service",
        stage=chosen,
        data=data,
        lake=lake,
        assets=assets,
        stack_name=chosen.stack_name("service"),
        description=f"Countinghouse {chosen.name}: functions, queues, API, schedules, alarms",
        env=env,
        synthesizer=_synthesizer(chosen),
    )
    Watch(service, "Watch", stage=chosen, data=data, lake=lake)
    return Stacks(data, lake, service)


def _synthesizer(chosen: Stage) -> IReusableStackSynthesizer | None:
    """Return the caller's own credentials for the laptop: its emulator has no roles to assume."""
    return CliCredentialsStackSynthesizer() if chosen.name == "local" else None


def _context(app: App, key: str) -> str | None:
    value = app.node.try_get_context(key)
    return None if value is None else str(value)


def main() -> None:
    """Synthesize the stage the context names."""
    app = App(analytics_reporting=False)
    chosen = stage(
        _context(app, "stage") or "local",
        _context(app, "psp_url"),
        _context(app, "version"),
        _context(app, "psps"),
        _context(app, "scale"),
    )
    assets = Path(_context(app, "assets") or ROOT / ".build" / chosen.assets)
    account = os.environ.get("CDK_DEFAULT_ACCOUNT")
    region = os.environ.get("CDK_DEFAULT_REGION") or HOME_REGION
    build(app, chosen, assets, Environment(account=account, region=region))
    app.synth()


if __name__ == "__main__":
    main()
