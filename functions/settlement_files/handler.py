"""The tasks that take files in: one payload names its step, the answer is what the next needs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from countinghouse.domain.instants import from_rfc3339
from countinghouse.domain.reconciliation import Run, SourceKind
from countinghouse.ports.reconciliation import RawFile
from countinghouse.usecases.begin_run import begin_run
from countinghouse.usecases.fetch_files import fetch_files
from countinghouse.usecases.normalise_file import normalise_file
from countinghouse_aws.observability import count, logger, metrics
from functions.settlement_files import schema
from functions.settlement_files.wiring import Deps, deps


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, object]:
    """One task. Every one may be repeated; raises what the workflow has to know."""
    count("SettlementFileTask")
    task, ports = schema.TASK.validate_python(event), deps()
    match task:
        case schema.Begin():
            started = from_rfc3339(task.started_at)
            run = begin_run(task.psp, task.date, task.execution, started, ports.runs, ports.clock)
            return _begun(run, task)
        case schema.Fetch():
            return {"files": [asdict(file) for file in _fetch(task.run, ports)]}
        case schema.Normalise():
            return _normalise(task.file, ports)


def _begun(run: Run | None, task: schema.Begin) -> dict[str, object]:
    """Which day it is, and whether this execution carries it."""
    if run is None:
        return {"carried": False, "run": None}
    state = schema.RunState(psp=run.psp, date=run.day, execution=task.execution)
    return {"carried": True, "run": state.model_dump()}


def _fetch(state: schema.RunState, ports: Deps) -> list[RawFile]:
    run = ports.run(state.psp, state.date, state.execution)
    return fetch_files(run, ports.source(run.psp), ports.files, ports.store)


def _normalise(file: schema.FileState, ports: Deps) -> dict[str, object]:
    raw = RawFile(**{**file.model_dump(), "kind": SourceKind(file.kind)})
    record = normalise_file(raw, ports.normalising(raw.psp))
    count("LinesTakenIn", record.lines)
    count("LinesRejected", record.rejected)
    said: dict[str, object] = {
        "file_id": record.file_id,
        "status": str(record.status),
        "lines": record.lines,
        "rejected": record.rejected,
    }
    logger().info("file taken in", extra=said)
    return said
