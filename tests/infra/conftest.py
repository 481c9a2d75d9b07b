"""Synthesizes the stages once per session, over stub code: these tests are about infrastructure."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest

# Node 20 works but is past its end; jsii reads this when aws_cdk is first imported.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

from aws_cdk import App, Environment

from infra.app import build
from infra.config import stage
from tests.infra.stubs import lay_stubs
from tests.infra.templates import ROOT, Synthesized, read_assembly
from tools.secure.rule_packs import add_packs


@pytest.fixture(scope="session")
def stub_assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder shaped like a build, with nothing in it that takes time to hash."""
    root = tmp_path_factory.mktemp("assets")
    lay_stubs(root)
    return root


def _app(folder: Path) -> App:
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return App(outdir=str(folder), context=context, analytics_reporting=False)


@pytest.fixture(scope="session")
def local(stub_assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Return the laptop's templates."""
    folder = tmp_path_factory.mktemp("local")
    app = _app(folder)
    build(app, stage("local", "http://127.0.0.1:1"), stub_assets, Environment())
    app.synth()
    return read_assembly(folder)


@pytest.fixture(scope="session")
def large(stub_assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Return the templates of production at its largest scale."""
    folder = tmp_path_factory.mktemp("large")
    app = _app(folder)
    build(app, stage("prod", scale="10"), stub_assets, Environment(region="eu-west-1"))
    app.synth()
    return read_assembly(folder)


@pytest.fixture(scope="session")
def prod(stub_assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Return production's templates, and what cdk-nag says about them."""
    folder = tmp_path_factory.mktemp("prod")
    app = _app(folder)
    add_packs(app)
    build(app, stage("prod"), stub_assets, Environment(region="eu-west-1"))
    # A finding makes synth raise; the report is written first, and test_rules reads it.
    with contextlib.suppress(RuntimeError):
        app.synth()
    return read_assembly(folder)


@pytest.fixture(params=["local", "prod"])
def any_stage(request: pytest.FixtureRequest) -> Synthesized:
    """Return each stage in turn."""
    found: Synthesized = request.getfixturevalue(request.param)
    return found
