"""Tell a seller what can be paid out now, and why the rest cannot."""

from countinghouse.domain.market_rules import PayoutRules
from countinghouse.domain.payability import Payability, payability
from countinghouse.domain.payout_account import PayoutAccount
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger
from countinghouse.ports.payouts import PayoutAccounts


def explain_payability(
    seller_id: str, ledger: Ledger, accounts: PayoutAccounts, rules: PayoutRules, clock: Clock
) -> tuple[Payability, ...]:
    """The seller's payability by currency; nothing for a seller without money."""
    wallets = ledger.wallets_of(f"seller:{seller_id}")
    currencies = {wallet.address.currency for wallet in wallets}
    found = {currency: _payee(seller_id, currency, accounts, rules) for currency in currencies}
    known = {currency: account for currency, account in found.items() if account is not None}
    return payability(wallets, known, rules, clock.now())


def _payee(
    seller_id: str, currency: str, accounts: PayoutAccounts, rules: PayoutRules
) -> PayoutAccount | None:
    """Where the monthly run pays that wallet's money."""
    account = accounts.get(seller_id, rules.currencies.currency_for(seller_id, currency))
    return account.for_wallet(currency) if account is not None and account.is_set else None
