"""Drill: streams lost for longer than they remember."""

from __future__ import annotations

from tests.drills.streams import StreamsLost, play_streams_lost
from tools.drills.histories import always, play_all
from tools.proof.claims import Claim, Proof, Run, Step

HISTORIES, QUICK = 40, 2
MINUTE_MS = 60_000


def prove(run: Run) -> Proof:
    """Lose every stream record and webhook for a day, then make the lake whole again."""
    cases = range(QUICK if run.quick else HISTORIES)
    found, histories = play_all(run, cases, play_streams_lost)
    notes = (
        "Nothing is published while the streams are away, and nothing afterwards of that time: "
        "subscribers of the event bus read what they missed from the API.\n\n" + histories.notes
    )
    return Proof((*claims(found), *always(found, histories)), notes)


def claims(found: list[StreamsLost]) -> tuple[Claim, ...]:
    """What this drill shows."""
    lost = sum(one.records_lost for one in found)
    slowest = max((one.rest_ms for one in found), default=0) / MINUTE_MS
    journals = sum(one.journals for one in found)
    again = sum(sum(one.put_again.values()) for one in found)
    verified = sum(one.verified.journals for one in found if one.verified.holds)
    twice = [one.verified_twice for one in found]
    orders, filed = sum(o.orders for o in found), sum(o.orders_in_lake for o in found)
    return (
        Claim(
            "the sweep alone drains everything",
            f"{lost} stream records lost; at rest after {slowest:.0f} virtual minutes at most",
            holds=lost > 0,
        ),
        Claim(
            "the lake is made whole from the tables: ledger verify, from the lake alone, finds "
            "every journal, chain and balance",
            f"{again} rows put again; {verified} of {journals} journals verified, "
            f"{filed} of {orders} orders",
            holds=bool(journals) and verified == journals and filed == orders,
        ),
        Claim(
            "to put them in twice changes nothing",
            f"{sum(one.copies for one in twice)} copies, "
            f"{sum(len(one.problems) for one in twice)} findings",
            holds=bool(twice) and all(one.holds and one.copies for one in twice),
        ),
    )


STEP = Step("streams", "Stream outage past a day", prove)
