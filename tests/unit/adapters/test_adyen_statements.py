from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.psp import FactKind, PspEvent, PspFact
from countinghouse.ports.settlement_source import SourceFile
from countinghouse_aws.psp.adyen_statements import AdyenStatements
from countinghouse_aws.psp.adyen_webhooks import reports_of
from countinghouse_aws.psp.transport import NeverSent, NoAnswer
from tests.builders import NOW
from tests.fakes.books import FakePspEventBook

DAY = "2026-11-22"
NAME = "settlement_detail_report_batch_7.csv"
FILE = SourceFile(NAME, "settlement", DAY, "adyen")


@dataclass
class Line:
    """The way to Adyen's reports: one file in pieces, and what was asked."""

    failure: Exception | None = None
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def __call__(self, path: str, headers: Mapping[str, str]) -> Iterator[bytes]:
        self.asked.append((path, headers))
        yield b"Company Account"
        if self.failure is not None:
            raise self.failure


def told(name: str, day: str = DAY, success: str = "true") -> PspEvent:
    key = f"adyen#{name}#REPORT_AVAILABLE#{success}"
    fact = PspFact(FactKind.OTHER)
    return PspEvent(key, "adyen", "REPORT_AVAILABLE", reports_of(day), fact, "0" * 64, NOW)


def source(line: Line, *events: PspEvent) -> AdyenStatements:
    inbox = FakePspEventBook()
    for event in events:
        inbox.add(event)
    return AdyenStatements(line, "AQE_test", "https://ca.example/reports", "Shop COM", inbox)


def test_a_days_reports_are_those_its_webhooks_told_of() -> None:
    events = [
        told("settlement_detail_report_batch_10.csv"),
        told(NAME),
        told("settlement_detail_report_batch_9.csv", day="2026-11-21"),
        told("settlement_detail_report_batch_11.csv", success="false"),
        told("received_payments_report_2026_11_22.csv"),
        told("../settlement_detail_report_batch_12.csv"),
    ]
    psp = source(Line(), *events)

    assert psp.files(DAY) == [
        FILE,
        SourceFile("settlement_detail_report_batch_10.csv", "settlement", DAY, "adyen"),
    ]
    assert psp.files("2026-11-23") == []


def test_a_report_is_fetched_from_where_it_was_configured_to_be() -> None:
    line = Line()

    assert list(source(line).read(FILE)) == [b"Company Account"]
    assert line.asked == [
        (
            f"https://ca.example/reports/download/MerchantAccount/Shop%20COM/{NAME}",
            {"X-API-Key": "AQE_test"},
        )
    ]


@pytest.mark.parametrize("name", ["", "x.csv", f"../{NAME}", f"{NAME}?a=1", f"{NAME}\n"])
def test_no_other_name_is_ever_fetched(name: str) -> None:
    line = Line()

    with pytest.raises(Unavailable):
        list(source(line).read(replace(FILE, name=name)))
    assert line.asked == []


@pytest.mark.parametrize("failure", [NeverSent("refused"), NoAnswer("broke off")])
def test_a_report_not_delivered_to_its_end_is_unavailable(failure: Exception) -> None:
    pieces = source(Line(failure)).read(FILE)

    assert next(pieces) == b"Company Account"
    with pytest.raises(Unavailable):
        list(pieces)
