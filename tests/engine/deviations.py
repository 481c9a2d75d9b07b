"""What an engine does instead of what AWS documents, pinned: an upgrade that changes it fails.

When such a test fails because the engine has become right, strike its line.
"""

from __future__ import annotations

from tests.engine.engines import GUARDED, MINISTACK, MOTO, PROCESS
from tests.engine.row import Observation
from tests.engine.rows_of_functions import MALFORMED

CCF = "ConditionalCheckFailedException"

DEVIATIONS: dict[tuple[str, str], Observation] = {
    (MOTO, "transaction.token"): "2",
    (MOTO, "transaction.token-mismatch"): "done",
    (MOTO, "transaction.wrong-type"): ["ValidationException", []],
    (MOTO, "transaction.hundred"): ["done", "done", "refused"],
    (MOTO, "transaction.four-megabytes"): "done",
    (MINISTACK, "write.arithmetic"): ["done", "2"],
    (MOTO, "write.arithmetic"): ["breaks: ValueError", "1"],
    (MINISTACK, "write.ampersands"): ["done", "2"],
    (MOTO, "write.ampersands"): ["breaks: ValueError", "1"],
    (MINISTACK, "write.unknown-function"): [CCF, "1"],
    (MOTO, "write.unknown-function"): ["breaks: ValueError", "1"],
    (MOTO, "write.other-type"): ["breaks: TypeError", "1"],
    (MINISTACK, "write.overlap"): "done",
    (MOTO, "number.digits"): ["done", "9" * 38, "done"],
    (MINISTACK, "number.long-addition"): "10000000000000000009223372040000000000",
    (MOTO, "query.reversed"): "done",
    (MOTO, "stream.changes"): "breaks: KeyError",
    (MOTO, "stream.no-change"): "breaks: KeyError",
    (MOTO, "stream.transaction"): "breaks: KeyError",
    (MOTO, "fifo.deduplication"): ["a", "a"],
    (MINISTACK, "queue.stale-handle"): ["ReceiptHandleIsInvalid", 1],
    (MOTO, "queue.stale-handle"): ["done", 0],
    (MINISTACK, "queue.move-task"): "InvalidAction",
    (MOTO, "queue.move-task"): "breaks: NotImplementedError",
    (PROCESS, "batch.malformed"): dict.fromkeys(MALFORMED, 0),
    (PROCESS, "batch.visibility"): "done",
    (PROCESS, "function.crash"): [
        "Unhandled",
        "Runtime.HandlerError",
        {"failed": None, "said": "ok"},
    ],
    (PROCESS, "function.error-type"): ["Unhandled", "Runtime.HandlerError"],
    (PROCESS, "stream.retries"): 0,
    (PROCESS, "workflow.retry-name"): ["SUCCEEDED", "caught", 1],
    (PROCESS, "workflow.heartbeat"): "States.Timeout",
    (PROCESS, "workflow.same-start"): ["ExecutionAlreadyExists", "ExecutionAlreadyExists"],
    (PROCESS, "event.malformed"): [0, None],
    (PROCESS, "event.undelivered"): 0,
    (GUARDED, "access.machine"): "SUCCEEDED",
}
