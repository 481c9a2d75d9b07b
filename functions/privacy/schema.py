"""What callers send to the privacy service."""

from __future__ import annotations

from countinghouse_aws.edge.schemas import Id, Strict


class BuyerBody(Strict):
    """Whose wallet is to be nobody's. In the body, since ids in paths end in logs."""

    user_id: Id
