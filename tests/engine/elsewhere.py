"""What no engine here shows, with the tests that hold it; and what we do not rely on."""

from __future__ import annotations

from dataclasses import dataclass

UNIT, INFRA, SIMULATION, OWN = "tests/unit", "tests/infra", "tests/simulation", "tests/engine"
CRASH_POINTS = f"{SIMULATION}/test_crash_points.py::test_every_invariant_holds_whatever_call_fails"
FAILURES = f"{UNIT}/adapters/test_failures.py"
WORKFLOWS = f"{INFRA}/test_workflows.py"
QUEUES = f"{INFRA}/test_queues.py"
TEMPLATES = f"{OWN}/test_templates.py"


@dataclass(frozen=True)
class Elsewhere:
    """What AWS does, what the engines do, and the tests that hold our side of it."""

    says: str
    engines: str
    tests: tuple[str, ...]


ELSEWHERE = (
    Elsewhere(
        "TransactionConflict: two writers of one row, one is cancelled",
        "neither ever does",
        (
            f"{FAILURES}::test_a_lost_race_is_a_conflict",
            f"{FAILURES}::test_a_missing_or_short_list_says_nothing",
            CRASH_POINTS,
        ),
    ),
    Elsewhere(
        "throttling, 5xx, time-outs",
        "neither ever does",
        (f"{FAILURES}::test_what_may_pass_is_unavailable", CRASH_POINTS),
    ),
    Elsewhere(
        "a batch that is answered in part: BatchGetItem, SendMessageBatch, PutEvents, Firehose",
        "neither ever does",
        (
            f"{UNIT}/adapters/test_table.py::test_what_was_left_unread_is_asked_for_again",
            f"{UNIT}/adapters/test_outbox.py::test_a_batch_taken_in_part_is_not_taken",
            f"{UNIT}/adapters/test_bus.py::test_an_event_that_was_not_taken_is_not_published",
            f"{UNIT}/adapters/test_firehose.py::test_what_was_not_taken_is_put_again_and_nothing_else",
        ),
    ),
    Elsewhere(
        "an unreadable batch answer fails the whole batch",
        "ministack deletes the messages (batch.malformed)",
        (
            f"{UNIT}/adapters/test_queue.py::test_the_answers_shape_is_lambdas",
            f"{UNIT}/adapters/test_queue.py::test_exactly_the_failed_come_back",
            f"{TEMPLATES}::test_a_consumer_answers_by_the_one_builder_and_on_every_way_out",
            f"{QUEUES}::test_every_mapping_reports_failures_one_by_one",
        ),
    ),
    Elsewhere(
        "a mapping whose queue hides messages too briefly is refused",
        "ministack takes it (batch.visibility)",
        (f"{QUEUES}::test_a_message_is_hidden_six_times_as_long_as_its_consumer_runs",),
    ),
    Elsewhere(
        "a stream gives a record up: retries, bisection, age, destination",
        "ministack tries for good (stream.retries)",
        (
            f"{QUEUES}::test_relay_reads_every_stream_and_gives_up_on_a_bad_record",
            f"{QUEUES}::test_a_stream_is_blocked_by_no_record_and_loses_none",
        ),
    ),
    Elsewhere(
        "a standard queue delivers twice, and in any order",
        "both deliver once, in order",
        (
            f"{SIMULATION}/test_redelivery.py::test_delivering_everything_again_changes_no_row",
            f"{UNIT}/core/domain/test_order_facts.py::test_any_repeat_in_any_order_ends_in_the_same_state",
        ),
    ),
    Elsewhere(
        "redrive (StartMessageMoveTask)",
        "neither has it (queue.move-task)",
        (
            f"{UNIT}/tools/test_redrive.py::test_every_message_is_moved_with_its_attributes",
            f"{TEMPLATES}::test_what_is_not_shown_is_not_used",
        ),
    ),
    Elsewhere(
        "HeartbeatSeconds",
        "ministack ignores it (workflow.heartbeat)",
        (
            f"{TEMPLATES}::test_no_machine_relies_on_a_heartbeat",
            f"{WORKFLOWS}::test_every_task_has_a_timeout",
        ),
    ),
    Elsewhere(
        "retriers and catchers that name a function's exception",
        "ministack never matches one (workflow.retry-name)",
        (
            f"{TEMPLATES}::test_no_retrier_or_catcher_names_an_exception_of_ours",
            f"{WORKFLOWS}::test_every_task_is_retried_a_bounded_number_of_times",
        ),
    ),
    Elsewhere(
        "a start under a running execution's name and input is a success",
        "ministack refuses it (workflow.same-start)",
        (
            f"{UNIT}/adapters/test_workflows.py::test_an_execution_is_named_for_its_payout_and_occasion",
            f"{UNIT}/adapters/test_workflows.py::test_one_that_runs_already_is_not_doubled",
        ),
    ),
    Elsewhere(
        "a machine's role bounds what it does",
        "ministack does not ask (access.machine)",
        (
            f"{WORKFLOWS}::test_the_payout_machine_may_do_nothing_else",
            f"{INFRA}/test_reconciliation.py::test_the_machine_may_do_what_its_file_asks_for_and_nothing_else",
        ),
    ),
    Elsewhere(
        "EventBridge keeps what it could not deliver in the target's dead-letter queue",
        "ministack forgets it (event.undelivered)",
        (
            f"{QUEUES}::test_schedules_have_a_dead_letter_queue_and_a_bound",
            f"{INFRA}/test_audit_rules.py::test_an_event_that_cannot_be_recorded_is_kept",
        ),
    ),
    Elsewhere(
        "arithmetic in a condition is refused",
        "ministack carries it out wrongly (write.arithmetic)",
        (f"{OWN}/test_contract.py::test_no_condition_of_ours_calculates",),
    ),
    Elsewhere(
        "an update that sets a path twice is refused",
        "ministack takes it (write.overlap)",
        (
            f"{UNIT}/adapters/test_table.py::test_a_change_names_only_what_differs_on_the_old_version",
        ),
    ),
)

NOT_RELIED_ON = {
    "a cancelled transaction's token may be used again": (
        "every transaction has a token of its own, made by botocore"
    ),
    "how long Step Functions waits between tries": (
        "nothing measures time on the emulator; the simulation has a clock"
    ),
    "DynamoDB integrations of Step Functions, Express, JSONata": "no machine uses one",
    "the Athena and SNS integrations": "played end to end by the reconciliation (tests/e2e)",
    "EventBridge Scheduler and Pipes": "schedules are rules; streams reach queues by functions",
    "an event of more than EventBridge takes": "events carry ids and a few fields",
    "`dynamodb:LeadingKeys`": "no policy names it",
    "what the emulator keeps over a restart": "`make up` begins with an empty emulator",
}
"""Rows of the engine's fidelity table that we do not rely on, and why."""
