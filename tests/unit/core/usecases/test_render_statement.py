import pytest

from countinghouse.billing_views import View
from countinghouse.domain.errors import NotFound
from countinghouse.usecases.render_statement import render_statement
from tests.fakes.billing import FakeDocumentStore

KEY = "statements/s1/2026-11/EUR/statement"


def drawn(view: View) -> bytes:
    return f"PDF of {view['month']}".encode()


def test_the_pdf_is_made_of_what_is_stored_and_stored_beside_it() -> None:
    documents = FakeDocumentStore()
    documents.write(f"{KEY}.json", b'{"month":"2026-11"}\n', "application/json")

    key = render_statement("s1", "2026-11", "EUR", documents, drawn)

    assert key == f"{KEY}.pdf"
    assert documents.read(key) == b"PDF of 2026-11"
    assert documents.media_types[key] == "application/pdf"


def test_what_is_not_stored_is_not_rendered() -> None:
    documents = FakeDocumentStore()

    with pytest.raises(NotFound):
        render_statement("s1", "2026-11", "EUR", documents, drawn)
    assert documents.versions == {}
