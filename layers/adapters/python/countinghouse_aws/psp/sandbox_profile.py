"""What the sandbox PSP takes: everything, in ISO 4217's own units."""

from __future__ import annotations

from countinghouse.domain.instants import DAY, HOUR
from countinghouse.domain.money import EXPONENTS
from countinghouse_aws.psp.names import SANDBOX
from countinghouse_aws.psp.profile import CREDIT_CARD, DEBIT_CARD, QR, WALLET, Profile, ReplayRules

_CURRENCIES = frozenset(EXPONENTS)

SANDBOX_PROFILE = Profile(
    name=SANDBOX,
    methods=frozenset({CREDIT_CARD, DEBIT_CARD, WALLET, QR}),
    wallets=None,
    qr=dict.fromkeys(sorted(_CURRENCIES), "emvco"),
    currencies=_CURRENCIES,
    payout_currencies=_CURRENCIES,
    replay=ReplayRules(key_window=23 * HOUR, kept=DAY, stored_500=True, resend_allowed=True),
    soft_declines=frozenset({"insufficient_funds", "processing_error"}),
)
