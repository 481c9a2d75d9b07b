import io
from dataclasses import dataclass, field, replace

import pytest

from countinghouse.domain.ledger import TransactType
from countinghouse.domain.proposal import PROPOSAL_TTL, Proposal, propose
from functions.proposals import handler
from functions.proposals.wiring import Deps
from tests.builders import NOW
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import ACCOUNT, GRANTS, Edge, Response
from tests.fakes.proposals import FakeProposalBook
from tests.unit.core.domain.test_proposal import REQUEST

LIST = "/v1/ledger/proposals"
ONE = "/v1/ledger/proposals/{proposal_id}"
FINANCE = f"{ACCOUNT}/finance"
LARGE = propose(replace(REQUEST, actor=FINANCE), "scope", "body", NOW)
ID = {"proposal_id": LARGE.proposal_id}


@dataclass
class Desk:
    book: FakeProposalBook = field(default_factory=FakeProposalBook)
    clock: FakeClock = field(default_factory=FakeClock)
    edge: Edge = field(default_factory=lambda: Edge(handler, role="approver"))

    def deps(self) -> Deps:
        return Deps(self.book, self.book.ledger, self.clock, GRANTS)

    def lay(self, proposal: Proposal) -> None:
        self.book.rows[proposal.proposal_id] = proposal

    def decide(self, step: str, role: str = "approver") -> Response:
        return self.edge.post(f"{ONE}/{step}", path=ID, role=role)

    def shown(self) -> Response:
        return self.edge.get(ONE, path=ID)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    desk.lay(LARGE)
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_an_approver_books_it(desk: Desk) -> None:
    assert desk.shown().body["status"] == "awaiting_approval"

    answer = desk.decide("approve")

    assert (answer.status, answer.body["status"]) == (200, "booked")
    assert answer.body["requested_by"] == FINANCE
    assert answer.body["approved_by"] == f"{ACCOUNT}/approver"
    assert list(desk.book.ledger.linked) == [answer.body["ledger_id"]]
    assert desk.shown().body == answer.body


def test_a_repeat_is_the_same_answer(desk: Desk) -> None:
    first = desk.decide("approve")
    desk.clock.advance(5_000)

    assert desk.decide("approve").body == first.body
    assert len(desk.book.ledger.commits) == 1


def test_who_proposed_it_cannot_approve_it(desk: Desk) -> None:
    desk.lay(replace(LARGE, request=replace(REQUEST, actor=f"{ACCOUNT}/approver")))

    answer = desk.decide("approve")

    assert (answer.status, answer.code) == (403, "forbidden")
    assert desk.book.ledger.commits == []


@pytest.mark.parametrize("role", ["checkout", "fulfilment", "finance", "support", "operator"])
def test_nobody_but_an_approver_books_it(desk: Desk, role: str) -> None:
    # Proposed by somebody else than finance's own caller: the role alone stands in the way.
    desk.lay(replace(LARGE, request=REQUEST))

    assert desk.decide("approve", role).status == 403
    assert desk.book.ledger.commits == []


@pytest.mark.parametrize(
    ("role", "status"), [("finance", 200), ("approver", 200), ("support", 403), ("operator", 403)]
)
def test_finance_and_approvers_call_it_off(desk: Desk, role: str, status: int) -> None:
    answer = desk.decide("cancel", role)

    assert answer.status == status
    expected = "cancelled" if status == 200 else "awaiting_approval"
    assert desk.shown().body["status"] == expected
    assert desk.shown().body.get("cancelled_by") == (f"{ACCOUNT}/{role}" if status == 200 else None)


def test_what_is_decided_is_decided(desk: Desk) -> None:
    desk.decide("cancel")

    answer = desk.decide("approve")

    assert (answer.status, answer.code) == (409, "illegal_transition")
    assert desk.book.ledger.commits == []


def test_after_seven_days_it_has_expired(desk: Desk) -> None:
    desk.clock.advance(PROPOSAL_TTL)

    assert desk.shown().body["status"] == "expired"
    assert desk.decide("approve").code == "illegal_transition"
    assert desk.edge.get(LIST, query={}).body["data"] == []
    (listed,) = desk.edge.get(LIST, query={"status": "expired"}).body["data"]
    assert listed == desk.shown().body


def test_without_the_money_nothing_is_booked_and_it_goes_on_waiting(desk: Desk) -> None:
    request = replace(REQUEST, actor=FINANCE, transact_type=TransactType.DEBIT)
    desk.lay(replace(LARGE, request=request))

    answer = desk.decide("approve")

    assert (answer.status, answer.code) == (422, "insufficient_funds")
    assert desk.shown().body["status"] == "awaiting_approval"


def test_what_waits_is_listed_newest_first(desk: Desk) -> None:
    older = propose(REQUEST, "older", "body", NOW - 1)
    desk.lay(older)

    first = desk.edge.get(LIST, query={"limit": "1"}).body
    second = desk.edge.get(LIST, query={"limit": "1", "cursor": first["next_cursor"]}).body

    assert [one["proposal_id"] for one in first["data"]] == [LARGE.proposal_id]
    assert [one["proposal_id"] for one in second["data"]] == [older.proposal_id]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"cursor": "x"}, {"status": "open"}]
)
def test_a_list_that_makes_no_sense_is_refused(desk: Desk, query: dict[str, str]) -> None:
    assert desk.edge.get(LIST, query=query).status == 422


@pytest.mark.parametrize(("role", "status"), [("support", 200), ("checkout", 403)])
def test_who_may_read(desk: Desk, role: str, status: int) -> None:
    assert desk.edge.get(LIST, query={}, role=role).status == status
    assert desk.edge.get(ONE, path=ID, role=role).status == status


@pytest.mark.parametrize("step", ["approve", "cancel"])
def test_there_is_no_such_proposal(desk: Desk, step: str) -> None:
    nobodys = {"proposal_id": "adj_none"}

    assert desk.edge.get(ONE, path=nobodys).status == 404
    assert desk.edge.post(f"{ONE}/{step}", path=nobodys).status == 404


def test_who_approved_is_logged_and_the_reason_is_not(desk: Desk, logs: io.StringIO) -> None:
    desk.decide("approve")

    assert f"{ACCOUNT}/approver" in logs.getvalue()
    assert "goodwill" not in logs.getvalue()
