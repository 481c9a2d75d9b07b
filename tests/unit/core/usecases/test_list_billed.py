import json

from countinghouse.bookkeeping import book
from countinghouse.domain.finding import DamagedRow
from countinghouse.usecases.list_billed import list_billed
from tests.builders import a_journal, a_transfer
from tests.fakes.billing import FakeDocumentStore
from tests.fakes.ledger import FakeLedger


def test_every_seller_with_a_wallet_is_listed_once() -> None:
    ledger, documents = FakeLedger(damaged=[DamagedRow("wallet seller:x")]), FakeDocumentStore()
    book([a_journal("o1", "s2"), a_journal("o2", "s1"), a_journal("o3", "s1")], ledger, ledger)
    book([a_journal("o4", "s1", currency="JPY", wallet_shard=3)], ledger, ledger)
    book(
        [a_transfer("adjustments", "buyer_wallet:b1"), a_transfer("bank:m", "rounding")],
        ledger,
        ledger,
    )

    key = list_billed("2026-11", ledger, documents)

    assert key == "closes/2026-11/sellers.json"
    assert json.loads(documents.read(key) or b"") == ["s1", "s2"]
