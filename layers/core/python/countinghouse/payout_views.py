"""How payouts and what belongs to them look from outside: in an answer, in a published event."""

from collections.abc import Iterable

from countinghouse.domain.fx import parse_ratio
from countinghouse.domain.instants import rfc3339
from countinghouse.domain.ledger import Journal
from countinghouse.domain.payability import Payability, Withheld
from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_account import PayoutAccount
from countinghouse.domain.payout_exchange import PayoutExchange

View = dict[str, object]


def payout_view(payout: Payout) -> View:
    """A payout, without its items; what is not known yet is left out."""
    view: View = {
        "payout_id": payout.payout_id,
        "seller_id": payout.seller_id,
        "amount": payout.amount_minor,
        "currency": payout.currency,
        "status": str(payout.status),
        "trigger": str(payout.trigger),
        "psp": payout.psp,
        "bank_account": payout.bank_account,
        "requested_by": payout.requested_by,
        "version": payout.version,
        "created_at": rfc3339(payout.created_at),
        "updated_at": rfc3339(payout.updated_at),
    }
    optional = {
        "period": payout.period,
        "approved_by": payout.approved_by,
        "psp_reference": payout.psp_reference,
    }
    view |= {name: value for name, value in optional.items() if value is not None}
    if payout.available_before_minor is not None:
        view["available_before"] = payout.available_before_minor
        view["carried_over"] = payout.carried_over_minor
        view["debt_recovered"] = payout.recovered_minor
    if payout.failure is not None:
        view["failure"] = {"code": payout.failure}
    if payout.exchange is not None:
        view["payout_amount"] = payout.exchange.minor
        view["payout_currency"] = payout.exchange.currency
        view["fx"] = _exchange_view(payout.exchange)
    return view


def _exchange_view(exchange: PayoutExchange) -> View:
    """How a payout came to be in another currency; `spread` is in that one."""
    return {
        "quote_id": exchange.quote_id,
        "rate": exchange.rate,
        "rate_decimal": parse_ratio(exchange.rate).decimal(),
        "mid_rate": exchange.mid_rate,
        "mid_rate_decimal": parse_ratio(exchange.mid_rate).decimal(),
        "spread_basis_points": exchange.spread_basis_points,
        "spread": exchange.spread_minor,
        "source": exchange.source,
        "as_of": exchange.as_of,
        "expires_at": rfc3339(exchange.expires_at),
    }


def payout_item_view(journal: Journal, amount_minor: int, currency: str) -> View:
    """A journal that a payout pays; an amount below zero was taken from the seller."""
    return {
        "ledger_id": journal.ledger_id,
        "kind": journal.kind,
        "reference": journal.reference,
        "amount": amount_minor,
        "currency": currency,
        "event_at": rfc3339(journal.event_at),
    }


def payout_account_view(account: PayoutAccount) -> View:
    """Where a seller is paid in one currency."""
    view: View = {
        "seller_id": account.seller_id,
        "currency": account.currency,
        "psp": account.psp,
        "bank_account": account.bank_account,
        "last4": account.last4,
        "usable_from": rfc3339(account.usable_from),
        "changed_by": account.changed_by,
        "changed_at": rfc3339(account.changed_at),
    }
    if account.previous is not None:
        view["previous"] = account.previous
    if account.foreign_from is not None:
        view["usable_for_other_currencies_from"] = rfc3339(account.foreign_from)
    if account.open_payout is not None:
        view["open_payout"] = account.open_payout
    return view


def payability_view(seller_id: str, found: Iterable[Payability]) -> View:
    """A seller's payability: in each currency the withheld amounts are balance minus payable."""
    return {
        "seller_id": seller_id,
        "currencies": {
            one.currency: {
                "balance": one.balance_minor,
                "payable": one.payable_minor,
                "withheld": [_withheld_view(line, one.currency) for line in one.withheld],
            }
            for one in found
        },
    }


def _withheld_view(line: Withheld, currency: str) -> View:
    view: View = {
        "reason": str(line.reason),
        "amount": line.amount_minor,
        "currency": currency,
    }
    if line.release_at is not None:
        view["release_at"] = rfc3339(line.release_at)
    return view
