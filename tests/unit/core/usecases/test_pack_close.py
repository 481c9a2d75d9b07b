import json

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import MINUTE
from countinghouse.usecases.pack_close import pack_close
from tests.fakes.billing import FakeCloseBook, FakeDocumentStore
from tests.fakes.clock import FakeClock
from tests.months import Story

SETTLE = 5 * MINUTE


def closed() -> Story:
    story = Story()
    story.capture("o1")
    story.release("o1")
    story.go_to("2026-10-03").close("2026-09")
    return story


def pack(story: Story, documents: FakeDocumentStore, later: int = SETTLE) -> None:
    clock = FakeClock(story.now + later)
    pack_close("2026-09", FakeCloseBook(story.closes), story.ledger, documents, clock, SETTLE)


def test_the_pack_and_its_tables_are_stored() -> None:
    documents = FakeDocumentStore()

    pack(closed(), documents)

    stored = json.loads(documents.read("closes/2026-09/pack.json") or b"")
    assert stored["trial_balance"]["EUR"]["total"] == 0
    assert stored["fees"] == [{"owner": "seller:s1", "currency": "EUR", "fee": 100, "tax": 19}]
    aged = stored["clearing"]["EUR"]["psp_receivable:sandbox"]
    assert (aged["residual"], aged["items"]["4-30"]) == (1_000, 1)
    assert {*documents.versions} == {
        "closes/2026-09/pack.json",
        "closes/2026-09/aged.csv",
        "closes/2026-09/fees.csv",
    }


def test_packing_again_stores_the_same_bytes() -> None:
    story, documents = closed(), FakeDocumentStore()
    pack(story, documents)
    story.refund("o1", days_ago=10)
    story.capture("o2")

    pack(story, documents)

    assert all(len(versions) == 2 for versions in documents.versions.values())
    assert all(len(set(versions)) == 1 for versions in documents.versions.values())


def test_nothing_is_packed_before_the_month_is_closed_and_settled() -> None:
    documents = FakeDocumentStore()
    with pytest.raises(Unavailable):
        pack(closed(), documents, SETTLE - 1)
    with pytest.raises(Unavailable):
        pack(Story(), documents)

    assert documents.versions == {}
