"""The stage gives each function what its wiring asks for: the real wiring, run on the template."""

from __future__ import annotations

import importlib
import os

import pytest

from infra.grants import GRANTS
from tests.infra.templates import ROOT, Synthesized

WIRED = sorted(name for name in GRANTS if (ROOT / "functions" / name / "wiring.py").exists())


@pytest.mark.parametrize("function", WIRED)
def test_wiring_finds_every_variable(
    local: Synthesized, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [
        name for name in os.environ if name.startswith(("TABLE_", "QUEUE_", "PSP_", "STREAM_"))
    ]:
        monkeypatch.delenv(name)
    given = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    for name, value in {**given, **local.environment(function)}.items():
        monkeypatch.setenv(name, local.target(value))
    wiring = importlib.import_module(f"functions.{function}.wiring")

    # Past the cache, or another test's environment would answer.
    built = wiring.deps.__wrapped__()

    assert built
