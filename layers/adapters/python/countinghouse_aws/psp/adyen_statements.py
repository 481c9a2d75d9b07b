"""Adyen's settlement files: the Settlement details report of each batch.

Adyen lists no reports. It tells of each by a webhook, which our inbox keeps under the day that the
report was made; the files of a day are those it told of. A report's address is made of what is
configured and of its name, never taken from the webhook: nobody outside can say what is fetched.
Payouts reach our own bank, whose statements come by the inbox of files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from urllib.parse import quote

from countinghouse.domain.errors import Unavailable
from countinghouse.ports.books import PspEventBook
from countinghouse.ports.settlement_source import SourceFile
from countinghouse.records import dataclass
from countinghouse_aws.psp.adyen_webhooks import REPORT_AVAILABLE, event_key_of, reports_of
from countinghouse_aws.psp.transport import Download, NeverSent, NoAnswer

LAYOUT = "adyen"
_REPORT = re.compile(r"settlement_detail_report_batch_([1-9][0-9]{0,8})\.csv")


@dataclass(frozen=True, slots=True)
class AdyenStatements:
    """The source of settlement files; `reports_url` ends before `/download`, without a slash."""

    download: Download
    api_key: str = field(repr=False)
    reports_url: str
    merchant_account: str
    inbox: PspEventBook

    def files(self, day: str) -> list[SourceFile]:
        """The reports that Adyen made that day, by their batch's number. Raises Unavailable."""
        told = {_batch(event.event_key) for event in self.inbox.of_order(reports_of(day))}
        batches = sorted(batch for batch in told if batch is not None)
        return [SourceFile(_name(batch), "settlement", day, LAYOUT) for batch in batches]

    def read(self, file: SourceFile) -> Iterator[bytes]:
        """A report's bytes in bounded pieces, to their very end. Raises Unavailable."""
        if _REPORT.fullmatch(file.name) is None:
            raise Unavailable("Adyen has no report of that name")
        account = quote(self.merchant_account, safe="")
        place = f"{self.reports_url}/download/MerchantAccount/{account}/{file.name}"
        try:
            yield from self.download(place, {"X-API-Key": self.api_key})
        except (NeverSent, NoAnswer) as error:
            raise Unavailable("the PSP did not deliver the file to its end") from error


def _name(batch: int) -> str:
    return f"settlement_detail_report_batch_{batch}.csv"


def _batch(event_key: str) -> int | None:
    """The batch whose report an event tells of, if it is one of settlement details."""
    name = event_key.split("#")[1]
    found = _REPORT.fullmatch(name)
    if found is None or event_key != event_key_of(name, REPORT_AVAILABLE, "true"):
        return None
    return int(found[1])
