"""The pull-request part of every drill: a few histories, and every claim about them holds."""

from __future__ import annotations

import pytest

from tools.drills.book import STEPS
from tools.local.places import ROOT
from tools.proof.claims import Run, Step


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_claim_holds(step: Step) -> None:
    proof = step.prove(Run(lambda _: None, quick=True))

    assert [claim for claim in proof.claims if not claim.holds] == [], proof.notes
    assert proof.holds


def test_every_drill_has_its_section_in_the_runbook() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")

    assert [step.name for step in STEPS if f'id="drill-{step.name}"' not in runbook] == []
