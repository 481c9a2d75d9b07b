from typing import Any

import pytest
from pydantic import ValidationError

from countinghouse.domain.errors import NotFound
from functions.billing_pdf import handler
from functions.billing_pdf.wiring import Deps
from tests.fakes.billing import FakeDocumentStore
from tests.fakes.lambdas import FakeContext

TASK = {"step": "render", "month": "2026-11", "seller_id": "s1", "currencies": ["EUR", "JPY"]}
FOLDER = "statements/s1/2026-11"


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> FakeDocumentStore:
    documents = FakeDocumentStore()
    for code in ("EUR", "JPY"):
        stored = b'{"currency":"' + code.encode() + b'"}\n'
        documents.write(f"{FOLDER}/{code}/statement.json", stored, "application/json")
    deps = Deps(documents, lambda view: f"%PDF {view['currency']}".encode())
    monkeypatch.setattr(handler, "deps", lambda: deps)
    return documents


def test_every_currency_is_rendered(documents: FakeDocumentStore) -> None:
    answer = handler.lambda_handler(TASK, FakeContext())

    keys = [f"{FOLDER}/EUR/statement.pdf", f"{FOLDER}/JPY/statement.pdf"]
    assert answer == {"month": "2026-11", "seller_id": "s1", "keys": keys}
    assert [documents.read(key) for key in keys] == [b"%PDF EUR", b"%PDF JPY"]


def test_rendering_again_stores_the_same_bytes(documents: FakeDocumentStore) -> None:
    handler.lambda_handler(TASK, FakeContext())
    handler.lambda_handler(TASK, FakeContext())

    versions = documents.versions[f"{FOLDER}/EUR/statement.pdf"]
    assert len(versions) == 2
    assert len(set(versions)) == 1


def test_what_is_not_stored_is_an_error(documents: FakeDocumentStore) -> None:
    with pytest.raises(NotFound):
        handler.lambda_handler({**TASK, "currencies": ["USD"]}, FakeContext())


@pytest.mark.parametrize(
    "change", [{"step": "print"}, {"month": "2026"}, {"currencies": ["EURO"]}, {"x": 1}]
)
def test_a_task_that_is_not_understood_is_refused(
    documents: FakeDocumentStore, change: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        handler.lambda_handler({**TASK, **change}, FakeContext())
