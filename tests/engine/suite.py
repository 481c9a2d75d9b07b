"""Every row there is. Importing this module gathers them."""

from tests.engine import (
    rows_of_access,
    rows_of_events,
    rows_of_functions,
    rows_of_items,
    rows_of_queues,
    rows_of_streams,
    rows_of_transactions,
    rows_of_workflows,
)

GROUPS = (
    rows_of_transactions,
    rows_of_items,
    rows_of_streams,
    rows_of_queues,
    rows_of_functions,
    rows_of_workflows,
    rows_of_events,
    rows_of_access,
)
