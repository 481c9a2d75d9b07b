"""What health says."""

from countinghouse_aws.edge.schemas import Shown


class Health(Shown):
    """The deployed version and stage."""

    version: str
    stage: str
