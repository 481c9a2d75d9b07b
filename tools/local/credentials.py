"""The secrets the sandbox PSP and the system share, random for each local environment."""

import json
import os
import secrets
from dataclasses import asdict, dataclass

from tools.local.places import SECRETS

_OWNER_ONLY = 0o600


@dataclass(frozen=True)
class PspCredentials:
    """What the system shows the PSP, and what the PSP signs its webhooks with."""

    api_key: str
    webhook_secret: str

    def as_secret_string(self) -> str:
        """The text Secrets Manager holds."""
        return json.dumps(asdict(self), sort_keys=True)


def psp_credentials() -> PspCredentials:
    """This environment's credentials, made on first use and readable by their owner only."""
    if SECRETS.exists():
        return PspCredentials(**json.loads(SECRETS.read_text(encoding="utf-8")))
    made = PspCredentials(
        api_key=f"sk_local_{secrets.token_urlsafe(24)}",
        webhook_secret=f"whsec_{secrets.token_urlsafe(32)}",
    )
    SECRETS.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(SECRETS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(made.as_secret_string() + "\n")
    return made
