"""What the system says against what had to happen: pure comparisons, each with its differences.

Nothing here trusts one side. The PSP's book is a stranger's, the expectation was made before the
first call, and balances are added up again from single journals.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tools.client import Json
from tools.demo.cast import Checkout, Part
from tools.demo.playing import Played
from tools.replay.amounts import decimal, money
from tools.replay.folding import Balances, folded

PSP_RECEIVABLE = "psp_receivable:sandbox"
BANK = "bank:sandbox"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A table for people, and everything in it that is not as it has to be."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    differences: tuple[str, ...] = ()


def compare_payments(played: Sequence[Played]) -> Comparison:
    """Every payment's, and every order's, end against the one that had to come."""
    wanted = Counter(one.checkout.plot.status for one in played)
    got = Counter(str(one.payment.get("status", "nothing")) for one in played)
    rows = [
        (status, str(wanted[status]), str(got[status]), _verdict(wanted[status] == got[status]))
        for status in sorted(wanted | got)
    ]
    differences = [text for one in played for text in _payment_differences(one)]
    return Comparison(
        "Payments by state", ("state", "expected", "got", ""), tuple(rows), tuple(differences)
    )


def _payment_differences(played: Played) -> Iterable[str]:
    checkout, payment = played.checkout, played.payment
    name = f"{checkout.checkout_id} ({checkout.plot.title})"
    yield from (f"{name}: {problem}" for problem in played.problems)
    if payment.get("status") != checkout.plot.status:
        yield f"{name} is {payment.get('status')}, not {checkout.plot.status}"
    if payment.get("amount_captured") != checkout.captured:
        yield f"{name} captured {payment.get('amount_captured')}, not {checkout.captured}"
    took_money = checkout.captured > 0
    for flag in ("is_payment_done", "is_ledger_updated", "is_wallet_updated"):
        if payment.get(flag) is not took_money:
            yield f"{name}: {flag} is {payment.get(flag)}"
    orders = {order["order_id"]: order for order in payment.get("orders", [])}
    for part in checkout.parts:
        order = orders.get(part.order_id, {})
        if order.get("status") not in part.ends:
            yield f"{part.order_id} ({name}) is {order.get('status')}, not {_either(part.ends)}"
        failure = (order.get("failure") or {}).get("code")
        if failure not in part.failures:
            yield f"{part.order_id} ({name}) failed for {failure}, not {_either(part.failures)}"


def compare_double_clicks(played: Sequence[Played]) -> Comparison:
    """Both answers to a checkout that was submitted twice at once: accepted, and one payment."""
    twice = [one for one in played if one.checkout.twice]
    differences = [text for one in twice for text in _double_click_differences(one)]
    taken_in = sum(not _is_replay(answer.headers) for one in twice for answer in one.answers)
    rows = (
        ("submitted twice at once", str(len(twice))),
        ("answers, all 2xx", str(sum(len(one.answers) for one in twice))),
        ("taken in once", str(taken_in)),
        ("replayed", str(sum(len(one.answers) for one in twice) - taken_in)),
    )
    return Comparison("Double clicks", ("", "count"), rows, tuple(differences))


def _double_click_differences(played: Played) -> Iterable[str]:
    name, answers = played.checkout.checkout_id, played.answers
    if len(answers) != 2:
        yield f"{name} has {len(answers)} answers to two submissions"
        return
    keys = ("checkout_id", "created_at", "amount")
    first, second = ({key: answer.body.get(key) for key in keys} for answer in answers)
    if first != second or first["checkout_id"] != name:
        yield f"{name}: two submissions gave two payments"
    if sum(not _is_replay(answer.headers) for answer in answers) > 1:
        yield f"{name}: both submissions were taken in"


def compare_orders(
    checkouts: Sequence[Checkout], charges: Sequence[Json], journals: Iterable[Json]
) -> Comparison:
    """The PSP's own book against the journals, order by order and to the minor unit."""
    parts = {part.order_id: (part, one) for one in checkouts for part in one.parts}
    by_order: dict[str, list[Json]] = defaultdict(list)
    for charge in charges:
        by_order[charge["order_id"]].append(charge)
    booked: dict[str, list[Json]] = defaultdict(list)
    for journal in journals:
        booked[journal["reference"]].append(journal)
    totals: dict[str, list[int]] = {one.currency: [0, 0, 0, 0] for one in checkouts}
    differences: list[str] = []
    for order_id, (part, checkout) in parts.items():
        total = totals[checkout.currency]
        total[0] += part.captured > 0
        total[1] += part.captured
        total[2] += sum(charge["captured"] for charge in by_order[order_id])
        total[3] += sum(_taken_from_psp(journal) for journal in booked[order_id])
        differences += _charge_differences(part, checkout, by_order[order_id])
        differences += _journal_differences(part, checkout, booked[order_id])
    stray = booked.keys() - parts.keys()
    differences += [
        f"a journal books {order_id}, which is no order of the run" for order_id in stray
    ]
    rows = [
        (
            currency,
            str(orders),
            *(money(minor, currency) for minor in (expected, psp, ledger)),
            _verdict(expected == psp == ledger),
        )
        for currency, (orders, expected, psp, ledger) in sorted(totals.items())
    ]
    columns = ("currency", "orders paid", "expected", "PSP's book", "ledger", "")
    title = "The PSP's own book against the ledger"
    return Comparison(title, columns, tuple(rows), tuple(differences))


def _charge_differences(part: Part, checkout: Checkout, charges: list[Json]) -> Iterable[str]:
    """One captured charge for a captured order, none for any other, and no charge too many."""
    taken = [charge["captured"] for charge in charges if charge["captured"]]
    wanted = [part.captured] if part.captured else []
    if taken != wanted:
        yield f"{part.order_id}: the PSP captured {taken}, not {wanted} ({checkout.plot.title})"
    count = len(charges)
    # An order that was dropped before its turn may never have reached the PSP.
    unsent = count == 0 and "cancelled" in part.ends
    if count != checkout.plot.charges and not unsent:
        yield f"{part.order_id}: {count} charges at the PSP, not {checkout.plot.charges}"


def _journal_differences(part: Part, checkout: Checkout, journals: list[Json]) -> Iterable[str]:
    taken = [_taken_from_psp(journal) for journal in journals]
    wanted = [part.captured] if part.captured else []
    if taken != wanted:
        yield f"{part.order_id}: the ledger booked {taken}, not {wanted} ({checkout.plot.title})"
    for journal in journals:
        if {leg["currency"] for leg in journal["legs"]} != {checkout.currency}:
            yield f"{part.order_id}: booked in another currency than {checkout.currency}"


def _taken_from_psp(journal: Json) -> int:
    return sum(
        leg["amount"] if leg["transact_type"] == "debit" else -leg["amount"]
        for leg in journal["legs"]
        if leg["account"] == PSP_RECEIVABLE
    )


def compare_trial_balance(
    balance: Json,
    charges: Sequence[Json],
    disputes: Sequence[Json] = (),
    payouts: Sequence[Json] = (),
    arrived: Mapping[str, int] = MappingProxyType({}),
) -> Comparison:
    """The whole book, with everything that ever ran on this system: zero, and the PSP's totals.

    `arrived` is what the bank shows as come from the PSP. What the PSP has settled it owes no more,
    so from then on it is the reconciliation that explains its account.
    """
    held: Counter[str] = Counter()
    paid: Counter[str] = Counter()
    settled: Counter[str] = Counter()
    for charge in charges:
        held[charge["currency"]] += charge["captured"] - charge["refunded"]
        settled[charge["currency"]] += bool(charge.get("settled_in"))
    for dispute in disputes:
        held[dispute["currency"]] -= dispute["withdrawn"] + dispute["fee"]
    for payout in payouts:
        paid[payout["currency"]] += payout["amount"] if payout["status"] == "paid" else 0
    rows, differences = [], []
    for currency in sorted({*balance["currencies"], *(c for c, minor in held.items() if minor)}):
        shown = balance["currencies"].get(currency, {"total": 0, "accounts": {}})
        receivable = shown["accounts"].get(PSP_RECEIVABLE, 0)
        # Money that the PSP has paid out is no receivable any more.
        bank = arrived.get(currency, 0) - shown["accounts"].get(BANK, 0)
        was_settled = settled[currency] > 0 or currency in arrived
        agrees = receivable == held[currency] or was_settled
        if bank != paid[currency]:
            differences.append(f"{currency}: {bank} left the bank, the PSP paid {paid[currency]}")
        if shown["total"] != 0:
            differences.append(f"the {currency} accounts add up to {shown['total']}, not 0")
        if not agrees:
            differences.append(
                f"{currency}: {receivable} receivable, but the PSP owes {held[currency]}"
            )
        rows.append(
            (
                currency,
                str(shown["total"]),
                money(receivable, currency),
                money(held[currency], currency),
                money(bank, currency),
                money(paid[currency], currency),
                _verdict(agrees and shown["total"] == 0 and bank == paid[currency]),
            )
        )
    columns = (
        "currency",
        "sum of all accounts",
        "psp_receivable",
        "PSP owes",
        "left the bank",
        "PSP paid out",
        "",
    )
    title = "Trial balance of the whole book"
    return Comparison(title, columns, tuple(rows), tuple(differences))


def compare_wallets(
    checkouts: Sequence[Checkout],
    wallets: Mapping[str, Balances],
    entries: Mapping[str, Sequence[Json]],
) -> Comparison:
    """Each seller's balances against the fold of its journals, and against the checkouts."""
    expected: dict[str, Counter[str]] = {seller: Counter() for seller in wallets}
    for checkout in checkouts:
        for part in checkout.parts:
            expected[part.seller_id][checkout.currency] += part.captured
    currencies = sorted({one.currency for one in checkouts})
    rows, differences = [], []
    for seller, balances in wallets.items():
        fold = folded(seller, entries[seller])
        due = {currency: {"pending": minor} for currency, minor in expected[seller].items()}
        agrees = _plain(balances) == _plain(fold) == _plain(due)
        if not agrees:
            differences.append(
                f"{seller}: wallet {_plain(balances)}, journals {_plain(fold)}, "
                f"checkouts {_plain(due)}"
            )
        pending = (balances.get(currency, {}).get("pending", 0) for currency in currencies)
        shown = [decimal(minor, c) for minor, c in zip(pending, currencies, strict=True)]
        rows.append((seller, str(len(entries[seller])), *shown, _verdict(agrees)))
    columns = ("seller", "journals", *(f"pending {c}" for c in currencies), "")
    title = "Sellers' wallets, each equal to the fold of its journals and to the checkouts"
    return Comparison(title, columns, tuple(rows), tuple(differences))


def _plain(balances: Balances) -> dict[str, dict[str, int]]:
    """Without the zeroes, so that what is equal looks equal."""
    kept = {c: {name: m for name, m in held.items() if m} for c, held in sorted(balances.items())}
    return {currency: held for currency, held in kept.items() if held}


def _is_replay(headers: Mapping[str, str]) -> bool:
    return headers.get("idempotent-replayed") == "true"


def _either(names: Iterable[str | None]) -> str:
    return " or ".join(sorted(map(str, names)))


def _verdict(agrees: bool) -> str:
    return "ok" if agrees else "DIFFERS"
