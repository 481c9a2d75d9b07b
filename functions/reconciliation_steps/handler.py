"""The tasks of the reconciliation: one payload names its step, the answer is what the next needs.

Every one may be repeated, and raises what the workflow has to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from countinghouse.run_carrier import RunCarrier
from countinghouse_aws.observability import count, logger, metrics
from functions.reconciliation_steps import schema
from functions.reconciliation_steps.wiring import Deps, deps

Answer = dict[str, object]


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> Answer:
    """One task."""
    count("ReconciliationTask")
    task, ports = schema.TASK.validate_python(event), deps()
    run = task.run
    return STEPS[type(task)](task, ports.carrier(run.psp, run.date, run.execution), ports)


def _query(task: schema.Query, carrier: RunCarrier, _: Deps) -> Answer:
    query_id, began_at = carrier.query(task.query)
    return {"query_id": query_id, "began_at": began_at}


def _chunk(task: schema.Chunk, carrier: RunCarrier, ports: Deps) -> Answer:
    key, differing = carrier.chunk(task.query_id, task.run.number)
    count("LinesDiffering", differing)
    return {"bucket": ports.bucket, "key": key}


def _judge(task: schema.Judge, carrier: RunCarrier, _: Deps) -> Answer:
    for name, number in carrier.judge(task.portion, task.run.number, task.began_at).items():
        count(f"Differences{name.title().replace('_', '')}", number)
    return {"portion": task.portion}


def _close(task: schema.Close, carrier: RunCarrier, _: Deps) -> Answer:
    return {"matched": carrier.close(task.run.number, task.began_at)}


def _repair(task: schema.Repair, carrier: RunCarrier, ports: Deps) -> Answer:
    """Whether to look again after what was asked for, as what number."""
    run, under_way = task.run, carrier.repair(task.run.number)
    again = under_way > 0 and run.number < ports.passes_max
    after = run.model_copy(update={"number": run.number + 1}) if again else run
    return {"run": after.model_dump(), "again": again}


def _settle(_: schema.Settle, carrier: RunCarrier, __: Deps) -> Answer:
    return {"journals": len(carrier.settle())}


def _explain(task: schema.Explain, carrier: RunCarrier, ports: Deps) -> Answer:
    """Whether the report may be drawn up: the lake is minutes behind what was just booked."""
    run, unexplained = task.run, carrier.explain(task.query_id)
    current = not unexplained or run.looked >= ports.looks_max
    if current and unexplained:
        count("Unexplained", len(unexplained))
        logger().error("not explained", extra={"unexplained": unexplained})
    after = run.model_copy(update={"looked": run.looked + 1})
    return {"run": after.model_dump(), "current": current}


def _report(_: schema.Report, carrier: RunCarrier, __: Deps) -> Answer:
    return carrier.report()


def _fail(task: schema.Fail, carrier: RunCarrier, _: Deps) -> Answer:
    return {"status": carrier.fail(task.error)}


STEPS: Mapping[type, Callable[[Any, RunCarrier, Deps], Answer]] = {
    schema.Query: _query,
    schema.Chunk: _chunk,
    schema.Judge: _judge,
    schema.Close: _close,
    schema.Repair: _repair,
    schema.Settle: _settle,
    schema.Explain: _explain,
    schema.Report: _report,
    schema.Fail: _fail,
}
