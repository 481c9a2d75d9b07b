"""A large seller's money: the market of tests/seller_market.py with four wallets, not one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from types import MappingProxyType

from countinghouse.domain.ledger import totals
from countinghouse.domain.order import Order
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.sub_wallets import SellerShards
from countinghouse.domain.wallet import Wallet, WalletAddress, wallet_parts
from countinghouse.domain.wallet_folds import FOLD_IN, FOLD_OUT, wants_fold
from tests.seller_market import Market

FIRST = WalletAddress("seller:s1", "EUR")
LARGE = SellerShards({"s1": 4})
# Order ids by their sub-wallet: nine orders would be needed to meet all four by chance.
IDS = {LARGE.shard_for("s1", f"o{n}"): f"o{n}" for n in range(40)}


@dataclass
class LargeMarket(Market):
    """The seller `s1` with orders in several sub-wallets; payouts fold them."""

    def _an_order(self, order_id: str) -> Order:
        order = super()._an_order(order_id)
        own = IDS[(int(order_id.removeprefix("o")) + self.seed) % 4]
        attempts = tuple(replace(one, key=one.key.replace(order_id, own)) for one in order.attempts)
        shard = LARGE.shard_for("s1", own)
        return replace(order, order_id=own, wallet_shard=shard, attempts=attempts)

    def wallets(self) -> list[Wallet]:
        """Every sub-wallet there is."""
        return self.ledger.wallets_of(FIRST.owner)

    @property
    def wallet(self) -> Wallet:
        """All sub-wallets as if they were one."""
        sums: Counter[str] = Counter()
        for wallet in self.wallets():
            sums.update(wallet.balances)
        held = {name: minor for name, minor in sums.items() if minor}
        return Wallet(FIRST, MappingProxyType(held))

    def check_order(self, order: Order) -> None:
        """Of every sub-wallet by itself too: none is below zero, each sums to zero."""
        super().check_order(order)
        for wallet in self.wallets():
            assert wallet.total == 0, wallet
            for name, minor in wallet.balances.items():
                owned = name.startswith("seller_")
                below = minor < 0 if name.startswith("seller_receivable") else minor > 0
                assert not (owned and below), f"{name} of {wallet.address} is below zero: {minor}"
        assert "inter_wallet" not in self.wallet.balances, "money is between two wallets"

    def tell(self, what: str) -> None:
        """Money was set aside only if no other sub-wallet held or owed anything."""
        super().tell(what)
        if what.startswith("advance") and what.endswith(PayoutStatus.RESERVED):
            left = [wallet.address for wallet in self.wallets() if wants_fold(wallet)]
            assert not left, f"{what} left {left}"

    def _check_books(self) -> None:
        """Every wallet is what its journals add up to, and a fold's two sides are one amount."""
        fold: dict[WalletAddress, Counter[str]] = {w.address: Counter() for w in self.wallets()}
        between: Counter[str] = Counter()
        for row in self.ledger.linked.values():
            assert set(totals(row.journal.legs).values()) == {0}, row.journal
            ((address, legs),) = wallet_parts(row.journal).items()
            for leg in legs:
                fold[address][leg.account.name] += leg.amount.minor
            if row.journal.kind in (FOLD_OUT, FOLD_IN):
                between[row.journal.reference] += sum(
                    leg.amount.minor for leg in legs if leg.account.kind == "inter_wallet"
                )
        assert not any(between.values()), between
        for wallet in self.wallets():
            folded = {name: minor for name, minor in fold[wallet.address].items() if minor}
            assert dict(wallet.balances) == folded, f"{wallet.address} is not its journals"
