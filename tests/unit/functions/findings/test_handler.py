import io
from dataclasses import dataclass, field, replace

import pytest

from countinghouse.domain.finding import Finding
from functions.findings import handler
from functions.findings.wiring import Deps
from tests.builders import NOW
from tests.fakes.audit import FakeFindingBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import ACCOUNT, GRANTS, Edge, Response

LIST = "/v1/audit/findings"
ACKNOWLEDGE = "/v1/audit/findings/{finding_id}/acknowledge"
EUR = Finding("total:EUR:5", "trial_balance", "EUR sums to 5", NOW, ("EUR",))
ANY = Finding("unsound:row", "unsound", "journal a1: Invalid", NOW + 1)
WHY = {"reason": "known: ticket 12"}


@dataclass
class Desk:
    book: FakeFindingBook = field(default_factory=FakeFindingBook)
    clock: FakeClock = field(default_factory=FakeClock)
    edge: Edge = field(default_factory=lambda: Edge(handler, role="approver"))

    def deps(self) -> Deps:
        return Deps(self.book, self.clock, GRANTS)

    def acknowledge(self, finding_id: str = EUR.finding_id, body: object = WHY) -> Response:
        return self.edge.post(ACKNOWLEDGE, body, path={"finding_id": finding_id})


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    desk.book.report(EUR)
    desk.book.report(ANY)
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_findings_are_listed_newest_first(desk: Desk) -> None:
    answer = desk.edge.get(LIST, query={"limit": "1"})

    assert answer.body["data"] == [
        {
            "finding_id": ANY.finding_id,
            "code": "unsound",
            "detail": "journal a1: Invalid",
            "stops": ["*"],
            "status": "open",
            "found_at": "2026-11-18T11:06:40.001Z",
        }
    ]
    rest = desk.edge.get(LIST, query={"cursor": answer.body["next_cursor"]})
    assert [one["finding_id"] for one in rest.body["data"]] == [EUR.finding_id]
    assert rest.body["next_cursor"] is None


def test_an_approver_answers_for_a_finding_and_payouts_go_on(desk: Desk) -> None:
    answer = desk.acknowledge()

    assert answer.status == 200
    assert (answer.body["status"], answer.body["reason"]) == ("acknowledged", WHY["reason"])
    assert answer.body["acknowledged_by"] == f"{ACCOUNT}/approver"
    assert answer.body["acknowledged_at"] == "2026-11-18T11:06:40.000Z"
    assert desk.book.stopped("EUR") == (ANY.finding_id,)
    listed = desk.edge.get(LIST, query={}).body["data"]
    assert [one["status"] for one in listed] == ["open", "acknowledged"]


def test_a_repeat_is_the_same_answer(desk: Desk) -> None:
    first = desk.acknowledge()
    desk.clock.advance(5_000)

    assert desk.acknowledge().body == first.body


def test_what_somebody_else_answered_for_is_answered_for(desk: Desk) -> None:
    other = replace(EUR, acknowledged_by="other", acknowledged_at=NOW, reason="mine")
    desk.book.acknowledge(EUR, other)

    answer = desk.acknowledge()

    assert (answer.status, answer.code) == (409, "illegal_transition")


def test_there_is_no_such_finding(desk: Desk) -> None:
    assert desk.acknowledge("fnd_none").status == 404


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": 5}, {**WHY, "force": True}])
def test_a_reason_is_a_sentence(desk: Desk, body: object) -> None:
    assert desk.acknowledge(body=body).status == 422
    assert len(desk.book.stopped("EUR")) == 2


@pytest.mark.parametrize("role", ["checkout", "fulfilment", "finance", "support", "operator"])
def test_nobody_but_an_approver_lets_payouts_go_on(desk: Desk, role: str) -> None:
    desk.edge.role = role

    assert desk.acknowledge().status == 403
    assert len(desk.book.stopped("EUR")) == 2


@pytest.mark.parametrize(("role", "status"), [("support", 200), ("checkout", 403)])
def test_who_may_read_the_list(desk: Desk, role: str, status: int) -> None:
    assert desk.edge.get(LIST, query={}, role=role).status == status


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"cursor": "x"}, {"open": "1"}]
)
def test_a_list_that_makes_no_sense_is_refused(desk: Desk, query: dict[str, str]) -> None:
    assert desk.edge.get(LIST, query=query).status == 422


def test_who_answered_is_logged_and_the_reason_is_not(desk: Desk, logs: io.StringIO) -> None:
    desk.acknowledge()

    assert f"{ACCOUNT}/approver" in logs.getvalue()
    assert "ticket 12" not in logs.getvalue()
