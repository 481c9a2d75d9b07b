"""Stripe's settlement files: a report run a day, asked for once, offered when it has succeeded.

Stripe makes the file when it is asked to: the first look at a day asks for its run, and while that
is at work the answer is Unavailable, so that the day is not taken for one without a file. Only a
day whose data Stripe does not have together yet has none: the next days' looks find it. Times are
UTC. Payouts reach our own bank, so no statement of it is Stripe's to give: they come by the inbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import DAY, SECOND, start_of_day
from countinghouse.ports.settlement_source import SourceFile
from countinghouse_aws import stripe_report
from countinghouse_aws.observability import logger
from countinghouse_aws.psp.names import STRIPE
from countinghouse_aws.psp.sandbox import UNREADABLE
from countinghouse_aws.psp.stripe_answers import Proof
from countinghouse_aws.psp.stripe_client import answer_to, connect, listed
from countinghouse_aws.psp.transport import Download, NeverSent, NoAnswer, Transport

if TYPE_CHECKING:
    from stripe.params.reporting import ReportRunCreateParamsParameters

REPORT_TYPE = "payout_reconciliation.itemized.5"
LAYOUT = "stripe"
COLUMNS = stripe_report.READ
"""What the layout `stripe` reads."""
_PAGE = 100
_FILE_ID = re.compile(r"file_[A-Za-z0-9_]{1,70}")
_SUFFIX = ".csv"


class StripeStatements:
    """The source of settlement files over Stripe's API; `download` reaches Stripe's file host."""

    def __init__(self, transport: Transport, download: Download, api_key: str) -> None:
        self._runs = connect(transport, api_key).v1.reporting.report_runs
        self._download = download
        self._api_key = api_key

    def files(self, day: str) -> list[SourceFile]:
        """The day's file. Raises Unavailable, also while Stripe is at work on it.

        Without a run it asks for one; a run that failed is asked for again.
        """
        try:
            runs = list(self._of_day(day))
            if all(run["status"] == "failed" for run in runs):
                asked = self._ask(day, len(runs))
                if asked is None:
                    return []
                runs.append(asked)
            done = next((run for run in runs if run["status"] == "succeeded"), None)
            if done is None:
                raise NoAnswer("the report is being made")
            name = _file_id(done["result"]["id"]) + _SUFFIX
            return [SourceFile(name, "settlement", day, LAYOUT)]
        except (NeverSent, NoAnswer, *UNREADABLE) as error:
            raise Unavailable("the PSP does not say which files it has") from error

    def read(self, file: SourceFile) -> Iterator[bytes]:
        """A file's bytes in bounded pieces, to their very end. Raises Unavailable."""
        place = f"/v1/files/{quote(file.name.removesuffix(_SUFFIX), safe='')}/contents"
        try:
            yield from self._download(place, {"Authorization": f"Bearer {self._api_key}"})
        except (NeverSent, NoAnswer) as error:
            raise Unavailable("the PSP did not deliver the file to its end") from error

    def _of_day(self, day: str) -> Sequence[Mapping[str, Any]]:
        """The runs of this report over this day: none was made before the day was over."""
        start, end = _bounds(day)
        return [
            run
            for run in listed(lambda: self._runs.list({"created": {"gte": start}, "limit": _PAGE}))
            if run["report_type"] == REPORT_TYPE
            and run["parameters"].get("interval_start") == start
            and run["parameters"].get("interval_end") == end
        ]

    def _ask(self, day: str, failed: int) -> Mapping[str, Any] | None:
        """The day's run, just asked for; None when Stripe refuses it, as it does a day too new.

        Raises as the transport does, or NoAnswer.
        """
        start, end = _bounds(day)
        key = f"{REPORT_TYPE}:{day}:{failed + 1}"
        parameters: ReportRunCreateParamsParameters = {
            "interval_start": start,
            "interval_end": end,
            "columns": list(COLUMNS),
        }
        answer = answer_to(
            lambda: self._runs.create(
                {"report_type": REPORT_TYPE, "parameters": parameters}, {"idempotency_key": key}
            )
        )
        match answer.proof():
            case Proof.DONE:
                return answer.body
            case Proof.REFUSED:
                said = {"psp": STRIPE, "day": day, "code": answer.refusal}
                logger().warning("psp_report_refused", extra=said)
                return None
            case _:
                raise NoAnswer(f"status {answer.status}")


def _bounds(day: str) -> tuple[int, int]:
    """The day's first second, and the first of the next."""
    start = start_of_day(day)
    return start // SECOND, (start + DAY) // SECOND


def _file_id(value: object) -> str:
    """A file's id; it becomes part of a key, so it is bounded and plain."""
    if not isinstance(value, str) or not _FILE_ID.fullmatch(value):
        raise ValueError("a file's id must be short and plain")
    return value
