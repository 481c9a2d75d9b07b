"""What a PSP gets back. What it sends is read by its adapter, after the signature."""

from countinghouse_aws.edge.schemas import Shown


class Acknowledgement(Shown):
    """The event is stored, now or before."""

    received: bool
