"""The templates of production, synthesized over stub code: permissions do not depend on it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from tools.local.places import ROOT
from tools.secure.granted import Templates, read_templates
from tools.secure.rule_packs import add_packs

PARTS = ("vendor", "pdf", "psp", "qr", "adapters", "core")


def production() -> Templates:
    """Synthesize the stage `prod` into a folder that goes again."""
    with synthesized() as folder:
        return read_templates(folder)


@contextmanager
def synthesized(*, packs: bool = False) -> Iterator[Path]:
    """The folder of production's templates; under the rule packs, with their report in it."""
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    from aws_cdk import App, Environment

    from infra.app import build
    from infra.config import stage

    with tempfile.TemporaryDirectory() as made:
        assets, folder = Path(made, "assets"), Path(made, "cdk.out")
        _lay_stubs(assets)
        context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
        app = App(outdir=str(folder), context=context, analytics_reporting=False)
        if packs:
            add_packs(app)
        build(app, stage("prod"), assets, Environment(region="eu-west-1"))
        # A finding makes it raise; the report of it is written before.
        with suppress(RuntimeError) if packs else nullcontext():
            app.synth()
        yield folder


def _lay_stubs(assets: Path) -> None:
    from infra.grants import GRANTS

    for part in [*(f"layer-{one}" for one in PARTS), *(f"fn-{one}" for one in GRANTS)]:
        (assets / part).mkdir(parents=True)
        (assets / part / "stub.py").write_text(f"NAME = {part!r}\n", encoding="utf-8")
