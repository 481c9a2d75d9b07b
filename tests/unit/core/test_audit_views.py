from dataclasses import replace

from countinghouse.audit_views import finding_view
from countinghouse.domain.finding import Finding
from tests.builders import NOW

FINDING = Finding("total:EUR:5", "trial_balance", "EUR sums to 5", NOW, ("EUR",))


def test_an_open_finding_names_nobody() -> None:
    assert finding_view(FINDING) == {
        "finding_id": FINDING.finding_id,
        "code": "trial_balance",
        "detail": "EUR sums to 5",
        "stops": ["EUR"],
        "status": "open",
        "found_at": "2026-11-18T11:06:40.000Z",
    }


def test_an_acknowledged_one_says_who_when_and_why() -> None:
    answered = replace(FINDING, acknowledged_by="ada", acknowledged_at=NOW + 1, reason="known")

    assert (
        finding_view(answered).items()
        >= {
            "status": "acknowledged",
            "acknowledged_by": "ada",
            "acknowledged_at": "2026-11-18T11:06:40.001Z",
            "reason": "known",
        }.items()
    )
