"""The twenty invariants: what each says, when it is looked at, and what looks.

A problem that a history raises begins with the name of its invariant. That each checker finds what
it is for is a test of its own (`test_invariants`): a state is planted that breaks it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulation import rest, rest_of_bus, rest_of_payout, rest_of_sale
from tests.simulation.mail import Mail
from tests.simulation.rest_of_books import adds_up, sealed, shared_out, verified, within_bounds
from tests.simulation.rest_of_cards import cards
from tests.simulation.watch import Watch
from tests.simulation.watch_of_books import Holds, crossed, named, released_as_frozen
from tests.simulation.watch_of_keys import Isolation
from tests.simulation.watch_of_payout import (
    is_booked_with_its_row,
    is_folded_in_one,
    money_paid_out,
    payout_written,
    unheard,
)
from tests.simulation.watch_of_sale import after_capture, money_given_back
from tests.simulation.world import World

Checker = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold; what looks at every step, and what looks when all has come to rest."""

    says: str
    steps: tuple[Checker, ...] = ()
    at_rest: tuple[Checker, ...] = ()

    @property
    def checkers(self) -> tuple[Checker, ...]:
        """Everything that looks."""
        return (*self.steps, *self.at_rest)


INVARIANTS: Mapping[str, Invariant] = {
    "I1": Invariant(
        "zero sum: every journal, every wallet and all of them together, in each currency",
        (Watch._journal, Watch._wallet),
        (rest._books,),
    ),
    "I2": Invariant(
        "immutability: no journal is written twice, no row is ever removed",
        (Watch._written, Watch._journal),
    ),
    "I3": Invariant(
        "every wallet is the sum of its journals, and its sequence is their number",
        (),
        (rest._wallets,),
    ),
    "I4": Invariant(
        "conservation: our cash accounts are the PSP's own book, order by order",
        (is_folded_in_one,),
        (rest._order, rest_of_sale._accounts, rest_of_payout._bank),
    ),
    "I5": Invariant(
        "an order is charged once, and has one attempt without an outcome at most",
        (Watch._one_charge_an_order, Watch._order, money_paid_out),
        (rest._order,),
    ),
    "I6": Invariant(
        "no orphan money: each thing the PSP did is booked once, each booking of cash was done",
        (money_given_back, money_paid_out, Mail._hand_over),
        (rest._books, rest_of_sale._booked, rest_of_sale._refunds, rest_of_payout._payout),
    ),
    "I7": Invariant(
        "a payout is sealed, agreed on and paid in one amount, and paid once at most",
        (is_booked_with_its_row, payout_written),
        (sealed, rest_of_payout.payouts_at_rest),
    ),
    "I8": Invariant(
        "0 <= refunded <= captured <= authorised <= the order's amount",
        (Watch._order, after_capture, money_given_back, payout_written),
        (within_bounds,),
    ),
    "I9": Invariant(
        "split exactness: the parts of what was paid come to the whole, each above zero",
        (released_as_frozen,),
        (shared_out, adds_up),
    ),
    "I10": Invariant(
        "monotone state: every status follows the declared graph, and versions only grow",
        (Watch._order, Watch._payment, Watch._event, after_capture, payout_written),
    ),
    "I11": Invariant(
        "idempotence: what was delivered may come again, and changes no byte of any row",
        (Watch.after_invocation, unheard),
        (World.unmoved,),
    ),
    "I12": Invariant(
        "the PSP's facts end in the same state in whatever order they come",
        (),
        (rest._inbox,),
    ),
    "I13": Invariant(
        "every 2xx to a client or a PSP is of what is stored already",
        (World._ask, Mail._hand_over),
    ),
    "I14": Invariant(
        "progress: all comes to rest, every queue is empty, everybody was told",
        (),
        (rest._nothing_waits, rest._payments, rest._published, rest_of_bus.told),
    ),
    "I15": Invariant(
        "money is set free once, by a journal that may, and only what was held",
        (Holds.written,),
        (rest_of_sale._booked, rest_of_sale._reserves_once, rest_of_payout._bank),
    ),
    "I16": Invariant(
        "no account of a seller or buyer is ever below zero; a debt has an account of its own",
        (Watch._wallet,),
    ),
    "I17": Invariant(
        "an exchange is one journal that sums to zero in both currencies, at its quote's rate",
        (crossed,),
    ),
    "I18": Invariant(
        "who works on one seller's order touches no other's rows",
        (Isolation.end,),
    ),
    "I19": Invariant(
        "no card number in any row, message, log line or event",
        (),
        (cards,),
    ),
    "I20": Invariant(
        "every journal names what asked for it, and the chain of every wallet verifies",
        (named,),
        (verified,),
    ),
}
"""Every invariant by its name."""
