"""The secrets the sandbox's PSPs and the system share, random for each local environment."""

import json
import os
import secrets
from collections.abc import Mapping

from tools.local.places import SECRETS

_OWNER_ONLY = 0o600

Credentials = Mapping[str, Mapping[str, str]]
"""By PSP: what the system shows it, and what checks the webhooks that it signs."""


def psp_credentials() -> Credentials:
    """This environment's credentials, made on first use and readable by their owner only."""
    if SECRETS.exists():
        known: Credentials = json.loads(SECRETS.read_text(encoding="utf-8"))
        if known.keys() == made_up().keys():
            return known
        # Of a time when there were fewer PSPs.
        SECRETS.unlink()
    made = made_up()
    SECRETS.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(SECRETS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(made, sort_keys=True) + "\n")
    return made


def made_up() -> Credentials:
    """Credentials that nobody has yet."""
    return {
        "sandbox": {
            "api_key": f"sk_local_{secrets.token_urlsafe(24)}",
            "webhook_secret": f"whsec_{secrets.token_urlsafe(32)}",
        },
        "stripe": {
            "api_key": f"sk_test_{secrets.token_hex(24)}",
            "webhook_secret": f"whsec_{secrets.token_urlsafe(32)}",
        },
        "adyen": {
            "api_key": f"AQE{secrets.token_hex(32)}",
            # Adyen hands its key out in hexadecimal digits.
            "hmac_key": secrets.token_hex(32).upper(),
        },
    }
