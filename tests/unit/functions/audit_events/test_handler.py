import json
from typing import Any

import pytest
from pydantic import ValidationError

from countinghouse.audit_routing import SEEN_BY_THE_RELAY
from countinghouse.domain.errors import Conflict
from countinghouse.domain.finding import Finding
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.messages import Published
from countinghouse.routing import BookDamaged, FindingReported, WalletMoved, route
from countinghouse_aws.messaging.bus import envelope
from functions.audit_events import handler
from functions.audit_events.wiring import Deps
from tests.builders import NOW
from tests.fakes.audit import FakeFindingBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import FakeContext

DAMAGE = BookDamaged("a1b2", "a journal was removed", ("EUR",))
BENT = WalletMoved(Wallet(WalletAddress("seller:s1", "JPY"), {"rounding": 5}, sequence=4))


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> FakeFindingBook:
    book = FakeFindingBook()
    monkeypatch.setattr(handler, "deps", lambda: Deps(book, FakeClock()))
    return book


def event(change: BookDamaged | WalletMoved) -> dict[str, Any]:
    """What EventBridge delivers of what the relay raises."""
    (output,) = route(change, NOW)
    assert isinstance(output, Published)
    shown: dict[str, Any] = json.loads(json.dumps(envelope(output, NOW)))
    return {"source": "countinghouse", "detail-type": output.name, "detail": shown}


def test_damage_becomes_a_finding_that_stops_its_currency(book: FakeFindingBook) -> None:
    answer = handler.lambda_handler(event(DAMAGE), FakeContext())

    (finding,) = book.rows.values()
    assert answer == {"finding_id": finding.finding_id}
    assert (finding.code, finding.detail) == ("book_damaged", "a journal was removed")
    assert book.stopped("EUR") == (finding.finding_id,)
    assert book.stopped("JPY") == ()


def test_an_event_that_comes_twice_is_one_finding(book: FakeFindingBook) -> None:
    for _ in range(2):
        handler.lambda_handler(event(DAMAGE), FakeContext())

    assert len(book.rows) == 1


def test_damage_in_an_unknown_currency_stops_all(book: FakeFindingBook) -> None:
    handler.lambda_handler(event(BookDamaged("a1", "x")), FakeContext())

    assert book.stopped("EUR")
    assert book.stopped("JPY")


def test_a_wallet_is_the_same_finding_as_the_audits_own(book: FakeFindingBook) -> None:
    from countinghouse.domain.trial_balance import unbalanced

    handler.lambda_handler(event(BENT), FakeContext())
    handler.lambda_handler(event(BENT), FakeContext())

    assert list(book.rows) == [unbalanced(BENT.wallet, NOW).finding_id]
    assert book.stopped("JPY")


def test_what_it_records_is_raised_no_second_time(book: FakeFindingBook) -> None:
    handler.lambda_handler(event(DAMAGE), FakeContext())

    (recorded,) = book.rows.values()
    assert route(FindingReported(recorded), NOW) == []


def test_what_an_audit_recorded_is_none_of_its_business(book: FakeFindingBook) -> None:
    found = Finding("total:EUR:5", "trial_balance", "EUR sums to 5", NOW, ("EUR",))
    (raised,) = route(FindingReported(found), NOW)
    assert isinstance(raised, Published)
    assert raised.data["code"] not in SEEN_BY_THE_RELAY

    with pytest.raises(ValidationError):
        handler.lambda_handler({"detail": envelope(raised, NOW)}, FakeContext())
    assert book.rows == {}


@pytest.mark.parametrize("code", SEEN_BY_THE_RELAY)
def test_it_takes_every_code_that_the_relay_raises(book: FakeFindingBook, code: str) -> None:
    sent = event(DAMAGE)
    sent["detail"]["data"]["code"] = code

    handler.lambda_handler(sent, FakeContext())

    assert [finding.code for finding in book.rows.values()] == [code]


def test_what_could_not_be_written_comes_again(
    book: FakeFindingBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: Finding) -> bool:
        raise Conflict("others kept writing the same stops")

    monkeypatch.setattr(book, "report", busy)

    with pytest.raises(Conflict):
        handler.lambda_handler(event(DAMAGE), FakeContext())
