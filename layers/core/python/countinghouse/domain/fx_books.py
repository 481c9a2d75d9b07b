"""Whose books hold the currencies' positions, and which of them move together.

A journal that crosses from one currency to another stands in the books of one seller and of his
exchange, or in those of one platform shard (`order_journals`, `payout_journals`). Whoever adds the
positions up reads such a circle of owners as it is at one moment: then every journal is in the sum
whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from countinghouse.domain.accounts import Owner, parse_account
from countinghouse.domain.fx_position import EXCHANGE, position_account
from countinghouse.domain.wallet import Wallet

_SHARD = re.compile(r"\.\d+$")
_KINDS = (str(Owner.SELLER), EXCHANGE)

REVALUATIONS = "platform:fx"
"""Whose books the revaluations stand in: one row a base currency, so that two meet there."""


def circles_of(owners: Iterable[str]) -> dict[str, frozenset[str]]:
    """The owners' circles, by name; nobody stands in two."""
    circles: dict[str, set[str]] = {}
    for owner in owners:
        name, members = _circle(owner)
        circles.setdefault(name, set()).update(members)
    return {name: frozenset(members) for name, members in circles.items()}


def _circle(owner: str) -> tuple[str, set[str]]:
    kind, _, owner_id = owner.partition(":")
    if kind not in _KINDS:
        return owner, {owner}
    # A large seller's exchange has a shard behind its id; a seller's id may look as if it had one.
    whole = _SHARD.sub("", owner_id)
    return whole, {f"{one}:{name}" for one in _KINDS for name in (owner_id, whole)}


def holds_position(wallet: Wallet) -> bool:
    """Whether any of its accounts is a currency's position."""
    kind = position_account(wallet.address.currency).kind
    return any(parse_account(name).kind == kind for name in wallet.balances)


def positions_of(wallets: Iterable[Wallet]) -> Mapping[str, int]:
    """The positions that wallets hold, debit positive by currency; none that is zero."""
    sums: dict[str, int] = {}
    for wallet in wallets:
        currency = wallet.address.currency
        minor = wallet.balances.get(position_account(currency).name, 0)
        sums[currency] = sums.get(currency, 0) + minor
    return {currency: minor for currency, minor in sorted(sums.items()) if minor}
