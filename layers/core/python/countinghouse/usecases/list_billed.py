"""Who is billed for a month: every seller with a wallet."""

import json
from collections.abc import Sequence

from countinghouse.domain.accounts import Owner
from countinghouse.domain.close import Month
from countinghouse.domain.wallet import Wallet
from countinghouse.ports.billing import DocumentStore
from countinghouse.ports.ledger import WalletScan
from countinghouse.statements import SELLERS, pack_key

_PREFIX = f"{Owner.SELLER}:"


def list_billed(month: Month, scan: WalletScan, documents: DocumentStore) -> str:
    """Store the sellers' ids in order, each once, and return the list's key.

    A wallet that cannot be read is the audit's to report; here it is left out.
    """
    owners = {row.address.owner for row in scan.all_wallets() if isinstance(row, Wallet)}
    sellers = sorted(owner.removeprefix(_PREFIX) for owner in owners if owner.startswith(_PREFIX))
    key = pack_key(month, SELLERS)
    documents.write(key, _listed(sellers), "application/json")
    return key


def _listed(sellers: Sequence[str]) -> bytes:
    return json.dumps(sellers, separators=(",", ":"), ensure_ascii=False).encode()
