"""Payouts at Adyen: transfers from our balance account to a seller's transfer instrument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import DAY, Instant, rfc3339
from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_account import BankAccount
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass
from countinghouse_aws.psp.adyen_answers import Answer
from countinghouse_aws.psp.adyen_client import AdyenClient
from countinghouse_aws.psp.adyen_facts import payout_fact
from countinghouse_aws.psp.adyen_profile import ADYEN_PROFILE
from countinghouse_aws.psp.profile import NOT_EXPRESSIBLE, NotExpressible
from countinghouse_aws.psp.sandbox import UNREADABLE, plain_text
from countinghouse_aws.psp.transport import NeverSent, NoAnswer

S = SettlementKind
_NOT_FOUND = 404
_LAST = 4
_SPAN = 30 * DAY
"""How long after its first sending a transfer is looked for by our reference."""

_EURO = "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MC MT NL PT SI SK SM"
_CURRENCIES: Mapping[str, str] = {
    **dict.fromkeys(_EURO.split(), "EUR"),
    "AU": "AUD",
    "BR": "BRL",
    "CA": "CAD",
    "CH": "CHF",
    "CZ": "CZK",
    "DK": "DKK",
    "GB": "GBP",
    "HK": "HKD",
    "HU": "HUF",
    "LI": "CHF",
    "NO": "NOK",
    "NZ": "NZD",
    "PL": "PLN",
    "RO": "RON",
    "SE": "SEK",
    "SG": "SGD",
    "US": "USD",
}
"""What a bank account in a country is in. A transfer instrument names no currency, only where the
account is; of an account elsewhere nothing is known, and nothing is paid to it."""


@dataclass(frozen=True, slots=True)
class AdyenPayouts:
    """The payout port over Transfers v4, and Legal Entity Management v4 for the accounts."""

    client: AdyenClient
    clock: Clock

    def pay_out(self, payout: Payout) -> PayoutFact:
        """Send a payout under its own key."""
        try:
            value = ADYEN_PROFILE.payout_to_wire(payout.sent_minor, payout.sent_currency)
        except NotExpressible:
            return PayoutFact(S.FAILED, payout.payout_id, failure=NOT_EXPRESSIBLE)
        body = {
            "amount": {"value": value, "currency": payout.sent_currency},
            "balanceAccountId": self.client.balance_account,
            "category": "bank",
            "counterparty": {"transferInstrumentId": payout.bank_account},
            "priority": "regular",
            "reference": payout.payout_id,
        }
        try:
            answer = self.client.transfer(body, payout.key)
            return _read(answer, payout)
        except NeverSent:
            return PayoutFact(S.NOT_SENT, payout.payout_id)
        except (NoAnswer, *UNREADABLE):
            return PayoutFact(S.UNKNOWN, payout.payout_id)

    def find_payout(self, payout: Payout) -> PayoutFact:
        """Ask by Adyen's id; without one send it again under its key, and later ask by our id."""
        nothing = PayoutFact(S.UNKNOWN, payout.payout_id)
        first = payout.first_sent_at
        if first is None:
            return nothing
        if payout.psp_reference is None and not self._is_forgotten(first):
            fact = self.pay_out(payout)
            return nothing if fact.kind is S.NOT_SENT else fact
        try:
            return self._found(payout, first)
        except (NeverSent, NoAnswer, *UNREADABLE):
            return nothing

    def find_bank_account(self, bank_account: str) -> BankAccount | None:
        """The transfer instrument, or None when Adyen does not know it. Raises Unavailable."""
        try:
            answer = self.client.transfer_instrument(bank_account)
            if answer.status == _NOT_FOUND:
                return None
            if not answer.is_ok:
                raise Unavailable("the PSP does not say whether it knows the bank account")
            return _account(answer.body)
        except (NeverSent, NoAnswer, *UNREADABLE) as error:
            raise Unavailable("the PSP did not answer") from error

    def _is_forgotten(self, first: Instant) -> bool:
        return self.clock.now() - first > ADYEN_PROFILE.replay.key_window

    def _found(self, payout: Payout, first: Instant) -> PayoutFact:
        if payout.psp_reference is not None:
            answer = self.client.find_transfer(payout.psp_reference)
            return _about(payout, answer.body if answer.is_ok else {})
        since, until = rfc3339(first - DAY), rfc3339(first + _SPAN)
        answer = self.client.find_transfers(payout.payout_id, since, until)
        if not answer.is_ok:
            return PayoutFact(S.UNKNOWN, payout.payout_id)
        ours = [one for one in answer.body["data"] if one["reference"] == payout.payout_id]
        if not ours:
            return PayoutFact(S.NOT_FOUND, payout.payout_id)
        return _about(payout, ours[0])


def _read(answer: Answer, payout: Payout) -> PayoutFact:
    if answer.is_ok:
        return _about(payout, answer.body)
    if answer.is_refusal:
        return PayoutFact(S.FAILED, payout.payout_id, failure=f"psp_{answer.error_code}")
    return PayoutFact(S.UNKNOWN if answer.was_looked_at else S.NOT_SENT, payout.payout_id)


def _about(payout: Payout, said: Mapping[str, Any]) -> PayoutFact:
    """The fact, or UNKNOWN when Adyen answered with somebody else's transfer."""
    fact = payout_fact(said)
    ours = fact.payout_id == payout.payout_id
    return fact if ours else PayoutFact(S.UNKNOWN, payout.payout_id)


def _account(said: Mapping[str, Any]) -> BankAccount | None:
    held = said["bankAccount"]
    number = held["accountIdentification"]
    currency = _CURRENCIES.get(held["countryCode"])
    last = plain_text(number.get("iban") or number["accountNumber"])[-_LAST:]
    return BankAccount(plain_text(said["id"]), currency, last) if currency else None
