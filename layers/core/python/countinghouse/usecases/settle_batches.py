"""Book what the bank has shown of a PSP's batches: from the PSP's account to the bank's.

One journal a batch and currency, whose id is made of them: however often a file is sent, corrected
or read again, its money is booked once.
"""

from collections.abc import Mapping

from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import start_of_day
from countinghouse.domain.ledger import Journal
from countinghouse.domain.posting import AlreadyPosted, addresses_of, plan_posting
from countinghouse.domain.reconciliation import (
    SETTLEMENT,
    FileRecord,
    FileStatus,
    Run,
    SourceKind,
    batch_key,
    settlement_key,
    settlement_reference,
    shown_by_bank,
)
from countinghouse.domain.settlement import BatchTotal
from countinghouse.domain.settlement_file import settlement_legs
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger
from countinghouse.ports.reconciliation import FileBook
from countinghouse.records import dataclass

RACES_MAX = 8


@dataclass(frozen=True, slots=True)
class Settling:
    """The ports."""

    files: FileBook
    ledger: Ledger
    clock: Clock


def settle_batches(run: Run, ports: Settling) -> list[str]:
    """Book every batch within the run's reach that adds up and the bank has shown; the journals.

    A batch that the bank shows with another amount waits. Of a file or statement that was stopped
    nothing is booked.
    Raises Conflict when a wallet or a record kept moving; a repeat goes on from there.
    """
    files = ports.files.of_days(run.psp, run.reach_day, run.day)
    shown = shown_by_bank(files)
    booked: list[str] = []
    for file in files:
        if file.kind is not SourceKind.SETTLEMENT or file.status is FileStatus.STOPPED:
            continue
        journals = {
            batch_key(total.batch, total.currency): _book(run, file, total, ports)
            for total in file.totals
            if _is_payable(total, file, shown)
        }
        if journals:
            ports.files.replace(file, file.with_settled(journals))
            booked += journals.values()
    return booked


def _is_payable(total: BatchTotal, file: FileRecord, shown: Mapping[str, int]) -> bool:
    key = batch_key(total.batch, total.currency)
    if key in file.settled or not total.adds_up:
        return False
    if not total.paid_out:
        # Nothing will arrive; its fees are due all the same.
        return bool(total.expected_fee)
    return shown.get(key) == total.paid_out


def _book(run: Run, file: FileRecord, total: BatchTotal, ports: Settling) -> str:
    now = ports.clock.now()
    journal = Journal(
        key=settlement_key(run.psp, total.batch, total.currency),
        kind=SETTLEMENT,
        reference=settlement_reference(run.psp, total.batch, total.currency),
        legs=settlement_legs(total, total.paid_out, run.psp),
        event_at=start_of_day(file.day),
        created_at=now,
        cause=f"reconciliation:{run.run_id}",
        psp_reference=total.batch,
    )
    for _ in range(RACES_MAX):
        plan = plan_posting([journal], ports.ledger.wallets(addresses_of([journal])))
        for refusal in plan.refused.values():
            raise refusal
        try:
            ports.ledger.commit(plan.posting)
        except AlreadyPosted:
            break
        except Conflict:
            continue
        break
    else:
        raise Conflict("a wallet kept moving while a batch was settled")
    return journal.ledger_id
