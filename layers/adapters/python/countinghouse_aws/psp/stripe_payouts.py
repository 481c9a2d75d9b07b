"""Payouts at Stripe: outbound payments from our financial account to a seller's, API v2.

Our id of a bank account is Stripe's of the recipient (`acct_...`), who has one bank account to be
paid on in one currency. Stripe keeps a v2 key for thirty days and drives failed work on under it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import HOUR, rfc3339
from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_account import BankAccount
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse_aws.psp.profile import NOT_EXPRESSIBLE, NotExpressible
from countinghouse_aws.psp.sandbox import SERVER_ERROR, UNREADABLE, plain_text
from countinghouse_aws.psp.stripe_answers import Answer, Proof, report_key_reuse
from countinghouse_aws.psp.stripe_client import answer_to, connect, listed
from countinghouse_aws.psp.stripe_facts import currency_of, payout_fact_of
from countinghouse_aws.psp.stripe_profile import STRIPE_PROFILE
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Transport

if TYPE_CHECKING:
    from stripe.params.v2.money_management import OutboundPaymentCreateParams

S = SettlementKind
_PAGE = 100
_NO_SUCH_ACCOUNT = "account_invalid"
"""An account that does not exist, or is not ours to use: a 403 that says not which."""
_HOLDER_LENGTH_MAX = 200
_SKEW = HOUR
"""How far Stripe's clock may be from ours when we look for what we sent."""

_REFUSED = frozenset(
    {
        "blocked_by_stripe",
        "capability_not_enabled",
        "feature_not_enabled",
        "financial_account_not_open",
        "insufficient_funds",
        "invalid_payout_method",
        "quota_exceeded",
        "recipient_not_notifiable",
    }
)
"""Types of v2 that refuse before any money moves; what is of no known type proves nothing."""


class StripePayouts:
    """The payout port over Stripe's API; money leaves `financial_account` (`fa_...`)."""

    def __init__(self, transport: Transport, api_key: str, financial_account: str) -> None:
        v2 = connect(transport, api_key).v2
        self._money, self._accounts = v2.money_management, v2.core.accounts
        self._financial_account = financial_account

    def pay_out(self, payout: Payout) -> PayoutFact:
        """Send a payout under its own key."""
        try:
            amount = STRIPE_PROFILE.payout_to_wire(payout.sent_minor, payout.sent_currency)
        except NotExpressible:
            return PayoutFact(S.FAILED, payout.payout_id, failure=NOT_EXPRESSIBLE)
        params = self._wanted(payout, amount)
        try:
            answer = answer_to(
                lambda: self._money.outbound_payments.create(
                    params, {"idempotency_key": payout.key}
                )
            )
            report_key_reuse(answer, payout.key)
            return _about(payout, _read(answer, payout.payout_id))
        except NeverSent:
            return PayoutFact(S.NOT_SENT, payout.payout_id)
        except (NoAnswer, *UNREADABLE):
            return PayoutFact(S.UNKNOWN, payout.payout_id)

    def find_payout(self, payout: Payout) -> PayoutFact:
        """Ask what became of a payout: by Stripe's id, else among the recipient's by our id."""
        try:
            if payout.psp_reference is not None:
                return self._known(payout, payout.psp_reference)
            return self._among(payout)
        except (NeverSent, NoAnswer, *UNREADABLE):
            return PayoutFact(S.UNKNOWN, payout.payout_id)

    def find_bank_account(self, bank_account: str) -> BankAccount | None:
        """The bank account, or None when Stripe does not know it. Raises Unavailable.

        None also for a recipient who cannot be paid, or in several currencies at once.
        """
        try:
            methods = answer_to(
                lambda: self._money.payout_methods.list(
                    {"limit": _PAGE}, {"stripe_context": bank_account}
                )
            )
            if methods.is_missing or methods.error.get("code") == _NO_SUCH_ACCOUNT:
                return None
            usable = [one["bank_account"] for one in _data(methods) if _is_usable(one)]
            if len(usable) != 1 or len(usable[0]["supported_currencies"]) != 1:
                return None
            (currency,) = usable[0]["supported_currencies"]
            holder = answer_to(
                lambda: self._accounts.retrieve(bank_account, {"include": ["identity"]})
            )
            return BankAccount(
                bank_account,
                currency_of(currency),
                plain_text(usable[0]["last4"]),
                _holder_of(_done(holder)),
            )
        except (NeverSent, NoAnswer, *UNREADABLE) as error:
            raise Unavailable("the PSP does not say whether it knows the account") from error

    def _wanted(self, payout: Payout, amount: int) -> OutboundPaymentCreateParams:
        currency = payout.sent_currency.lower()
        return {
            "from": {"financial_account": self._financial_account, "currency": currency},
            "to": {"recipient": payout.bank_account, "currency": currency},
            "amount": {"value": amount, "currency": currency},
            "metadata": {"payout_id": payout.payout_id},
        }

    def _known(self, payout: Payout, psp_reference: str) -> PayoutFact:
        answer = answer_to(lambda: self._money.outbound_payments.retrieve(psp_reference))
        if answer.proof() is not Proof.DONE:
            return PayoutFact(S.UNKNOWN, payout.payout_id)
        return _about(payout, payout_fact_of(answer.body))

    def _among(self, payout: Payout) -> PayoutFact:
        since = (payout.first_sent_at or payout.created_at) - _SKEW
        for one in listed(
            lambda: self._money.outbound_payments.list(
                {
                    "recipient": payout.bank_account,
                    "created": {"gte": rfc3339(since)},
                    "limit": _PAGE,
                }
            )
        ):
            if (one.get("metadata") or {}).get("payout_id") == payout.payout_id:
                return payout_fact_of(one)
        return PayoutFact(S.NOT_FOUND, payout.payout_id)


def _is_usable(method: object) -> bool:
    """Whether a payout method is a bank account that can be paid on."""
    if not isinstance(method, dict) or not method.get("bank_account"):
        return False
    if method.get("archived") or method.get("restricted"):
        return False
    return bool(method["usage_status"]["payments"] == "eligible")


def _done(answer: Answer) -> Mapping[str, Any]:
    """What was asked for. Raises NoAnswer when it is not there."""
    if answer.proof() is not Proof.DONE:
        raise NoAnswer(f"status {answer.status}")
    return answer.body


def _data(answer: Answer) -> list[Any]:
    """A list's page. Raises NoAnswer, or one of UNREADABLE when it has none."""
    data = _done(answer)["data"]
    if not isinstance(data, list):
        raise NoAnswer("the answer is not a list")
    return data


def _holder_of(account: Mapping[str, Any]) -> str | None:
    """Whose account it is: the company's name, the person's, else what the account is called."""
    identity = account.get("identity") or {}
    company = (identity.get("business_details") or {}).get("registered_name")
    person = identity.get("individual") or {}
    names = [person.get("given_name"), person.get("surname")]
    found = company or " ".join(name for name in names if name) or account.get("display_name")
    known = isinstance(found, str) and 0 < len(found) <= _HOLDER_LENGTH_MAX
    return str(found) if known else None


def _about(payout: Payout, fact: PayoutFact) -> PayoutFact:
    """The fact, or UNKNOWN when Stripe answered with somebody else's payout."""
    ours = fact.payout_id == payout.payout_id
    return fact if ours else PayoutFact(S.UNKNOWN, payout.payout_id)


def _read(answer: Answer, payout_id: str) -> PayoutFact:
    """What an answer proves. Raises one of UNREADABLE when it proves nothing."""
    proof = answer.proof()
    if proof is Proof.DONE:
        return payout_fact_of(answer.body)
    if proof is Proof.NOT_LOOKED_AT:
        return PayoutFact(S.NOT_SENT, payout_id)
    named = {answer.error.get("type"), answer.error.get("code")}
    if proof is Proof.REFUSED or (answer.status < SERVER_ERROR and named & _REFUSED):
        return PayoutFact(S.FAILED, payout_id, failure=answer.refusal)
    return PayoutFact(S.UNKNOWN, payout_id)
