"""Everything that can be wrong, or looks wrong and is not, planted one by one into days.

A fault is called with the days, a name of its own and an amount that no other fault has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from countinghouse.domain.difference import Sides
from countinghouse.domain.reconciliation import shifted
from tests.matching_days import DAY, DISPUTE_FEE, FEE, FIRST, Days, Sale, Terms, batch_of

Fault = Callable[[Days, str, int], None]
YESTERDAY = shifted(DAY, -1)
LONG_AGO = shifted(FIRST, -20)
S = Sides


# --- one side only ------------------------------------------------------------------------------
def not_in_its_file(days: Days, name: str, amount: int) -> None:
    leg = days.post(Sale(name, amount, DAY))
    days.expect(S.OURS, leg, None, checkout_open=amount)


def missing_for_days(days: Days, name: str, amount: int) -> None:
    leg = days.post(Sale(name, amount, FIRST))
    days.expect(S.OURS, leg, None, checkout_open=amount)


def missing_refund(days: Days, name: str, amount: int) -> None:
    sale = days.sell(name, amount, YESTERDAY)
    leg = days.post(sale, "refund", -amount, reference=f"re_{name}", day=DAY)
    days.expect(S.OURS, leg, None, psp_reference=sale.charge)


def missing_before_the_window(days: Days, name: str, amount: int) -> None:
    days.post(Sale(name, amount, shifted(FIRST, -1)))


def line_without_journal(days: Days, name: str, amount: int) -> None:
    line = days.tell(Sale(name, amount, DAY))
    days.expect(S.THEIRS, None, line)


def line_without_journal_or_order(days: Days, name: str, amount: int) -> None:
    line = days.tell(Sale(name, amount, DAY), merchant_reference=None)
    days.expect(S.THEIRS, None, line)


def refund_that_nobody_knows(days: Days, name: str, amount: int) -> None:
    line = days.tell(Sale(name, amount, DAY), "refund", -amount, reference=f"re_{name}")
    days.expect(S.THEIRS, None, line)


def refund_made_at_the_psp(days: Days, name: str, amount: int) -> None:
    sale = days.sell(name, amount, YESTERDAY)
    line = days.tell(sale, "refund", -amount, reference=f"re_{name}", day=DAY)
    days.expect(S.THEIRS, None, line, checkout_id=sale.checkout, parent_known=True)


def refund_made_at_the_psp_of_a_charge(days: Days, name: str, amount: int) -> None:
    sale = days.sell(name, amount, YESTERDAY)
    changes: Terms = {"reference": f"re_{name}", "day": DAY, "merchant_reference": None}
    line = days.tell(sale, "refund", -amount + 5, **changes)
    known = {"order_id": name, "checkout_id": sale.checkout, "parent_known": True}
    days.expect(S.THEIRS, None, line, **known)


def second_capture(days: Days, name: str, amount: int) -> None:
    """The ledger's charge is the later one, and sorts after the other."""
    sale = Sale(name, amount, DAY, charge=f"ch_z_{name}")
    other = days.tell(replace(sale, charge=f"ch_a_{name}"), day=YESTERDAY)
    days.post(sale)
    days.tell(sale)
    open_ = {"checkout_id": sale.checkout, "checkout_open": -amount, "parent_known": True}
    days.expect(S.THEIRS, None, other, **open_)


def captures_of_no_known_charge(days: Days, name: str, amount: int) -> None:
    """The ledger has no charge to tell them apart: the one that came first is it."""
    sale = Sale(name, amount, DAY)
    days.post(sale, psp_reference=None)
    days.tell(replace(sale, charge=f"ch_z_{name}"), day=YESTERDAY)
    other = days.tell(replace(sale, charge=f"ch_a_{name}"))
    open_ = {"checkout_id": sale.checkout, "checkout_open": -amount, "parent_known": True}
    days.expect(S.THEIRS, None, other, **open_)


def reserve_withheld(days: Days, name: str, amount: int) -> None:
    held: Terms = {"merchant_reference": None, "psp_reference": None}
    days.expect(S.THEIRS, None, days.tell(Sale(name, -amount, DAY), "reserve_held", **held))
    back = days.tell(Sale(name, amount - 5, YESTERDAY), "reserve_released", **held)
    days.expect(S.THEIRS, None, back)


def adjustment(days: Days, name: str, amount: int) -> None:
    days.expect(S.THEIRS, None, days.tell(Sale(name, -amount, DAY), "adjustment"))


def unknown_type(days: Days, name: str, amount: int) -> None:
    days.expect(S.THEIRS, None, days.tell(Sale(name, amount, DAY), "unknown"))


def may_be_each_others(days: Days, name: str, amount: int) -> None:
    """Neither reference nor charge says so: amount, currency and day are a suggestion only."""
    leg = days.post(Sale(name, amount, DAY))
    line = days.tell(Sale(f"{name}_x", amount, DAY))
    days.expect(S.OURS, leg, None, checkout_open=amount, suggestion=line["line_hash"])
    days.expect(S.THEIRS, None, line, suggestion=leg["ledger_id"])


# --- both, and not the same ---------------------------------------------------------------------
def amount_differs(days: Days, name: str, amount: int) -> None:
    for place, apart in enumerate((100, -100, 1, -1)):
        sale = Sale(f"{name}_{place}", amount, DAY)
        days.expect(S.BOTH, days.post(sale), days.tell(sale, gross=amount + apart))


def long_after_its_capture(days: Days, name: str, amount: int) -> None:
    sale = Sale(name, amount, LONG_AGO)
    days.expect(S.BOTH, days.post(sale), days.tell(sale, gross=amount - 40, day=DAY))


def booked_after_its_line(days: Days, name: str, amount: int) -> None:
    sale = Sale(name, amount, DAY)
    days.expect(S.BOTH, days.post(sale), days.tell(sale, gross=amount + 40, day=LONG_AGO))


def fee_differs(days: Days, name: str, amount: int) -> None:
    for place, beyond in enumerate((10, -1)):
        sale = Sale(f"{name}_{place}", amount, DAY)
        days.expect(S.BOTH, days.post(sale), days.tell(sale, fee=FEE.of(amount) + beyond))


def fee_of_a_refund(days: Days, name: str, amount: int) -> None:
    sale = days.sell(name, amount, YESTERDAY)
    leg = days.post(sale, "refund", -amount, reference=f"re_{name}", day=DAY)
    line = days.tell(sale, "refund", -amount, reference=f"re_{name}", day=DAY, fee=30)
    days.expect(S.BOTH, leg, line)


def currency_differs(days: Days, name: str, amount: int) -> None:
    sale = Sale(name, amount, DAY)
    leg = days.post(sale)
    line = days.tell(replace(sale, currency="USD"))
    days.expect(S.BOTH, leg, line, checkout_open=amount)


def converted_by_the_psp(days: Days, name: str, amount: int) -> None:
    """Booked in dollars, settled in euros; the lines say what they were before."""
    sale = Sale(name, amount, DAY, "USD")
    leg = days.post(sale)
    paid: Terms = {"original_currency": "USD", "original_gross": amount}
    line = days.tell(replace(sale, currency="EUR"), gross=amount - 700, **paid)
    days.expect(S.BOTH, leg, line, checkout_open=amount)
    back = days.post(sale, "refund", -500, reference=f"re_{name}")
    given: Terms = {"original_currency": "USD", "original_gross": -500}
    told = days.tell(replace(sale, currency="EUR"), "refund", -440, reference=f"re_{name}", **given)
    days.expect(S.BOTH, back, told)


def currency_of_a_part_differs(days: Days, name: str, amount: int) -> None:
    """Of one charge what came in the ledger's currency answers it."""
    sale = Sale(name, amount, DAY)
    days.post(sale)
    other = days.tell(replace(sale, currency="BRL"))
    days.tell(sale)
    open_ = {"checkout_id": sale.checkout, "checkout_open": -amount, "parent_known": True}
    days.expect(S.THEIRS, None, other, **open_)


def chargeback_differs(days: Days, name: str, amount: int) -> None:
    sale = days.sell(name, amount, YESTERDAY)
    terms: Terms = {"reference": f"dp_{name}", "day": DAY, "fee": DISPUTE_FEE}
    leg = days.post(sale, "chargeback", -amount, **terms)
    line = days.tell(sale, "chargeback", -amount + 20, **terms)
    days.expect(S.BOTH, leg, line)


def split_differs(days: Days, name: str, amount: int) -> None:
    """A checkout's total is right, and its orders' parts are not."""
    for place, apart in enumerate((300, -300)):
        sale = Sale(f"{name}_{place}", amount, DAY, checkout=name)
        line = days.tell(sale, gross=amount + apart)
        days.expect(S.BOTH, days.post(sale), line, checkout_open=0)
    days.sell(f"{name}_2", amount, checkout=name)


def settled_under_one_order(days: Days, name: str, amount: int) -> None:
    first, second = (Sale(f"{name}_{n}", amount, DAY, checkout=name) for n in (1, 2))
    line = days.tell(first, gross=2 * amount)
    days.expect(S.BOTH, days.post(first), line, checkout_open=0)
    days.expect(S.OURS, days.post(second), None, checkout_open=0)


def parts_do_not_add_up(days: Days, name: str, amount: int) -> None:
    sale = Sale(name, amount, DAY)
    leg = days.post(sale)
    first = days.tell(sale, gross=amount - 500)
    rest = days.tell(sale, gross=400)
    fees = {"fee": first["fee"] + rest["fee"], "expected_fee": FEE.of(amount - 500) + FEE.of(400)}
    days.expect(S.BOTH, leg, first, their_amount=amount - 100, checkout_open=100, **fees)


# --- returned twice -----------------------------------------------------------------------------
def returned_twice(days: Days, name: str, amount: int) -> None:
    """Both sides agree on each; together they take more than was captured."""
    sale = days.sell(name, amount, LONG_AGO)
    refund: Terms = {"reference": f"re_{name}", "day": DAY}
    dispute: Terms = {"reference": f"dp_{name}", "day": shifted(LONG_AGO, 3), "fee": DISPUTE_FEE}
    days.post(sale, "refund", -600, **refund)
    days.tell(sale, "refund", -600, **refund)
    leg = days.post(sale, "chargeback", -amount, **dispute)
    line = days.tell(sale, "chargeback", -amount, **dispute)
    days.expect(S.BOTH, leg, line, returned=600, day=DAY)


def returned_twice_untold(days: Days, name: str, amount: int) -> None:
    """The chargeback only we know, fee and all, the refund only they."""
    sale = days.sell(name, amount, YESTERDAY)
    terms: Terms = {"reference": f"dp_{name}", "fee": DISPUTE_FEE, "day": DAY}
    leg = days.post(sale, "chargeback", -amount, **terms)
    line = days.tell(sale, "refund", -700, reference=f"re_{name}", day=DAY)
    days.expect(S.OURS, leg, None, psp_reference=sale.charge, returned=700)
    known = {"checkout_id": sale.checkout, "parent_known": True, "returned": 700}
    days.expect(S.THEIRS, None, line, **known)


def returned_in_two_parts(days: Days, name: str, amount: int) -> None:
    """All of it, and no more: half refunded, half charged back, one chargeback won again."""
    sale = days.sell(name, amount, YESTERDAY)
    half = amount // 2
    for told in (days.post, days.tell):
        told(sale, "refund", -half, reference=f"re_{name}", day=DAY)
        told(sale, "chargeback", half - amount, reference=f"dp1_{name}", day=DAY, fee=DISPUTE_FEE)
        told(sale, "chargeback", -amount, reference=f"dp2_{name}", day=DAY, fee=DISPUTE_FEE)
        told(sale, "chargeback_reversal", amount, reference=f"dp2_{name}", day=DAY)


# --- nothing is wrong ---------------------------------------------------------------------------
def all_agrees(days: Days, name: str, amount: int) -> None:
    sale = days.sell(name, amount, YESTERDAY)
    for told in (days.post, days.tell):
        told(sale, "refund", -100, reference=f"re1_{name}", day=DAY)
        told(sale, "refund", -200, reference=f"re2_{name}", day=DAY)
        told(sale, "refund_reversal", 200, reference=f"re2_{name}", day=DAY)


def told_in_parts(days: Days, name: str, amount: int) -> None:
    sale = Sale(name, amount, DAY)
    days.post(sale)
    days.tell(sale, gross=amount - 500, modification_reference="cap_1")
    days.tell(sale, gross=500, modification_reference="cap_2", day=YESTERDAY)


def booked_in_parts(days: Days, name: str, amount: int) -> None:
    """Withdrawn at two stages of a dispute, told in one line."""
    sale = days.sell(name, amount, YESTERDAY)
    terms: Terms = {"reference": f"dp_{name}", "day": DAY}
    days.post(sale, "chargeback", -300, fee=DISPUTE_FEE, sequence="1", **terms)
    days.post(sale, "chargeback", -400, fee=DISPUTE_FEE, sequence="2", **terms)
    days.tell(sale, "chargeback", -700, fee=2 * DISPUTE_FEE, **terms)


def known_by_its_charge(days: Days, name: str, amount: int) -> None:
    sale = Sale(name, amount, DAY)
    days.post(sale)
    days.tell(sale, merchant_reference=None)


def known_by_its_charge_under_a_strange_reference(days: Days, name: str, amount: int) -> None:
    sale = Sale(name, amount, DAY)
    days.expect(
        S.BOTH,
        days.post(sale),
        days.tell(sale, gross=amount + 60, merchant_reference="shop-1"),
    )


def refunds_known_by_their_charge(days: Days, name: str, amount: int) -> None:
    """The PSP says of which charge, not which refunds they are: their sum counts."""
    sale = days.sell(name, amount, YESTERDAY)
    days.post(sale, "refund", -300, reference=f"re1_{name}", day=DAY)
    days.post(sale, "refund", -400, reference=f"re2_{name}", day=DAY)
    days.tell(sale, "refund", -700, day=DAY, merchant_reference=None)


def refund_known_by_its_order_alone(days: Days, name: str, amount: int) -> None:
    """The ledger never learned the refund's id at the PSP."""
    sale = days.sell(name, amount, YESTERDAY)
    days.post(sale, "refund", -300, day=DAY)
    days.tell(sale, "refund", -300, reference=f"re_{name}", day=DAY)


def refunds_not_each_others(days: Days, name: str, amount: int) -> None:
    """Of one charge, but each is another refund."""
    sale = days.sell(name, amount, YESTERDAY)
    leg = days.post(sale, "refund", 3 - amount // 2, reference=f"re1_{name}", day=DAY)
    line = days.tell(sale, "refund", 7 - amount // 2, reference=f"re2_{name}", day=DAY)
    days.expect(S.OURS, leg, None, psp_reference=sale.charge)
    known = {"checkout_id": sale.checkout, "parent_known": True}
    days.expect(S.THEIRS, None, line, **known)


def refund_known_by_its_own_id(days: Days, name: str, amount: int) -> None:
    sale = days.sell(name, amount, YESTERDAY)
    terms: Terms = {"reference": f"re_{name}", "day": DAY}
    days.post(sale, "refund", -amount, **terms)
    days.tell(sale, "refund", -amount, merchant_reference=None, psp_reference="ch_else", **terms)


def told_a_day_early_or_late(days: Days, name: str, amount: int) -> None:
    for place, day in enumerate((shifted(DAY, 1), YESTERDAY)):
        sale = Sale(f"{name}_{place}", amount, DAY)
        days.post(sale)
        days.tell(sale, day=day)
    early = Sale(f"{name}_2", amount, FIRST)
    days.post(early)
    days.tell(early, day=shifted(FIRST, -1))


def line_in_two_files(days: Days, name: str, amount: int) -> None:
    """One that agrees and one whose fee does not: it is a difference once."""
    right, wrong = (Sale(f"{name}_{place}", amount, DAY) for place in (1, 2))
    days.post(right)
    first = days.tell(right)
    leg, second = days.post(wrong), days.tell(wrong, fee=1)
    for line in (first, second):
        days.lake.rows["settlement_lines"].append({**line, "file_id": f"g_{name}", "line_no": 1})
    days.expect(S.BOTH, leg, second)


def fee_of_the_batch(days: Days, name: str, amount: int) -> None:
    row: Terms = {"merchant_reference": None, "psp_reference": None}
    days.tell(Sale(name, 0, DAY), "fee", fee=amount, **row)


def another_psps(days: Days, name: str, amount: int) -> None:
    leg: Terms = {"owner_id": "other", "account": "psp_receivable:other"}
    days.post(Sale(name, amount, DAY), **leg)
    days.tell(Sale(f"{name}_1", amount, DAY), psp="other")
    days.show("settlement", "other", amount, account="other")


# --- without our reference ------------------------------------------------------------------------
def charge_in_two_currencies(days: Days, name: str, amount: int) -> None:
    """Of one charge what came in the ledger's currency answers it."""
    sale = Sale(name, amount, DAY)
    days.post(sale)
    days.tell(sale, merchant_reference=None)
    other = days.tell(replace(sale, currency="BRL"), merchant_reference=None)
    known = {"order_id": name, "checkout_id": sale.checkout, "parent_known": True}
    days.expect(S.THEIRS, None, other, **known, checkout_open=-amount)


def charge_in_another_currency(days: Days, name: str, amount: int) -> None:
    sale = Sale(name, amount, DAY)
    leg = days.post(sale)
    line = days.tell(replace(sale, currency="USD"), merchant_reference=None)
    days.expect(S.BOTH, leg, line, checkout_open=amount)


def charge_with_another_fee_or_amount(days: Days, name: str, amount: int) -> None:
    both: tuple[Terms, Terms] = ({"fee": 3}, {"gross": amount + 70})
    for place, changes in enumerate(both):
        sale = Sale(f"{name}_{place}", amount, DAY)
        days.expect(S.BOTH, days.post(sale), days.tell(sale, merchant_reference=None, **changes))


def charge_told_twice(days: Days, name: str, amount: int) -> None:
    """Two lines, not one line again."""
    sale = Sale(name, amount, DAY)
    leg = days.post(sale)
    line = days.tell(sale, merchant_reference=None)
    days.tell(sale, merchant_reference=None, booked_at=1)
    fees = {"fee": 2 * line["fee"], "expected_fee": 2 * line["fee"]}
    days.expect(S.BOTH, leg, line, their_amount=2 * amount, checkout_open=-amount, **fees)


def refund_in_two_currencies(days: Days, name: str, amount: int) -> None:
    sale = days.sell(name, amount, YESTERDAY)
    terms: Terms = {"reference": f"re_{name}", "day": DAY}
    strange: Terms = {**terms, "merchant_reference": None, "psp_reference": f"ch_else_{name}"}
    days.post(sale, "refund", -300, **terms)
    days.tell(sale, "refund", -300, **strange)
    days.expect(S.THEIRS, None, days.tell(replace(sale, currency="BRL"), "refund", -300, **strange))


def refund_in_another_currency(days: Days, name: str, amount: int) -> None:
    sale = days.sell(name, amount, YESTERDAY)
    terms: Terms = {"reference": f"re_{name}", "day": DAY}
    leg = days.post(sale, "refund", -300, **terms)
    other = replace(sale, currency="USD")
    line = days.tell(other, "refund", -300, merchant_reference=None, **terms)
    days.expect(S.BOTH, leg, line)


def capture_known_by_its_own_id(days: Days, name: str, amount: int) -> None:
    """The ledger's id of it is the capture's, not the charge's."""
    sale = Sale(name, amount, DAY)
    days.post(sale, psp_reference=f"cap_{name}")
    days.tell(sale, merchant_reference=None, modification_reference=f"cap_{name}")


def returns_without_an_id(days: Days, name: str, amount: int) -> None:
    """Of two orders: nothing says that one is the other."""
    first, second = (days.sell(f"{name}_{place}", amount, YESTERDAY) for place in (1, 2))
    leg = days.post(first, "refund", -(amount // 10), day=DAY)
    line = days.tell(second, "refund", -(amount // 10) - 5, day=DAY)
    days.expect(S.OURS, leg, None, psp_reference=first.charge, modification_reference="")
    days.expect(S.THEIRS, None, line, checkout_id=second.checkout, parent_known=True)


def returns_of_nobodys_charges(days: Days, name: str, amount: int) -> None:
    """Captured before anything that is read, and told without a reference."""
    leg = days.post(Sale(name, amount, DAY), "refund", 90 - amount, reference=f"re_{name}")
    line = days.tell(Sale(f"{name}_x", amount, DAY), "refund", 80 - amount, psp_reference=None)
    days.expect(S.OURS, leg, None, parent_known=False)
    days.expect(S.THEIRS, None, line)


def a_refund_beside_one_without_an_id(days: Days, name: str, amount: int) -> None:
    """The ledger knows one refund by its id, and the other not: what is told is the other."""
    sale = days.sell(name, amount, YESTERDAY)
    leg = days.post(sale, "refund", -(amount // 10), reference=f"re1_{name}", day=DAY)
    days.post(sale, "refund", -(amount // 10) - 1, day=DAY)
    days.tell(sale, "refund", -(amount // 10) - 1, reference=f"re2_{name}", day=DAY)
    days.expect(S.OURS, leg, None, psp_reference=sale.charge)


def a_line_beside_one_without_an_id(days: Days, name: str, amount: int) -> None:
    """They tell of one refund by its id, and of one without: ours is the one without."""
    sale = days.sell(name, amount, YESTERDAY)
    days.post(sale, "refund", -(amount // 10) - 1, reference=f"re1_{name}", day=DAY)
    days.tell(sale, "refund", -(amount // 10) - 1, day=DAY)
    line = days.tell(sale, "refund", -(amount // 10), reference=f"re2_{name}", day=DAY)
    known = {"checkout_id": sale.checkout, "parent_known": True}
    days.expect(S.THEIRS, None, line, **known)


def told_today_booked_tomorrow(days: Days, name: str, amount: int) -> None:
    """Tomorrow's run will say that the fee is wrong; and of one whose line was a day before."""
    for place, told in enumerate((DAY, YESTERDAY)):
        sale = Sale(f"{name}_{place}", amount, shifted(DAY, 1))
        days.post(sale)
        days.tell(sale, fee=5, day=told)


def told_in_part_today(days: Days, name: str, amount: int) -> None:
    """The rest is in tomorrow's file, and lacks something."""
    sale = Sale(name, amount, DAY)
    days.post(sale)
    days.tell(sale, gross=amount - 500)
    days.tell(sale, gross=450, day=shifted(DAY, 1))


# --- the bank -----------------------------------------------------------------------------------
def payout_shown(days: Days, name: str, amount: int) -> None:
    """And what is none of this bank's: another kind, another's account, long before."""
    days.pay_out(f"{name}_1", -amount, "settlement")
    days.pay_out(f"{name}_2", -amount, owner_id="other")
    days.pay_out(f"{name}_3", -amount, account_kind="seller_in_payout")
    days.pay_out(f"{name}_4", -amount, day=shifted(FIRST, -32))
    days.pay_out(name, -amount, day=YESTERDAY)
    days.show("seller_payout", name, -amount)
    days.pay_out(name, amount, "payout_returned")
    days.show("payout_return", name, amount)


def payout_not_shown(days: Days, name: str, amount: int) -> None:
    leg = days.pay_out(name, -amount)
    days.expect(S.BANK_OURS, None, None, **bank_ours(leg))


def payout_shown_with_another_amount(days: Days, name: str, amount: int) -> None:
    leg = days.pay_out(name, -amount, day=YESTERDAY)
    line = days.show("seller_payout", name, -amount - 10)
    told = {"their_currency": "EUR", "their_amount": -amount - 10, "day": DAY}
    where = {"file_id": line["file_id"], "line_no": line["line_no"]}
    days.expect(S.BANK_OURS, None, None, **bank_ours(leg) | told | where)


def payout_of_nobody(days: Days, name: str, amount: int) -> None:
    line = days.show("seller_payout", name, -amount)
    days.expect(S.BANK_THEIRS, None, None, **bank_theirs(line))


def payout_sent_back(days: Days, name: str, amount: int) -> None:
    days.pay_out(name, -amount, day=LONG_AGO)
    days.show("seller_payout", name, -amount, day=LONG_AGO)
    line = days.show("payout_return", name, amount)
    days.expect(S.BANK_THEIRS, None, None, **bank_theirs(line), parent_known=True)


def strange_bank_lines(days: Days, name: str, amount: int) -> None:
    for place in (1, 2):
        line = days.show("other", "", -amount - place)
        days.expect(S.BANK_THEIRS, None, None, **bank_theirs(line))
    line = days.show("settlement", f"batch_{name}", amount)
    days.expect(S.BANK_THEIRS, None, None, **bank_theirs(line), batch=f"batch_{name}")


def batch_not_shown(days: Days, name: str, amount: int) -> None:
    paid = own_batch(days, name, amount)
    days.expect(S.FILE, None, None, **batch_of_file(name, paid))


def batch_shown_with_another_amount(days: Days, name: str, amount: int) -> None:
    paid = own_batch(days, name, amount)
    days.show("settlement", name, paid - 30)
    told = {"their_currency": "EUR", "their_amount": paid - 30}
    days.expect(S.FILE, None, None, **batch_of_file(name, paid) | told)


def batch_does_not_add_up(days: Days, name: str, amount: int) -> None:
    paid = own_batch(days, name, amount, lacking=50)
    days.show("settlement", name, paid - 50)
    told = {"their_currency": "EUR", "their_amount": paid - 50}
    days.expect(S.FILE, None, None, **batch_of_file(name, paid) | told)


def batch_in_two_currencies(days: Days, name: str, amount: int) -> None:
    paid = own_batch(days, name, amount)
    own_batch(days, name, amount + 5, currency="JPY", order=f"{name}_y")
    days.show("settlement", name, paid)
    yen = amount + 5 - FEE.of(amount + 5)
    days.expect(S.FILE, None, None, **batch_of_file(name, yen) | {"our_currency": "JPY"})


def own_batch(
    days: Days, name: str, amount: int, *, lacking: int = 0, currency: str = "EUR", order: str = ""
) -> int:
    """A batch of one capture; what it comes to, `lacking` of which its payout row lacks."""
    sale = Sale(order or name, amount, DAY, currency)
    days.leave_open(name, currency)
    days.post(sale)
    net = int(days.tell(sale, batch=name)["net"])
    row: Terms = {"batch": name, "merchant_reference": None, "psp_reference": None}
    days.tell(Sale("", lacking - net, DAY, currency), "payout", **row)
    return net


def bank_ours(leg: Terms) -> Terms:
    category = "seller_payout" if leg["kind"] == "payout_paid" else "payout_return"
    return {
        "anchor": f"ledger:{leg['ledger_id']}",
        "category": category,
        "day": leg["day"],
        "ledger_id": leg["ledger_id"],
        "psp_reference": leg["psp_reference"],
        "modification_reference": leg["reference"],
        "our_currency": leg["currency"],
        "our_amount": leg["amount"],
    }


def bank_theirs(line: Terms) -> Terms:
    return {
        "anchor": f"bank:{line['line_hash']}",
        "category": line["category"],
        "day": line["day"],
        "modification_reference": line["reference"] or "",
        "file_id": line["file_id"],
        "line_no": line["line_no"],
        "their_currency": line["currency"],
        "their_amount": line["amount"],
    }


def batch_of_file(batch: str, paid: int) -> Terms:
    return {
        "anchor": f"file:{batch}",
        "category": "payout",
        "day": DAY,
        "file_id": f"f{batch_of(DAY)}",
        "batch": batch,
        "our_currency": "EUR",
        "our_amount": paid,
    }


FAULTS: tuple[Fault, ...] = (
    not_in_its_file,
    missing_for_days,
    missing_refund,
    missing_before_the_window,
    line_without_journal,
    line_without_journal_or_order,
    refund_that_nobody_knows,
    refund_made_at_the_psp,
    refund_made_at_the_psp_of_a_charge,
    second_capture,
    captures_of_no_known_charge,
    reserve_withheld,
    adjustment,
    unknown_type,
    may_be_each_others,
    amount_differs,
    long_after_its_capture,
    booked_after_its_line,
    fee_differs,
    fee_of_a_refund,
    currency_differs,
    converted_by_the_psp,
    currency_of_a_part_differs,
    chargeback_differs,
    split_differs,
    settled_under_one_order,
    parts_do_not_add_up,
    returned_twice,
    returned_twice_untold,
    returned_in_two_parts,
    all_agrees,
    told_in_parts,
    booked_in_parts,
    known_by_its_charge,
    known_by_its_charge_under_a_strange_reference,
    refunds_known_by_their_charge,
    refund_known_by_its_order_alone,
    refunds_not_each_others,
    refund_known_by_its_own_id,
    told_a_day_early_or_late,
    line_in_two_files,
    fee_of_the_batch,
    another_psps,
    charge_in_two_currencies,
    charge_in_another_currency,
    charge_with_another_fee_or_amount,
    charge_told_twice,
    refund_in_two_currencies,
    refund_in_another_currency,
    capture_known_by_its_own_id,
    returns_without_an_id,
    returns_of_nobodys_charges,
    a_refund_beside_one_without_an_id,
    a_line_beside_one_without_an_id,
    told_today_booked_tomorrow,
    told_in_part_today,
    payout_shown,
    payout_not_shown,
    payout_shown_with_another_amount,
    payout_of_nobody,
    payout_sent_back,
    strange_bank_lines,
    batch_not_shown,
    batch_shown_with_another_amount,
    batch_does_not_add_up,
    batch_in_two_currencies,
)
