from countinghouse.domain.close import Closes
from countinghouse.domain.instants import start_of_day
from countinghouse.usecases.read_close import read_close
from tests.fakes.billing import FakeCloseBook, FakeDocumentStore

MONTH = "2026-11"
CLOSED = Closes().closing(MONTH, start_of_day("2026-12-03"))


def test_an_open_month_is_open() -> None:
    view = read_close(MONTH, FakeCloseBook(), FakeDocumentStore())

    assert view == {"month": MONTH, "status": "open"}


def test_a_month_is_closing_until_pack_and_report_are_stored() -> None:
    documents = FakeDocumentStore()
    documents.write("closes/2026-11/pack.json", b'{"month":"2026-11"}\n', "application/json")
    view = read_close(MONTH, FakeCloseBook(CLOSED), documents)
    assert (view["status"], view["closed_at"]) == ("closing", "2026-12-03T00:00:00.000Z")

    documents.write("closes/2026-11/report.json", b'{"unbilled":[]}\n', "application/json")
    view = read_close(MONTH, FakeCloseBook(CLOSED), documents)

    assert view["status"] == "closed"
    assert (view["pack"], view["report"]) == ({"month": MONTH}, {"unbilled": []})
