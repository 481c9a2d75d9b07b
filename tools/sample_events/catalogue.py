"""Every file under `events/`, by its path without the ending."""

from __future__ import annotations

from tools.openapi.names import OPERATION_IDS
from tools.openapi.operations import snake_case
from tools.openapi.tables import route_tables
from tools.sample_events.audits import bus_events
from tools.sample_events.billing_tasks import billing_tasks
from tools.sample_events.calls import CALLS
from tools.sample_events.gateway import event
from tools.sample_events.lake import lake_batches
from tools.sample_events.payouts import batches as payout_batches
from tools.sample_events.payouts import changes as payout_changes
from tools.sample_events.payouts import payout_tasks
from tools.sample_events.published import goldens
from tools.sample_events.queues import batches as queue_batches
from tools.sample_events.reconciliations import reconciliation_tasks
from tools.sample_events.run_changes import run_changes
from tools.sample_events.schedules import ticks
from tools.sample_events.streams import batches as stream_batches
from tools.sample_events.world import Json


def http_folders() -> dict[str, str]:
    """Where each route's samples stand, by the route's key: `payments/create_payment`."""
    return {
        each.route.key: f"{function}/{snake_case(OPERATION_IDS[each.route.key])}"
        for function, operations in route_tables().items()
        for each in operations
    }


def catalogue() -> dict[str, Json]:
    """Every sample and golden. Raises LookupError for a route without samples."""
    folders = http_folders()
    if folders.keys() != CALLS.keys():
        differing = sorted(folders.keys() ^ CALLS.keys())
        raise LookupError(f"tools/sample_events/calls.py and the routes differ in: {differing}")
    found = {
        f"{folder}/{name}": event(key, call, f"req-{folder.replace('/', '-')}-{name}")
        for key, folder in folders.items()
        for name, call in CALLS[key].named().items()
    }
    found |= queue_batches() | stream_batches() | ticks() | billing_tasks() | bus_events()
    found |= payout_batches() | payout_changes() | payout_tasks() | run_changes() | lake_batches()
    found |= reconciliation_tasks()
    return found | goldens(found)
