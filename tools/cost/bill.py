"""From what was counted to quantities that have a price, and to dollars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from infra.catalogue import TRAILS, WAITING_MEMORY_MB
from tools.cost.counted import Counted
from tools.cost.meter import Step
from tools.cost.tables import Assumptions, prices

Amounts = dict[str, Decimal]
"""Amounts by the name of their price."""
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "HTTP API": ("http_api",),
    "DynamoDB writes": ("dynamodb_write", "dynamodb_write_hour"),
    "DynamoDB reads": ("dynamodb_read", "dynamodb_read_hour"),
    "Lambda": ("lambda_request", "lambda_gb_s"),
    "SQS": ("sqs", "sqs_fifo"),
    "EventBridge": ("eventbridge",),
    "Step Functions": ("sfn_transition", "sfn_express"),
    "Firehose, S3, Athena": (
        *("firehose_gb", "firehose_convert_gb", "firehose_partition_gb"),
        *("s3_put", "s3_get", "athena_tb"),
    ),
    "logs": ("logs", "logs_stored"),
    "X-Ray": ("xray_trace",),
    "data out": ("data_out_gb",),
}
GB = Decimal(1024**3)
MILLION = Decimal(1_000_000)
MONTH_DAYS = Decimal(30)
HOUR_S = 3_600
FIREHOSE_STEP = 5 * 1_024
DOOR = "http POST /v1/webhooks/{psp}"
"""Comes by the function's own URL, past the API (tests/infra compare it with the stage)."""
STREAMED = "stream_records_"
"""How the names of assumptions begin that tell of a table's stream what one invocation gets."""
_TWICE = frozenset({"dynamodb.TransactWriteItems"})
_S3_PUTS = ("s3.PutObject", "s3.ListObjectsV2")


@dataclass(frozen=True, slots=True)
class Share:
    """So many per thousand payments go through this; `but` leaves out the steps begun so."""

    counted: Counted
    per_mille: Decimal = Decimal(1_000)
    but: str = ""

    def steps(self) -> list[Step]:
        """The steps that count."""
        return [step for step in self.counted.steps if step.trigger != self.but]


def amounts(shares: Iterable[Share], assumed: Assumptions) -> Amounts:
    """What a million payments take."""
    total: Amounts = defaultdict(Decimal)
    for share in shares:
        factor = MILLION * share.per_mille / 1_000 / share.counted.many
        one = _of_steps(share.steps(), assumed)
        one["sfn_transition"] += sum(share.counted.transitions.values())
        for name, amount in one.items():
            total[name] += amount * factor
    return total


def _of_steps(steps: Iterable[Step], assumed: Assumptions) -> Amounts:
    found: Amounts = defaultdict(Decimal)
    for step in steps:
        invocations = _invocations(step, assumed)
        found["dynamodb_write"] += sum(step.units.writes.values())
        found["dynamodb_read"] += Decimal(sum(step.units.halves.values())) / 2
        found["lambda_request"] += invocations
        found["lambda_gb_s"] += _gb_seconds(step, invocations, assumed)
        found["eventbridge"] += step.published
        _queued(step, invocations, found, assumed)
        _filed(step, found, assumed)
        _told(step, invocations, found, assumed)
        found["s3_put"] += sum(step.calls[call] for call in _S3_PUTS)
        found["s3_get"] += step.calls["s3.GetObject"]
    return found


def _batch(step: Step, assumed: Assumptions) -> Decimal:
    """How many records an invocation like this gets in production."""
    if step.trigger.startswith("sqs "):
        return assumed["queue_records"]
    if not step.trigger.startswith("stream "):
        return Decimal(1)
    if step.function == "lake":
        return assumed["lake_records"]
    return Decimal(assumed.values.get(f"{STREAMED}{step.trigger.removeprefix('stream ')}", 1))


def _invocations(step: Step, assumed: Assumptions) -> Decimal:
    return step.records / _batch(step, assumed)


def _gb_seconds(step: Step, invocations: Decimal, assumed: Assumptions) -> Decimal:
    """CPU at the memory's share of a processor, and what is waited for."""
    calls = _calls(step, invocations)
    cpu_us = (
        invocations * assumed["cpu_us_invocation"]
        + step.records * assumed[_work_of_a_record(step)]
        + calls * assumed["cpu_us_call"]
        + step.psp_calls * assumed["cpu_us_psp"]
    )
    waits = calls + sum(step.calls[call] for call in _TWICE)
    waited_us = waits * assumed["wait_us_call"]
    if step.psp_calls:
        waited_us += invocations * assumed["wait_us_psp"]
    cold_us = invocations * assumed["cold_percent_tenths"] / 1_000 * assumed["cold_ms"] * 1_000
    is_waiting = step.function in WAITING_MEMORY_MB
    memory_mb = assumed["memory_mb_waiting" if is_waiting else "memory_mb"]
    billed_us = cpu_us * assumed["vcpu_mb"] / memory_mb + waited_us + cold_us
    return billed_us / MILLION * memory_mb / 1_024


def _calls(step: Step, invocations: Decimal) -> Decimal:
    """Calls to AWS. A stream's reader sends on what it was given in one call, few or many."""
    if step.trigger.startswith("stream ") and step.calls:
        return invocations
    return Decimal(sum(step.calls.values()))


def _work_of_a_record(step: Step) -> str:
    return "cpu_us_change" if step.trigger.startswith("stream ") else "cpu_us_record"


def _queued(step: Step, invocations: Decimal, found: Amounts, assumed: Assumptions) -> None:
    """Requests to queues: one for each ten messages sent, and for each batch taken and deleted."""
    sent_at_once = min(Decimal(10), _batch(step, assumed))
    for queue, messages in step.messages.items():
        found[_queue_price(queue)] += messages / sent_at_once
    if step.trigger.startswith("sqs "):
        found[_queue_price(step.trigger)] += 2 * invocations


def _queue_price(queue: str) -> str:
    return "sqs_fifo" if queue.endswith(".fifo") else "sqs"


def _filed(step: Step, found: Amounts, assumed: Assumptions) -> None:
    """Bytes put to Firehose, billed by 5 KB begun of each record, which holds a batch's rows."""
    size = sum(step.firehose)
    if not size:
        return
    rows = size / Decimal(step.records) * assumed["lake_records"]
    begun = (rows / FIREHOSE_STEP).to_integral_value(ROUND_CEILING)
    billed = begun * FIREHOSE_STEP / rows * size
    found["firehose_gb"] += billed / GB
    for name in ("firehose_convert_gb", "firehose_partition_gb"):
        found[name] += size / GB


def _told(step: Step, invocations: Decimal, found: Amounts, assumed: Assumptions) -> None:
    """Logs, traces, and bytes out. Of a batch's lines all but one are about a record of it."""
    lines = max(Decimal(0), step.log_lines - 1 + invocations)
    text = step.log_bytes * lines / max(1, step.log_lines)
    text += invocations * assumed["platform_log_bytes"] + lines * assumed["log_event_bytes"]
    is_trail = step.function in TRAILS
    _kept(text, found, assumed, assumed["trail_kept_days" if is_trail else "log_kept_days"])
    out = step.psp_calls * assumed["bytes_out_psp"]
    if step.trigger.startswith("http "):
        out += assumed["bytes_out_http"]
    if step.trigger.startswith("http ") and step.trigger != DOOR:
        found["http_api"] += 1
        called = assumed["access_log_bytes"] + assumed["log_event_bytes"]
        _kept(called, found, assumed, assumed["trail_kept_days"])
        # What a request sets off is of its trace.
        found["xray_trace"] += assumed["traced_per_mille"] / 1_000
    found["data_out_gb"] += out / GB


def _kept(text: Decimal, found: Amounts, assumed: Assumptions, days: Decimal) -> None:
    """Bytes of logs, and what they take of months once they lie there compressed."""
    found["logs"] += text / GB
    found["logs_stored"] += text / GB * assumed["logs_stored_percent"] / 100 * days / MONTH_DAYS


def dollars(found: Amounts, assumed: Assumptions, *, provisioned: bool = False) -> Amounts:
    """Dollars by component, for what a million payments take."""
    priced = dict(found)
    if provisioned:
        for kind in ("write", "read"):
            units = priced.pop(f"dynamodb_{kind}", Decimal(0))
            hours = units / HOUR_S * 100 / assumed["utilisation_percent"]
            priced[f"dynamodb_{kind}_hour"] = hours
    months = assumed["payments_a_day"] / MILLION * MONTH_DAYS
    told: Amounts = {}
    for component, names in COMPONENTS.items():
        told[component] = sum(
            (prices()[n].of(priced[n], priced[n] * months) for n in names if n in priced),
            Decimal(0),
        )
    return told
