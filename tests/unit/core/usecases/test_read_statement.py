import json

import pytest

from countinghouse.domain.errors import (
    IllegalTransition,
    Invalid,
    NotFound,
    Rejected,
    Unavailable,
)
from countinghouse.usecases import read_statement as module
from countinghouse.usecases.bill_seller import Billing, bill_seller
from countinghouse.usecases.read_statement import Format, Shelf, Wanted, read_statement
from tests.fakes.billing import FakeBillRegister, FakeCloseBook, FakeDocumentStore
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.months import Story, moved

SEPT = "2026-09"


class Library:
    """A story, its bills, and whoever reads them."""

    def __init__(self) -> None:
        self.story = Story()
        self.register = FakeBillRegister()
        self.documents = FakeDocumentStore()
        self.story.capture("o1")
        self.story.release("o1")

    def in_yen(self) -> None:
        legs = {"psp_receivable:sandbox": 50, "seller_pending:s1": -50}
        self.story.tell(moved("capture", "y1", legs, self.story.now, self.story.now, "JPY"))

    def close_and_bill(self, *, pdf: bool = True) -> None:
        self.story.go_to("2026-10-03").close(SEPT)
        ledger, closes = self.story.ledger, FakeCloseBook(self.story.closes)
        clock = FakeClock(self.story.now)
        billing = Billing(
            ledger, ledger, closes, self.register, self.documents, clock, "P", 0, FakeOrderBook()
        )
        for code in bill_seller("s1", SEPT, billing):
            if pdf:
                key = f"statements/s1/{SEPT}/{code}/statement.pdf"
                self.documents.write(key, f"%PDF {code}".encode(), "application/pdf")

    def read(self, format: str = "json", currency: str | None = None, **more: str) -> bytes:
        wanted = Wanted("s1", SEPT, Format(format), currency)
        ledger, closes = self.story.ledger, FakeCloseBook(self.story.closes)
        shelf = Shelf(closes, self.register, self.documents, ledger, ledger)
        return read_statement(wanted, shelf)


@pytest.fixture
def library() -> Library:
    return Library()


def stored(library: Library, suffix: str, code: str = "EUR") -> bytes:
    return library.documents.read(f"statements/s1/{SEPT}/{code}/statement.{suffix}") or b""


def test_an_open_month_is_shown_as_it_stands_and_says_so(library: Library) -> None:
    shown = json.loads(library.read())

    assert (shown["status"], shown["seller_id"], shown["month"]) == ("preliminary", "s1", SEPT)
    (statement,) = shown["statements"]
    assert (statement["status"], statement["documents"]) == ("preliminary", [])
    assert statement["closing"]["available"] == 881
    assert b"preliminary" in library.read("csv")
    assert library.documents.versions == {}


def test_a_closed_month_is_the_stored_bytes(library: Library) -> None:
    library.close_and_bill()
    library.story.capture("later")

    assert stored(library, "json").rstrip(b"\n") in library.read()
    assert library.read("csv") == stored(library, "csv")
    assert library.read("pdf") == b"%PDF EUR"
    assert json.loads(library.read())["status"] == "closed"
    assert library.read() == library.read()


def test_several_currencies_are_shown_together_or_one_alone(library: Library) -> None:
    library.in_yen()
    library.close_and_bill()

    both = json.loads(library.read())["statements"]
    assert [statement["currency"] for statement in both] == ["EUR", "JPY"]
    assert library.read("csv").count(b"\r\nopening") == 2
    assert library.read("csv").count(b"record,") == 1
    (yen,) = json.loads(library.read(currency="JPY"))["statements"]
    assert yen["currency"] == "JPY"
    assert library.read("csv", "JPY") == stored(library, "csv", "JPY")
    assert library.read("pdf", "JPY") == b"%PDF JPY"


def test_one_pdf_is_of_one_currency(library: Library) -> None:
    library.in_yen()
    library.close_and_bill()

    with pytest.raises(Invalid, match="EUR, JPY") as refused:
        library.read("pdf")
    assert refused.value.field == "currency"


def test_an_open_month_has_no_pdf(library: Library) -> None:
    with pytest.raises(IllegalTransition) as refused:
        library.read("pdf")

    assert refused.value.code == "not_closed"


def test_a_month_that_is_closed_and_not_billed_is_still_preliminary(library: Library) -> None:
    library.story.go_to("2026-10-03").close(SEPT)

    assert json.loads(library.read())["status"] == "preliminary"
    with pytest.raises(IllegalTransition):
        library.read("pdf")


def test_what_is_billed_and_not_stored_yet_may_be_asked_for_again(library: Library) -> None:
    library.close_and_bill(pdf=False)

    with pytest.raises(Unavailable):
        library.read("pdf")


def test_a_currency_without_a_statement_has_none(library: Library) -> None:
    library.close_and_bill()

    assert json.loads(library.read(currency="USD"))["statements"] == []
    assert library.read("csv", "USD").count(b"\r\n") == 1
    with pytest.raises(NotFound):
        library.read("pdf", "USD")


def test_a_statement_that_would_take_too_long_is_refused(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "JOURNALS_MAX", 1)
    with pytest.raises(Rejected) as refused:
        library.read()
    assert refused.value.code == "statement_too_long"

    monkeypatch.undo()
    monkeypatch.setattr(module, "BYTES_MAX", 10)
    with pytest.raises(Rejected) as refused:
        library.read()
    assert refused.value.code == "statement_too_long"
