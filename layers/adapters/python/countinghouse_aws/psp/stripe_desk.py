"""Stripe's desk. Its library is imported with the first call, and never by who only hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from countinghouse_aws.psp.transport import HttpTransport

if TYPE_CHECKING:
    from countinghouse.ports.books import PspEventBook
    from countinghouse_aws.psp.desk import Secret
    from countinghouse_aws.psp.stripe_gateway import StripeGateway
    from countinghouse_aws.psp.stripe_owners import StripeOwners
    from countinghouse_aws.psp.stripe_payouts import StripePayouts
    from countinghouse_aws.psp.stripe_refunds import StripeRefunds
    from countinghouse_aws.psp.stripe_statements import StripeStatements
    from countinghouse_aws.psp.stripe_webhooks import StripeWebhooks


class StripeDesk:
    """Stripe at `url`, its files at `files_url`, and our account `financial_account` there."""

    def __init__(self, settings: Mapping[str, str], secret: Secret, timeout_s: float) -> None:
        self._settings = settings
        self._secret = secret
        self._timeout_s = timeout_s
        self._transport = HttpTransport(settings["url"], timeout_s)

    def gateway(self) -> StripeGateway:
        """The PSP, asked to charge."""
        from countinghouse_aws.psp.stripe_gateway import StripeGateway

        return StripeGateway(self._transport, self._secret.current("api_key"))

    def refunds(self) -> StripeRefunds:
        """The PSP, asked to give back."""
        from countinghouse_aws.psp.stripe_refunds import StripeRefunds

        return StripeRefunds(self._transport, self._secret.current("api_key"))

    def payouts(self) -> StripePayouts:
        """The PSP, asked to pay out."""
        from countinghouse_aws.psp.stripe_payouts import StripePayouts

        account = self._settings["financial_account"]
        return StripePayouts(self._transport, self._secret.current("api_key"), account)

    def statements(self, inbox: PspEventBook) -> StripeStatements:
        """The PSP's files."""
        from countinghouse_aws.psp.stripe_statements import StripeStatements

        del inbox  # It makes its files when asked.
        files = HttpTransport(self._settings["files_url"], self._timeout_s)
        key = self._secret.current("api_key")
        return StripeStatements(self._transport, files.download, key)

    def owners(self) -> StripeOwners:
        """The PSP, asked whose a charge or payout is that its event names."""
        from countinghouse_aws.psp.stripe_owners import StripeOwners

        return StripeOwners(self._transport, self._secret.current("api_key"))

    def webhooks(self) -> StripeWebhooks:
        """The PSP's webhooks, under every live secret."""
        from countinghouse_aws.psp.stripe_webhooks import StripeWebhooks

        return StripeWebhooks(lambda: self._secret.live("webhook_secret"))
