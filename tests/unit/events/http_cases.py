"""What each route answers to its samples, and what the books hold before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from countinghouse.domain.instants import HOUR
from countinghouse.domain.psp import Action, FactKind
from countinghouse.payout_bookkeeping import PayoutBooks, reserve_payout
from countinghouse.reconciliation_report import report, report_json
from countinghouse_aws.storage.run_papers import papers_prefix
from tests.reconciliation_runs import A_RUN
from tests.unit.events.books import Books
from tools.sample_events import (
    audits,
    calls,
    fx,
    payout_world,
    proposals,
    reconciliations,
    run_changes,
    streams,
    webhooks,
    world,
)

K = FactKind


@dataclass(frozen=True, slots=True)
class Case:
    """A sample, what was sent `before` it, and the answer: its status, its code if a problem."""

    path: str
    status: int
    code: str = ""
    replayed: bool = False
    before: tuple[str, ...] = ()


def _four(
    folder: str,
    statuses: tuple[int, int, int, int],
    code: str,
    *,
    replayed: bool = False,
    before: tuple[str, ...] = (),
) -> list[Case]:
    """The four of a folder; the duplicate comes after the full one."""
    minimal, full, duplicate, malformed = statuses
    first = tuple(f"{folder}/{name}" for name in before)
    return [
        Case(f"{folder}/minimal", minimal),
        Case(f"{folder}/full", full, before=first),
        Case(
            f"{folder}/duplicate", duplicate, replayed=replayed, before=(*first, f"{folder}/full")
        ),
        Case(f"{folder}/malformed", malformed, code),
    ]


CASES = [
    *_four("payments/create_session", (201, 201, 200, 422), "validation_failed", replayed=True),
    *_four("payments/create_payment", (202, 202, 202, 400), "malformed_request", replayed=True),
    *_four("payments/get_payment", (200, 200, 200, 404), "not_found"),
    *_four("payments/get_payment_code", (200, 200, 200, 422), "validation_failed"),
    Case("payments/get_payment_code/nothing_to_scan", 404, "not_found"),
    *_four("payments/get_payment_trail", (200, 200, 200, 404), "not_found"),
    *_four("payments/cancel_payment", (202, 202, 202, 404), "not_found"),
    *_four("privacy/erase_checkout", (200, 200, 200, 404), "not_found", replayed=True),
    *_four("privacy/erase_buyer", (200, 200, 200, 422), "validation_failed", replayed=True),
    *_four("privacy/erase_bank_account", (200, 200, 200, 404), "not_found", replayed=True),
    *_four("orders/create_order", (202, 202, 202, 422), "validation_failed", replayed=True),
    *_four("orders/get_order", (200, 200, 200, 404), "not_found"),
    *_four("orders/capture_order", (202, 202, 202, 422), "validation_failed"),
    *_four("orders/cancel_order", (202, 202, 202, 404), "not_found"),
    *_four("fulfilment/create_delivery", (202, 202, 202, 422), "validation_failed", replayed=True),
    *_four("fulfilment/create_refund", (202, 202, 202, 422), "validation_failed", replayed=True),
    *_four("fulfilment/get_refund", (200, 200, 200, 404), "not_found"),
    *_four("ledger/create_journal", (201, 201, 201, 400), "idempotency_key_missing", replayed=True),
    *_four("ledger/get_journal", (200, 200, 200, 422), "validation_failed"),
    *_four("ledger/list_journals", (200, 200, 200, 422), "validation_failed"),
    *_four("ledger/get_trial_balance", (200, 200, 200, 403), "forbidden"),
    *_four(
        "wallet/create_wallet_entry",
        (201, 201, 201, 422),
        "validation_failed",
        replayed=True,
        before=("minimal",),
    ),
    *_four("wallet/get_wallet", (200, 200, 200, 403), "forbidden"),
    *_four("wallet/list_wallet_entries", (200, 200, 200, 422), "validation_failed"),
    *_four("wallet/get_payability", (200, 200, 200, 403), "forbidden"),
    *_four("proposals/list_proposals", (200, 200, 200, 422), "validation_failed"),
    *_four("proposals/get_proposal", (200, 200, 200, 404), "not_found"),
    *_four("proposals/approve_proposal", (200, 200, 200, 404), "not_found"),
    *_four("proposals/cancel_proposal", (200, 200, 200, 404), "not_found"),
    *_four("payouts/create_payout", (202, 202, 202, 422), "validation_failed", replayed=True),
    *_four("payouts/list_payouts", (200, 200, 200, 422), "validation_failed"),
    *_four("payouts/get_payout", (200, 200, 200, 404), "not_found"),
    *_four("payouts/list_payout_items", (200, 200, 200, 422), "validation_failed"),
    *_four("payouts/approve_payout", (202, 202, 202, 404), "not_found"),
    *_four("payouts/cancel_payout", (202, 202, 202, 404), "not_found"),
    *_four("payouts/set_bank_account", (201, 201, 201, 422), "validation_failed", replayed=True),
    *_four("payouts/list_bank_accounts", (200, 200, 200, 403), "forbidden"),
    *_four("billing/get_statement", (200, 200, 200, 422), "validation_failed"),
    *_four("billing/create_close", (202, 202, 202, 422), "validation_failed"),
    *_four("billing/get_close", (200, 200, 200, 422), "validation_failed"),
    *_four("analytics/get_report", (200, 200, 200, 422), "validation_failed"),
    *_four("reconciliation/create_reconciliation", (202, 202, 202, 422), "validation_failed"),
    *_four("reconciliation/list_reconciliations", (200, 200, 200, 422), "validation_failed"),
    *_four("reconciliation/get_reconciliation", (200, 200, 200, 404), "not_found"),
    *_four("reconciliation/get_reconciliation_report", (200, 200, 200, 422), "validation_failed"),
    *_four("reconciliation/list_reconciliation_breaks", (200, 200, 200, 422), "validation_failed"),
    *_four("reconciliation/get_break", (200, 200, 200, 404), "not_found"),
    *_four(
        "reconciliation/resolve_break", (202, 202, 202, 422), "validation_failed", replayed=True
    ),
    *_four("fx/create_fx_quote", (201, 201, 201, 422), "validation_failed", replayed=True),
    *_four("fx/get_fx_quote", (200, 200, 200, 404), "not_found"),
    *_four("fx/list_fx_rates", (200, 200, 200, 422), "validation_failed"),
    *_four("fx/revalue_fx_positions", (201, 201, 201, 422), "validation_failed"),
    *_four("findings/list_findings", (200, 200, 200, 422), "validation_failed"),
    *_four("findings/acknowledge_finding", (200, 200, 200, 422), "validation_failed"),
    *_four("webhooks/receive_webhook", (200, 200, 200, 400), "malformed_request"),
    Case("webhooks/receive_webhook/forged", 400, "bad_signature"),
    Case("webhooks/receive_webhook/stale", 400, "stale_timestamp"),
    *_four("psps/list_psps", (200, 200, 200, 403), "forbidden"),
    *_four("health/get_health", (200, 200, 200, 200), ""),
]


def _registered(books: Books) -> None:
    books.payments.put(world.open_checkout(world.ONE_ORDER), world.open_checkout(world.TWO_ORDERS))


def _paid(books: Books) -> None:
    payment = world.submitted(world.TWO_ORDERS)
    books.payments.put(world.both(K.CAPTURED, K.CAPTURED))
    books.orders.put(*(world.told(world.sent(payment, n), K.CAPTURED) for n in (0, 1)))
    event = streams.received(webhooks.CAPTURED)
    books.events.put(replace(event, order_id="ord_1001_a"))
    _booked(books)


def _waiting(books: Books) -> None:
    """Both orders wait for the buyer to scan one code."""
    code = Action("qr_code", None, world.NOW + HOUR, "https://psp.example/scan/1001")
    payment = world.submitted(world.TWO_ORDERS)
    waiting = [world.told(world.sent(payment, n), K.REQUIRES_ACTION, action=code) for n in (0, 1)]
    books.payments.put(world.folded(payment, *waiting))


def _captured(books: Books) -> None:
    books.orders.put(world.captured())


def _refunded(books: Books) -> None:
    books.orders.put(world.refunded())


def _submitted(books: Books) -> None:
    books.payments.put(world.submitted(world.TWO_ORDERS))


def _authorized(books: Books) -> None:
    payment = world.submitted_alone()
    books.payments.put(payment)
    books.orders.put(world.told(world.sent(payment), K.AUTHORIZED))


def _booked(books: Books) -> None:
    books.book(world.capture_journal(), world.adjustment())


def _with_wallet(books: Books) -> None:
    books.buyers.wallets["u_ada"] = "bw_1"


def _payable(books: Books) -> None:
    _booked(books)
    books.accounts.put(payout_world.account())


def _known(books: Books) -> None:
    books.bank.knows(payout_world.BANK, payout_world.OTHER_BANK)


def _paid_out(books: Books) -> None:
    """A payout on its way; the journal that reserved it is in the books."""
    _payable(books)
    draft = payout_world.draft()
    books.payouts.put(draft)
    ports = PayoutBooks(books.payouts, books.accounts, books.ledger, books.clock)
    reserve_payout(draft, payout_world.RULES, ports)
    books.payouts.put(payout_world.on_its_way())


def _proposed(books: Books) -> None:
    """A large booking by hand, which somebody else has to agree to."""
    wanted = proposals.proposal()
    books.proposals.rows[wanted.proposal_id] = wanted


def _held(books: Books) -> None:
    books.payouts.put(payout_world.held())


def _set_aside(books: Books) -> None:
    books.payouts.put(payout_world.set_aside())


def _asked(books: Books) -> None:
    """A report whose query is under way."""
    query_id, question = calls.REPORT_UNDER_WAY
    books.reports.asked[query_id] = question


def _fixed(books: Books) -> None:
    """Friday's reference rates, and a quote made from them."""
    books.rates.lay(fx.rates())
    books.quotes.put(fx.quote())


def _unbalanced(books: Books) -> None:
    books.findings.report(audits.finding())


def _reconciled(books: Books) -> None:
    """A day's run with its report, one break open."""
    house, run = books.reconciling, run_changes.completed()
    house.runs.add(run)
    house.breaks.put(reconciliations.found())
    content = report_json(report(A_RUN))
    house.documents.write(f"{papers_prefix(run)}report.json", content, "application/json")


GIVEN: dict[str, Callable[[Books], None]] = {
    "analytics/get_report": _asked,
    "reconciliation/list_reconciliations": _reconciled,
    "reconciliation/get_reconciliation": _reconciled,
    "reconciliation/get_reconciliation_report": _reconciled,
    "reconciliation/list_reconciliation_breaks": _reconciled,
    "reconciliation/get_break": _reconciled,
    "reconciliation/resolve_break": _reconciled,
    "fx/create_fx_quote": _fixed,
    "fx/get_fx_quote": _fixed,
    "fx/list_fx_rates": _fixed,
    "fx/revalue_fx_positions": _fixed,
    "findings/list_findings": _unbalanced,
    "findings/acknowledge_finding": _unbalanced,
    "payments/create_payment": _registered,
    "payments/get_payment": _paid,
    "payments/get_payment_code": _waiting,
    "payments/get_payment_trail": _paid,
    "payments/cancel_payment": _submitted,
    "privacy/erase_checkout": _paid,
    "privacy/erase_buyer": _with_wallet,
    "privacy/erase_bank_account": _payable,
    "orders/get_order": _paid,
    "orders/capture_order": _authorized,
    "orders/cancel_order": _authorized,
    "fulfilment/create_delivery": _captured,
    "fulfilment/create_refund": _captured,
    "fulfilment/get_refund": _refunded,
    "ledger/get_journal": _booked,
    "ledger/list_journals": _booked,
    "ledger/get_trial_balance": _booked,
    "billing/get_statement": _booked,
    "wallet/get_payability": _payable,
    "proposals/list_proposals": _proposed,
    "proposals/get_proposal": _proposed,
    "proposals/approve_proposal": _proposed,
    "proposals/cancel_proposal": _proposed,
    "payouts/create_payout": _payable,
    "payouts/list_payouts": _paid_out,
    "payouts/get_payout": _paid_out,
    "payouts/list_payout_items": _paid_out,
    "payouts/approve_payout": _held,
    "payouts/cancel_payout": _set_aside,
    "payouts/set_bank_account": _known,
    "payouts/list_bank_accounts": _payable,
    "wallet/get_wallet": _booked,
    "wallet/list_wallet_entries": _booked,
}
"""What stands in the books before a folder's samples come in; empty where nothing is named."""
