"""Whose accounts at Adyen these are; a call that names others is refused."""

from typing import Final

from tools.sandbox_psp.fields import Fields
from tools.sandbox_psp.wire import Refused

COMPANY: Final = "Countinghouse"
MERCHANT: Final = "CountinghouseCOM"
BALANCE_PLATFORM: Final = "Countinghouse"
ACCOUNT_HOLDER: Final = "AH_COUNTINGHOUSE"
BALANCE_ACCOUNT: Final = "BA_COUNTINGHOUSE"


def check_merchant(given: Fields) -> None:
    """Refuse a call for another merchant account (403 ``901``)."""
    if given.values.get("merchantAccount") != MERCHANT:
        raise Refused(403, "901", "Invalid Merchant Account")
