"""The sandbox PSP's desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from countinghouse_aws.psp.desk import Unasked
from countinghouse_aws.psp.transport import HttpTransport

if TYPE_CHECKING:
    from countinghouse.ports.books import PspEventBook
    from countinghouse_aws.psp.desk import Secret
    from countinghouse_aws.psp.sandbox import SandboxGateway
    from countinghouse_aws.psp.sandbox_payouts import SandboxPayouts
    from countinghouse_aws.psp.sandbox_refunds import SandboxRefunds
    from countinghouse_aws.psp.sandbox_statements import SandboxStatements
    from countinghouse_aws.psp.sandbox_webhooks import SandboxWebhooks


class SandboxDesk:
    """The sandbox PSP at `url`."""

    def __init__(self, settings: Mapping[str, str], secret: Secret, timeout_s: float) -> None:
        self._secret = secret
        self._transport = HttpTransport(settings["url"], timeout_s)

    def gateway(self) -> SandboxGateway:
        """The PSP, asked to charge."""
        from countinghouse_aws.psp.sandbox import SandboxGateway

        return SandboxGateway(self._transport, self._secret.current("api_key"))

    def refunds(self) -> SandboxRefunds:
        """The PSP, asked to give back."""
        from countinghouse_aws.psp.sandbox_refunds import SandboxRefunds

        return SandboxRefunds(self._transport, self._secret.current("api_key"))

    def payouts(self) -> SandboxPayouts:
        """The PSP, asked to pay out."""
        from countinghouse_aws.psp.sandbox_payouts import SandboxPayouts

        return SandboxPayouts(self._transport, self._secret.current("api_key"))

    def statements(self, inbox: PspEventBook) -> SandboxStatements:
        """The PSP's files, and its bank's statements."""
        from countinghouse_aws.psp.sandbox_statements import SandboxStatements

        del inbox  # It lists its files when asked.
        transport = self._transport
        return SandboxStatements(transport, transport.download, self._secret.current("api_key"))

    def owners(self) -> Unasked:
        """Its events name our own ids."""
        return Unasked()

    def webhooks(self) -> SandboxWebhooks:
        """The PSP's webhooks, under every live secret."""
        from countinghouse_aws.psp.sandbox_webhooks import SandboxWebhooks

        return SandboxWebhooks(lambda: self._secret.live("webhook_secret"))
