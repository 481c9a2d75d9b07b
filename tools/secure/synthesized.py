"""The templates of production, synthesized over stub code: permissions do not depend on it."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from tools.local.places import ROOT
from tools.secure.granted import Templates, read_templates

PARTS = ("vendor", "pdf", "psp", "qr", "adapters", "core")


def production() -> Templates:
    """Synthesize the stage `prod` into a folder that goes again."""
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    from aws_cdk import App, Environment

    from infra.app import build
    from infra.config import stage
    from infra.grants import GRANTS

    with tempfile.TemporaryDirectory() as made:
        assets, folder = Path(made, "assets"), Path(made, "cdk.out")
        for part in [*(f"layer-{one}" for one in PARTS), *(f"fn-{one}" for one in GRANTS)]:
            (assets / part).mkdir(parents=True)
            (assets / part / "stub.py").write_text(f"NAME = {part!r}\n", encoding="utf-8")
        context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
        app = App(outdir=str(folder), context=context, analytics_reporting=False)
        build(app, stage("prod"), assets, Environment(region="eu-west-1"))
        app.synth()
        return read_templates(folder)
