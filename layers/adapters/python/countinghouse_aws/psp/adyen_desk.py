"""Adyen's desk. Its library is imported with the first call, and never by who only hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from countinghouse_aws.psp.desk import Unasked
from countinghouse_aws.psp.transport import HttpTransport

if TYPE_CHECKING:
    from countinghouse.ports.books import PspEventBook
    from countinghouse_aws.psp.adyen_client import AdyenClient
    from countinghouse_aws.psp.adyen_gateway import AdyenGateway
    from countinghouse_aws.psp.adyen_payouts import AdyenPayouts
    from countinghouse_aws.psp.adyen_refunds import AdyenRefunds
    from countinghouse_aws.psp.adyen_statements import AdyenStatements
    from countinghouse_aws.psp.adyen_webhooks import AdyenWebhooks
    from countinghouse_aws.psp.desk import Secret


class AdyenDesk:
    """Adyen at its several addresses, with our accounts there.

    `platform_url` is where Legal Entity Management v4 is: it knows the sellers' bank accounts.
    """

    def __init__(self, settings: Mapping[str, str], secret: Secret, timeout_s: float) -> None:
        self._settings = settings
        self._secret = secret
        # Adyen's APIs have a host each: calls go out with whole addresses.
        self._transport = HttpTransport("", timeout_s)

    def gateway(self) -> AdyenGateway:
        """The PSP, asked to charge."""
        from countinghouse_aws.psp.adyen_gateway import AdyenGateway

        return AdyenGateway(self._client(), self._secret.clock)

    def refunds(self) -> AdyenRefunds:
        """The PSP, asked to give back."""
        from countinghouse_aws.psp.adyen_refunds import AdyenRefunds

        return AdyenRefunds(self._client(), self._secret.clock)

    def payouts(self) -> AdyenPayouts:
        """The PSP, asked to pay out."""
        from countinghouse_aws.psp.adyen_payouts import AdyenPayouts

        return AdyenPayouts(self._client(), self._secret.clock)

    def statements(self, inbox: PspEventBook) -> AdyenStatements:
        """The PSP's files, of which its webhooks tell."""
        from countinghouse_aws.psp.adyen_statements import AdyenStatements

        return AdyenStatements(
            download=self._transport.download,
            api_key=self._secret.current("api_key"),
            reports_url=self._settings["reports_url"],
            merchant_account=self._settings["merchant_account"],
            inbox=inbox,
        )

    def owners(self) -> Unasked:
        """Its events name our own ids."""
        return Unasked()

    def webhooks(self) -> AdyenWebhooks:
        """The PSP's webhooks, under every live key."""
        from countinghouse_aws.psp.adyen_webhooks import AdyenWebhooks

        return AdyenWebhooks(lambda: self._secret.live("hmac_key"))

    def _client(self) -> AdyenClient:
        from countinghouse_aws.psp.adyen_client import AdyenClient, AdyenPlaces

        places = AdyenPlaces(
            checkout_url=self._settings["checkout_url"],
            transfers_url=self._settings["transfers_url"],
            platform_url=self._settings["platform_url"],
            merchant_account=self._settings["merchant_account"],
            balance_account=self._settings["balance_account"],
        )
        return AdyenClient(self._transport, self._secret.current("api_key"), places)
