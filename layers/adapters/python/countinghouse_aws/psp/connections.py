"""The PSPs of the stage, each connected on first use.

A PSP's modules, and with them its library, are imported when that PSP is first needed, and never by
a process that needs another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING

from countinghouse.domain.errors import NotFound
from countinghouse_aws.psp.names import ADYEN, SANDBOX, STRIPE

if TYPE_CHECKING:
    from countinghouse.domain.psp import PayoutFact
    from countinghouse.ports.gateway import ChargeDesk, RefundGateway
    from countinghouse.ports.payouts import PayoutDesk
    from countinghouse_aws.psp.desk import Desk, Secret

_DESKS: Mapping[str, tuple[str, str]] = {
    SANDBOX: ("sandbox_desk", "SandboxDesk"),
    STRIPE: ("stripe_desk", "StripeDesk"),
    ADYEN: ("adyen_desk", "AdyenDesk"),
}


class Connections:
    """The PSPs by name. `psps` are their settings, `secret` gives the secret of an id."""

    def __init__(
        self,
        psps: Mapping[str, Mapping[str, str]],
        secret: Callable[[str], Secret],
        timeout_s: float,
    ) -> None:
        self._psps = psps
        self._secret = secret
        self._timeout_s = timeout_s
        self._desks: dict[str, Desk] = {}
        # The threads of a batch must not make two pools of connections to one PSP.
        self._lock = Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """The PSPs, the stage's first in front."""
        return tuple(self._psps)

    def desk(self, name: str) -> Desk:
        """That PSP. Raises NotFound for one that the stage does not have."""
        settings = self._psps.get(name)
        if settings is None or name not in _DESKS:
            raise NotFound("there is no such PSP")
        with self._lock:
            if name not in self._desks:
                module, made = _DESKS[name]
                make = getattr(import_module(f"countinghouse_aws.psp.{module}"), made)
                secret = self._secret(settings["secret_id"])
                self._desks[name] = make(settings, secret, self._timeout_s)
            return self._desks[name]

    def gateway(self, name: str) -> ChargeDesk:
        """That PSP, asked to charge."""
        return self.desk(name).gateway()

    def refunds(self, name: str) -> RefundGateway:
        """That PSP, asked to give back."""
        return self.desk(name).refunds()

    def payouts(self, name: str) -> PayoutDesk:
        """That PSP, asked to pay out."""
        return self.desk(name).payouts()

    def order_of(self, psp: str, charge_reference: str) -> str | None:
        """The order that a PSP made a charge for, if it knows. Raises Unavailable."""
        return self.desk(psp).owners().order_of(psp, charge_reference)

    def payout_of(self, psp: str, psp_reference: str) -> PayoutFact | None:
        """What a PSP's payout has come to, if it is ours. Raises Unavailable."""
        return self.desk(psp).owners().payout_of(psp, psp_reference)
