"""Tell a seller what can be paid out now, and why the rest cannot."""

from countinghouse.domain.market_rules import PayoutRules
from countinghouse.domain.payability import Payability, payability
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger
from countinghouse.ports.payouts import PayoutAccounts


def explain_payability(
    seller_id: str, ledger: Ledger, accounts: PayoutAccounts, rules: PayoutRules, clock: Clock
) -> tuple[Payability, ...]:
    """The seller's payability by currency; nothing for a seller without money."""
    wallets = ledger.wallets_of(f"seller:{seller_id}")
    currencies = {wallet.address.currency for wallet in wallets}
    found = {currency: accounts.get(seller_id, currency) for currency in currencies}
    known = {currency: account for currency, account in found.items() if account is not None}
    return payability(wallets, known, rules, clock.now())
