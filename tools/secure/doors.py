"""Every route by every role: what the API document says against handlers and templates."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from infra.routes import ROUTES
from tools.local.places import ROOT
from tools.proof.claims import Claim, Proof, Run

if TYPE_CHECKING:
    from tests.security.doors import Cell

MARKS = {True: "may", False: "403"}


def prove(run: Run) -> Proof:
    """Try every cell, compare the lists of routes, and read the authorizers from the templates."""
    from tests.security.doors import CALLERS, cells, document, inventory

    with silence():
        tried = list(cells())
    wrong = [one for one in tried if one.wrong]
    refused = sum(not one.may for one in tried)
    differences = inventory(document())
    open_ = {name: unlocked(name) for name in (("prod",) if run.quick else ("dev", "prod"))}
    return Proof(
        (
            Claim(
                "every cell of routes by callers is tried and is as the document says: who may is "
                "answered, who may not gets 403 and nothing is written",
                f"{len(tried) - len(wrong)} of {len(ROUTES) * len(CALLERS)} cells, "
                f"{refused} of them refusals",
                not wrong and len(tried) == len(ROUTES) * len(CALLERS),
            ),
            Claim(
                "document, infrastructure, handlers and matrix know the same routes",
                f"{len(ROUTES)} routes, {len(differences)} differences",
                not differences,
            ),
            Claim(
                "in the templates every route has the IAM authorizer, but the two that are open",
                "; ".join(f"{name}: {len(found)} others" for name, found in open_.items()),
                not any(open_.values()),
            ),
        ),
        "\n\n".join(filter(None, [_table(tried), _list(wrong, differences)])),
    )


@contextmanager
def silence() -> Iterator[None]:
    """Without the functions' logs."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def unlocked(stage_name: str) -> list[str]:
    """The routes of a synthesized stage whose authorizer is not as infra/routes.py says."""
    service = _synthesized(stage_name)
    wanted = {route.key: "AWS_IAM" if route.authorised else "NONE" for route in ROUTES}
    found = {
        one["Properties"]["RouteKey"]: one["Properties"].get("AuthorizationType", "NONE")
        for one in service["Resources"].values()
        if one["Type"] == "AWS::ApiGatewayV2::Route"
    }
    return sorted(key for key in wanted | found if wanted.get(key) != found.get(key))


def _synthesized(stage_name: str) -> dict[str, Any]:
    """The service stack's template, over code that takes no time to hash."""
    # Node 20 works but is past its end; jsii reads this when aws_cdk is first imported.
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    from aws_cdk import App, Environment

    from infra.app import build
    from infra.config import stage
    from infra.grants import GRANTS

    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    layers = [f"layer-{part}" for part in ("vendor", "pdf", "psp", "qr", "adapters", "core")]
    with TemporaryDirectory() as folder:
        assets, out = Path(folder) / "assets", Path(folder) / "out"
        for part in [*layers, *(f"fn-{name}" for name in GRANTS)]:
            (assets / part).mkdir(parents=True)
            (assets / part / "stub.py").write_text(f"NAME = {part!r}\n", encoding="utf-8")
        app = App(outdir=str(out), context=context, analytics_reporting=False)
        build(app, stage(stage_name), assets, Environment(region="eu-west-1"))
        app.synth()
        template = (out / "Service.template.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(template)
    return found


def _table(tried: list[Cell]) -> str:
    callers = list(dict.fromkeys(one.caller for one in tried))
    rows: dict[str, dict[str, str]] = {}
    for one in tried:
        shown = f"**{one.wrong}**" if one.wrong else MARKS[one.may]
        rows.setdefault(one.route.key, {})[one.caller] = shown
    lines = [
        f"| `{key}` | {' | '.join(found[caller] for caller in callers)} |"
        for key, found in rows.items()
    ]
    about = (
        "*nobody* signs and has no role. *unsigned* is refused by API Gateway, and once more by "
        "the function."
    )
    head = f"| route | {' | '.join(callers)} |\n|---|{'---|' * len(callers)}"
    return "\n".join([about, "", head, *lines])


def _list(wrong: list[Cell], differences: list[str]) -> str:
    cells = [f"- {one.route.key} as {one.caller}: {one.wrong}" for one in wrong]
    return "\n".join([*cells, *(f"- {one}" for one in differences)])
