"""OWASP's API Security Top 10 (2023): each tried, with what got through."""

from __future__ import annotations

from tools.proof.claims import Claim, Proof, Run
from tools.secure.doors import silence


def prove(run: Run) -> Proof:
    """Try all ten: a claim a risk."""
    from tests.security.house import open_house
    from tests.security.laid_out import lay
    from tests.security.owasp import risks

    del run
    with silence(), open_house(lay) as house:
        found = risks(house)
    claims = tuple(
        Claim(
            f"{risk.name}: {risk.tried}",
            f"{risk.count} tries, {len(risk.through)} got through",
            risk.count > 0 and not risk.through,
        )
        for risk in found
    )
    through = [f"- {risk.name}: {one[:300]}" for risk in found for one in risk.through[:10]]
    return Proof(claims, "\n".join(through))
