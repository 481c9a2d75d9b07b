"""Carrying out what another person proposed: the approval is written, and then they move."""

from __future__ import annotations

from collections.abc import Generator

from tools.local.failure import LocalFailure
from tools.redrive.agreement import Redrive, approve, carried, finished
from tools.redrive.moving import move, pairs
from tools.redrive.site import Site


def redrive_of(site: Site, redrive_id: str) -> Redrive:
    """The redrive of that id. Raises LocalFailure when there is none."""
    found = site.redrives.get(redrive_id)
    if found is None:
        raise LocalFailure(f"there is no redrive {redrive_id} on {site.stage}")
    return found


def carry_out(site: Site, redrive: Redrive) -> Generator[int, None, None]:
    """Approve it as whoever asks, and move its messages, telling how many after each batch.

    No message moves before the approval is written. Raises Forbidden for who proposed it,
    IllegalTransition when it waits for nobody, Conflict when somebody else was first, NotTaken.
    """
    pair = pairs(site.queue_urls)[redrive.queue]
    now = approve(redrive, site.who, site.now())
    if now is not redrive:
        site.redrives.replace(redrive, now)
    for moved in move(site.sqs, pair, now.left):
        after = carried(now, moved, site.now())
        site.redrives.replace(now, after)
        now = after
        yield moved
    site.redrives.replace(now, finished(now, site.now()))
