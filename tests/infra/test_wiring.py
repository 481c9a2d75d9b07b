"""The stage gives each function what its wiring asks for: the real wiring, run on the template."""

from __future__ import annotations

import importlib
import os

import pytest

from infra.catalogue import GRANTS
from tests.infra.templates import ROOT, Synthesized


@pytest.mark.parametrize("function", sorted(GRANTS))
def test_wiring_finds_every_variable(
    local: Synthesized, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (ROOT / "functions" / function / "wiring.py").exists():
        pytest.skip(f"functions/{function} has no wiring.py")
    for name in [name for name in os.environ if name.startswith(("TABLE_", "QUEUE_", "PSP_"))]:
        monkeypatch.delenv(name)
    given = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    for name, value in {**given, **local.environment(function)}.items():
        monkeypatch.setenv(name, local.target(value))
    wiring = importlib.import_module(f"functions.{function}.wiring")

    # Past the cache, or another test's environment would answer.
    built = wiring.deps.__wrapped__()

    assert built
