"""What the system and the PSP say against what had to happen: pure, and silent when all agrees."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tools.client import Json
from tools.demo.comparing import Comparison
from tools.payout_run.cast import CURRENCY, PLOTS, Plot, Seller
from tools.payout_run.looking import Look
from tools.replay.amounts import money
from tools.replay.folding import folded

_BANK = "bank"
_IN_PAYOUT = "seller_in_payout"
# What the PSP calls a payout's end, and the journal that says the same.
_SAME = {"paid": "payout_paid", "failed": "payout_failed", "returned": "payout_returned"}


@dataclass(frozen=True, slots=True)
class Found:
    """What the API says of one seller: payouts, balances and journals."""

    seller: Seller
    payouts: Sequence[Json]
    balances: Mapping[str, Mapping[str, int]]
    entries: Sequence[Json]


def compare_payouts(found: Sequence[Found], period: str) -> Comparison:
    """Each seller has the one payout of the period, as it had to end, or none."""
    differences = [text for one in found for text in _payout_differences(one, period)]
    ended: dict[Plot, Counter[str]] = defaultdict(Counter)
    for one in found:
        ended[one.seller.plot].update(str(p["status"]) for p in one.payouts)
        ended[one.seller.plot]["none"] += not one.payouts
    rows = []
    for plot in _plots(found):
        sellers = sum(one.seller.plot is plot for one in found)
        expected = Counter({plot.ends or "none": sellers})
        got = +ended[plot]
        shown = ", ".join(f"{count} {status}" for status, count in sorted(got.items()))
        rows.append((plot.title, str(sellers), plot.ends or "none", shown, _ok(got == expected)))
    columns = ("the payout", "count", "has to be", "is", "")
    return Comparison("Payouts, one a seller", columns, tuple(rows), tuple(differences))


def _payout_differences(one: Found, period: str) -> Iterable[str]:
    seller = one.seller
    wanted = []
    if seller.plot.ends is not None:
        wanted = [(seller.payout_id(period), seller.plot.ends, seller.amount, CURRENCY)]
    got = [(p["payout_id"], p["status"], p["amount"], p["currency"]) for p in one.payouts]
    if got != wanted:
        yield f"{seller.seller_id}, {seller.plot.title}: payouts {got}, not {wanted}"


def compare_psp(
    found: Sequence[Found], psp: Sequence[Json], accounts: Mapping[str, str]
) -> Comparison:
    """What the PSP moved to these sellers' bank accounts against the ledger, payout by payout."""
    ours = set(accounts.values())
    at_psp = {
        status: [p for p in psp if p["bank_account"] in ours and p["status"] == status]
        for status in sorted({str(p["status"]) for p in psp if p["bank_account"] in ours})
    }
    booked = _booked(found)
    differences = []
    rows = []
    for status, payouts in at_psp.items():
        book = Counter((str(p["reference"]), int(p["amount"])) for p in payouts)
        ledger = Counter(booked.pop(_SAME.get(status, status), []))
        for (reference, amount), count in ((book - ledger) + (ledger - book)).items():
            differences.append(f"{reference}: {money(amount, CURRENCY)} {status} differs {count}x")
        sums = [sum(amount * n for (_, amount), n in side.items()) for side in (book, ledger)]
        shown = [money(minor, CURRENCY) for minor in sums]
        rows.append((status, str(len(payouts)), *shown, _ok(book == ledger)))
    differences += [
        f"{kind}: {len(lines)} journals, none at the PSP" for kind, lines in booked.items()
    ]
    columns = ("at the PSP", "count", "PSP's book", "ledger", "")
    title = "The PSP's own payout book against the ledger"
    return Comparison(title, columns, tuple(rows), tuple(differences))


def _booked(found: Sequence[Found]) -> dict[str, list[tuple[str, int]]]:
    """Payout and amount by kind of journal: what left the bank, or what came back."""
    booked: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for one in found:
        for journal in one.entries:
            kind = journal["kind"]
            if kind not in _SAME.values():
                continue
            account = _IN_PAYOUT if kind == "payout_failed" else _BANK
            amount = sum(
                leg["amount"]
                for leg in journal["legs"]
                if leg["account"].partition(":")[0] == account
            )
            booked[kind].append((journal["reference"], amount))
    return booked


def compare_wallets(found: Sequence[Found]) -> Comparison:
    """Nothing is left to who was paid, all to everybody else; each wallet is its journals' sum."""
    differences = []
    sums: dict[Plot, list[int]] = defaultdict(lambda: [0, 0])
    for one in found:
        held = _plain(one.balances)
        wanted = {CURRENCY: {"available": one.seller.keeps}} if one.seller.keeps else {}
        added = _plain(folded(one.seller.seller_id, one.entries))
        if held != wanted:
            differences.append(f"{one.seller.seller_id} holds {held}, not {wanted}")
        if held != added:
            differences.append(f"{one.seller.seller_id} holds {held}, its journals say {added}")
        both = sums[one.seller.plot]
        both[0] += one.seller.keeps
        both[1] += sum(held.get(CURRENCY, {}).values())
    rows = [
        (
            plot.title,
            *(money(minor, CURRENCY) for minor in sums[plot]),
            _ok(len(set(sums[plot])) == 1),
        )
        for plot in _plots(found)
    ]
    columns = ("the payout", "expected", "got", "")
    title = "Wallets, each equal to the fold of its journals"
    return Comparison(title, columns, tuple(rows), tuple(differences))


def compare_runs(
    first: Look, second: Look, psp: tuple[Sequence[Json], Sequence[Json]]
) -> Comparison:
    """Before and after the second run: not one row was written, nothing was sent."""
    before, after = set(first.payouts), set(second.payouts)
    changed = sorted({row.payout_id for row in before ^ after})
    ours = set(second.accounts.values())
    books = [[p for p in book if p["bank_account"] in ours] for book in psp]
    sums = [money(sum(int(p["amount"]) for p in book), CURRENCY) for book in books]
    rows = (
        ("payouts of these sellers", str(len(before)), str(len(after)), _ok(not changed)),
        ("sent, by the PSP's book", sums[0], sums[1], _ok(books[0] == books[1])),
    )
    differences = [f"{one} was touched by the second run" for one in changed]
    if books[0] != books[1]:
        differences.append(f"the second run sent money: {sums[1]} instead of {sums[0]}")
    columns = ("", "expected", "got", "")
    return Comparison("The same month, run again", columns, rows, tuple(differences))


def compare_trial_balance(balance: Json, psp: Iterable[Json]) -> Comparison:
    """The whole book: it sums to nothing, and what left the bank is what the PSP paid."""
    paid: Counter[str] = Counter()
    for payout in psp:
        paid[payout["currency"]] += payout["amount"] if payout["status"] == "paid" else 0
    rows = []
    differences = []
    for currency, shown in sorted(balance["currencies"].items()):
        total, bank = shown["total"], -shown["accounts"].get(f"{_BANK}:sandbox", 0)
        amounts = [money(minor, currency) for minor in (total, bank, paid[currency])]
        rows.append((currency, *amounts, _ok(total == 0 and bank == paid[currency])))
        if total:
            differences.append(f"the {currency} accounts add up to {total}, not 0")
        if bank != paid[currency]:
            differences.append(f"{currency}: {bank} left the bank, the PSP paid {paid[currency]}")
    columns = ("currency", "sum of all accounts", "left the bank", "PSP paid out", "")
    title = "Trial balance of the whole book, with whatever else runs here"
    return Comparison(title, columns, tuple(rows), tuple(differences))


def _plots(found: Sequence[Found]) -> list[Plot]:
    present = {one.seller.plot for one in found}
    return [plot for plot in PLOTS if plot in present]


def _plain(balances: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Without the zeroes, so that what is equal looks equal."""
    kept = {c: {name: m for name, m in held.items() if m} for c, held in balances.items()}
    return {currency: held for currency, held in kept.items() if held}


def _ok(agrees: bool) -> str:
    return "ok" if agrees else "DIFFERS"
