import json

import pytest

from countinghouse.domain.errors import NotFound
from countinghouse.domain.invoice import Bill
from countinghouse.usecases.report_bills import BillReport, report_bills
from tests.fakes.billing import FakeBillRegister, FakeDocumentStore

MONTH = "2026-11"


def test_who_has_no_bill_is_named() -> None:
    register, documents = FakeBillRegister(), FakeDocumentStore()
    documents.write("closes/2026-11/sellers.json", b'["s1","s2","s3"]', "application/json")
    register.register("s1", MONTH, 0, Bill())
    register.register("s2", "2026-10", 0, Bill())

    report = report_bills(MONTH, register, documents)

    assert report == BillReport(3, ("s2", "s3"))
    stored = json.loads(documents.read("closes/2026-11/report.json") or b"")
    assert stored == {"month": MONTH, "sellers": 3, "unbilled": ["s2", "s3"]}


def test_sellers_have_to_be_listed_first() -> None:
    with pytest.raises(NotFound):
        report_bills(MONTH, FakeBillRegister(), FakeDocumentStore())
