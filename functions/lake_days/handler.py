"""Gives each record of the lake its day; the record itself goes on as it came.

A record holds many rows of one day, and jq, which Firehose offers for this, reads records of one
row only. The standard library alone: it runs without a layer.
"""

from __future__ import annotations

import base64
import json
import sys
from datetime import date

from functions.lake_days.schema import Answer, Event, Outcome, Record

DAY = "day"


def lambda_handler(event: Event, context: object) -> Answer:
    """One buffer of Firehose's."""
    outcomes = [_outcome(record) for record in event["records"]]
    failed = sum(outcome["result"] != "Ok" for outcome in outcomes)
    # A line a buffer; a function that says nothing is also waited for longer by the emulator.
    sys.stdout.write(json.dumps({"records": len(outcomes), "without_day": failed}) + "\n")
    return {"records": outcomes}


def _outcome(record: Record) -> Outcome:
    outcome: Outcome = {
        "recordId": record["recordId"],
        "data": record["data"],
        "result": "ProcessingFailed",
    }
    try:
        day = day_of(base64.b64decode(record["data"]))
    except (ValueError, KeyError, TypeError):
        return outcome
    outcome["result"] = "Ok"
    outcome["metadata"] = {"partitionKeys": {DAY: day}}
    return outcome


def day_of(record: bytes) -> str:
    """The day that the record's first row is of. Raises ValueError when it names none."""
    first, _, _ = record.partition(b"\n")
    # Only what is a day may become part of a path.
    return date.fromisoformat(json.loads(first)[DAY]).isoformat()
