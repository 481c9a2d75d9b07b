from countinghouse.domain.proposal import PROPOSAL_TTL, approve, cancel
from countinghouse.proposal_views import proposal_view
from tests.builders import NOW
from tests.unit.core.domain.test_proposal import ADA, LINUS, WAITING

DECIDED = {"approved_by", "cancelled_by", "ledger_id"}


def test_what_nobody_has_decided_says_who_proposed_it_and_until_when_it_waits() -> None:
    view = proposal_view(WAITING, NOW)

    assert (view["status"], view["requested_by"]) == ("awaiting_approval", ADA)
    assert view["expires_at"] == "2026-11-25T11:06:40.000Z"
    assert not DECIDED & view.keys()
    assert proposal_view(WAITING, NOW + PROPOSAL_TTL)["status"] == "expired"


def test_what_is_decided_says_by_whom_and_no_more() -> None:
    booked = approve(WAITING, LINUS, NOW)
    shown, called_off = proposal_view(booked, NOW), proposal_view(cancel(WAITING, ADA, NOW), NOW)

    assert (shown["approved_by"], shown["ledger_id"]) == (LINUS, booked.ledger_id)
    assert called_off["cancelled_by"] == ADA
    assert DECIDED & shown.keys() == {"approved_by", "ledger_id"}
    assert DECIDED & called_off.keys() == {"cancelled_by"}
