"""State machines: files that can end, retry and give up, and roles that reach no further."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.machines import (
    NAMES,
    NUMBERS,
    STAGES,
    allowed_to,
    flows_of,
    machine_of,
    nexts_of,
    reached_in,
    role_statements,
    tasks_of,
)
from tests.infra.templates import Synthesized, plain

BILLING = {"BillingStepsFunction", "BillingPdfFunction"}
RECONCILING = {
    "SettlementFilesFunction",
    "ReconciliationStepsFunction",
    "RollupFunction",
    "AuditFunction",
}
SEVEN_DAYS_S = 7 * 24 * 3600


@pytest.mark.parametrize("stage_name", STAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_state_is_reached_and_every_way_ends(name: str, stage_name: str) -> None:
    for flow in flows_of(machine_of(name, stage_name)):
        assert reached_in(flow) == set(flow["States"])
        for state in flow["States"].values():
            ends = state.get("End") or state["Type"] in {"Succeed", "Fail"}
            assert bool(ends) is not bool(nexts_of(state))


@pytest.mark.parametrize("stage_name", STAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_task_is_retried_a_bounded_number_of_times(name: str, stage_name: str) -> None:
    for task in tasks_of(machine_of(name, stage_name)).values():
        assert "States.TaskFailed" in task["Retry"][-1]["ErrorEquals"]
        for retrier in task["Retry"]:
            assert 1 <= retrier["MaxAttempts"] <= 8
            assert retrier["BackoffRate"] > 1
            assert retrier["JitterStrategy"] == "FULL"
            assert retrier["MaxDelaySeconds"] <= 60


@pytest.mark.parametrize("stage_name", STAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_task_has_a_timeout(name: str, stage_name: str) -> None:
    for task in tasks_of(machine_of(name, stage_name)).values():
        assert ("TimeoutSeconds" in task) is not ("TimeoutSecondsPath" in task)


@pytest.mark.parametrize("name", NAMES)
def test_whole_executions_are_bounded(name: str) -> None:
    assert 0 < machine_of(name)["TimeoutSeconds"] <= 30 * 24 * 3600


@pytest.mark.parametrize("stage_name", STAGES)
def test_a_wait_for_a_token_that_is_over_is_caught_and_not_waited_again(stage_name: str) -> None:
    waits = {
        name: task
        for name, task in tasks_of(machine_of("payout", stage_name)).items()
        if task["Resource"].endswith(".waitForTaskToken")
    }

    assert {"AwaitApproval", "AwaitOutcome"} == {name.rstrip("0123456789s") for name in waits}
    for name, task in waits.items():
        (late,) = [one for one in task["Catch"] if one["ErrorEquals"] == ["States.Timeout"]]
        retried = {error for retrier in task["Retry"] for error in retrier["ErrorEquals"]}
        assert late["Next"] == ("ExpireApproval" if name == "AwaitApproval" else "Poll")
        assert not retried & {"States.Timeout", "States.ALL"}
        # Whatever woke it, the row is asked what happened.
        assert task["ResultPath"] is late["ResultPath"] is None


@pytest.mark.parametrize("stage_name", STAGES)
def test_an_approval_is_waited_for_seven_days(stage_name: str) -> None:
    assert (
        tasks_of(machine_of("payout", stage_name))["AwaitApproval"]["TimeoutSeconds"]
        == SEVEN_DAYS_S
    )


def test_in_the_cloud_an_outcome_is_waited_for_as_long_as_the_last_step_said() -> None:
    for name in ("dev", "prod"):
        assert (
            machine_of("payout", name)["States"]["AwaitOutcome"]["TimeoutSecondsPath"] == "$.wait_s"
        )


@pytest.mark.parametrize(
    ("wait_s", "taken_s"), [(1, 5), (5, 5), (14, 5), (60, 60), (1_799, 300), (900_000, 86_400)]
)
def test_the_emulator_waits_for_the_longest_rung_that_is_not_too_long(
    wait_s: int, taken_s: int
) -> None:
    states = machine_of("payout", "local")["States"]
    choice = states["AwaitOutcome"]

    fitting = [one for one in choice["Choices"] if wait_s >= one["NumericGreaterThanEquals"]]
    taken = states[fitting[0]["Next"] if fitting else choice["Default"]]

    assert taken["TimeoutSeconds"] == taken_s


def test_choices_of_a_payout_follow_next_alone_and_know_every_answer() -> None:
    states = machine_of("payout")["States"]
    for name in ("NeedsApproval", "OutcomeKnown"):
        choice = states[name]
        assert {one["Variable"] for one in choice["Choices"]} == {"$.next"}
        assert {one["StringEquals"] for one in choice["Choices"]} == {
            "advance",
            "approve",
            "wait",
            "done",
        }
        assert states[choice["Default"]]["Type"] == "Fail"


def test_one_sellers_failure_stops_no_other() -> None:
    opening = machine_of("payout_run")["States"]["OpenPayouts"]

    assert opening["ToleratedFailurePercentage"] == 100
    assert opening["MaxConcurrency"] == NUMBERS["PayoutConcurrency"]
    assert opening["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    # Inline, the results of a long list would outgrow a state's payload.
    assert opening["ResultWriter"]["Parameters"]["Prefix"] == "payout-run-results"
    assert opening["ResultPath"] is None


def test_a_payout_keeps_its_place_in_the_run_until_it_is_sent() -> None:
    child = machine_of("payout_run")["States"]["OpenPayouts"]["ItemProcessor"]["States"]
    (waits,) = child["Gone"]["Choices"]
    path = waits["Variable"].removesuffix(".next")

    assert waits["StringEquals"] == "wait"
    assert child[child[waits["Next"]]["Next"]] == child["LookAgain"]
    assert child["OpenPayout"]["Parameters"] == child["LookAgain"]["Parameters"]
    # What is looked at again is not what is answered: that is how it went the first time.
    assert child["LookAgain"]["ResultPath"] == path
    assert path.startswith(child["OpenPayout"]["ResultPath"])
    assert child[child["Gone"]["Default"]] == {"Type": "Succeed", "OutputPath": "$.opened.answer"}
    # Not to know is no reason to call a payout that was opened a failure.
    assert child["LookAgain"]["Catch"][0]["ErrorEquals"] == ["States.ALL"]


def test_files_and_machines_are_the_same_and_every_placeholder_is_filled(
    any_stage: Synthesized,
) -> None:
    machines = any_stage.of_type("AWS::StepFunctions::StateMachine").values()
    arns = json.loads(any_stage.target(any_stage.service["Outputs"]["StateMachineArns"]["Value"]))

    assert sorted(arns) == NAMES == ["month_close", "payout", "payout_run", "reconciliation"]
    assert len(machines) == len(NAMES)
    for machine in machines:
        text = machine["Properties"]["DefinitionString"]
        for name in machine["Properties"]["DefinitionSubstitutions"]:
            text = text.replace(f"${{{name}}}", "filled")
        assert "${" not in text
        assert machine["Properties"]["StateMachineType"] == "STANDARD"


def test_machines_log_errors_without_data_and_are_traced(prod: Synthesized) -> None:
    for machine in prod.of_type("AWS::StepFunctions::StateMachine").values():
        logging = machine["Properties"]["LoggingConfiguration"]
        assert logging["Level"] == "ERROR"
        assert logging["IncludeExecutionData"] is False
        assert machine["Properties"]["TracingConfiguration"] == {"Enabled": True}


def test_machines_invoke_exactly_the_functions_that_do_their_work(any_stage: Synthesized) -> None:
    doing = {
        "payout": {"PayoutStepsFunction"},
        "payout-run": {"PayoutStepsFunction"},
        "month-close": BILLING,
        "reconciliation": RECONCILING,
    }

    for name in role_statements(any_stage):
        called = allowed_to(any_stage, name)["lambda:InvokeFunction"]
        assert called == doing[name.split("-", 2)[2]]


def test_the_payout_machine_may_do_nothing_else(any_stage: Synthesized) -> None:
    (name,) = [one for one in role_statements(any_stage) if one.endswith("-payout")]

    assert set(allowed_to(any_stage, name)) == {"lambda:InvokeFunction"}


def test_the_run_reads_lists_writes_results_and_starts_only_its_own_children(
    any_stage: Synthesized,
) -> None:
    (name,) = [one for one in role_statements(any_stage) if one.endswith("-payout-run")]
    allowed = allowed_to(any_stage, name)
    folders = {target.partition("/")[2] for target in allowed["s3:PutObject"]}

    assert folders == {"payout-run-results/*"}
    assert {target.partition("/")[2] for target in allowed["s3:GetObject"]} == {
        "payout-runs/*",
        "payout-run-results/*",
    }
    assert all(t.endswith(f":stateMachine:{name}") for t in allowed["states:StartExecution"])
    assert all(t.endswith(f":execution:{name}:*") for t in allowed["states:StopExecution"])
    assert not [action for action in allowed if "Delete" in action or "*" in action]


def test_only_payout_functions_drive_the_payout_machine(any_stage: Synthesized) -> None:
    driven = {
        (function, action)
        for function in any_stage.functions()
        for action, target in any_stage.allowed(function)
        if action.startswith("states:") and target.endswith("-payout")
    }
    others = {
        (function, action)
        for function in any_stage.functions()
        for action, target in any_stage.allowed(function)
        if action.startswith("states:") and not target.endswith("-payout")
    }

    assert driven == {
        ("payout_events", "states:StartExecution"),
        ("payout_events", "states:SendTaskSuccess"),
        ("payout_steps", "states:SendTaskSuccess"),
    }
    assert others == {
        ("billing", "states:StartExecution"),
        ("reconciliation", "states:StartExecution"),
    }


def test_the_month_starts_the_run_with_a_role_that_can_do_only_that(
    any_stage: Synthesized,
) -> None:
    (rule,) = [
        one["Properties"]
        for one in any_stage.of_type("AWS::Events::Rule").values()
        if one["Properties"].get("ScheduleExpression", "").startswith("cron(0 4 1 ")
    ]
    (target,) = rule["Targets"]
    role = any_stage.of_type("AWS::IAM::Role")[any_stage.target(target["RoleArn"])]["Properties"]
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]

    assert target["Input"] == "{}"
    assert any_stage.target(target["Arn"]) == any_stage.target(statement["Resource"])
    assert plain(any_stage.target(target["Arn"])).startswith("WorkflowsPayoutRun")
    assert statement["Action"] == "states:StartExecution"


def test_the_close_waits_for_the_last_bookings_and_goes_on_whoever_fails() -> None:
    states = machine_of("month_close")["States"]
    billing = states["BillSellers"]

    assert states["Close"]["Next"] == states["CloseLast"]["Next"] == "Settle"
    assert states["Settle"]["Seconds"] == NUMBERS["SettleSeconds"]
    assert billing["ToleratedFailurePercentage"] == 100
    assert billing["MaxConcurrency"] == NUMBERS["BillConcurrency"]
    # A large seller takes longer than the five minutes of an express workflow.
    assert billing["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] == "STANDARD"
    assert billing["ResultWriter"]["Parameters"]["Prefix"] == "month-close-results"
    assert (billing["Next"], states["Pack"]["Next"]) == ("Pack", "Report")


def test_a_close_that_left_somebody_out_fails_after_all_is_done() -> None:
    states = machine_of("month_close")["States"]
    choice = states["EverybodyBilled"]

    (all_billed,) = choice["Choices"]
    assert (all_billed["Variable"], all_billed["NumericEquals"]) == ("$.unbilled", 0)
    assert states[all_billed["Next"]]["Type"] == "Succeed"
    assert states[choice["Default"]]["Type"] == "Fail"


def test_every_task_of_the_close_is_understood() -> None:
    from pydantic import TypeAdapter

    from functions.billing_pdf.schema import Render
    from functions.billing_steps.schema import TASK

    adapters: dict[str, TypeAdapter[Any]] = {
        "${BillingSteps}": TASK,
        "${BillingPdf}": TypeAdapter(Render),
    }
    filled = {"month": "2026-11", "seller_id": "s1", "currencies": ["EUR"]}
    filled["started_at"] = "2026-12-03T06:00:00Z"
    for task in tasks_of(machine_of("month_close")).values():
        payload = {
            key.removesuffix(".$"): filled[key.removesuffix(".$")] if key.endswith(".$") else value
            for key, value in task["Parameters"]["Payload"].items()
        }
        adapters[task["Parameters"]["FunctionName"]].validate_python(payload)


def test_the_close_reads_its_list_writes_results_and_starts_only_its_own_children(
    any_stage: Synthesized,
) -> None:
    (name,) = [one for one in role_statements(any_stage) if one.endswith("-month-close")]
    allowed = allowed_to(any_stage, name)

    assert {target.partition("/")[2] for target in allowed["s3:PutObject"]} == {
        "month-close-results/*"
    }
    assert {target.partition("/")[2] for target in allowed["s3:GetObject"]} == {
        "closes/*",
        "month-close-results/*",
    }
    assert all(t.endswith(f":stateMachine:{name}") for t in allowed["states:StartExecution"])
    assert all(t.endswith(f":execution:{name}:*") for t in allowed["states:StopExecution"])


def test_the_third_of_the_month_starts_the_close(any_stage: Synthesized) -> None:
    (rule,) = [
        one["Properties"]
        for one in any_stage.of_type("AWS::Events::Rule").values()
        if one["Properties"].get("ScheduleExpression", "").startswith("cron(0 6 3 ")
    ]
    (target,) = rule["Targets"]

    assert target["Input"] == "{}"
    assert plain(any_stage.target(target["Arn"])).startswith("ClosingMonthClose")
    assert plain(any_stage.target(target["DeadLetterConfig"]["Arn"])) == "QueuesSchedulesDlq"


def test_failed_and_endless_executions_are_watched(any_stage: Synthesized) -> None:
    watched = {
        (alarm["MetricName"], any_stage.target(dimension["Value"]))
        for one in any_stage.of_type("AWS::CloudWatch::Alarm").values()
        for alarm in [one["Properties"]]
        for dimension in alarm.get("Dimensions", ())
        if dimension["Name"] == "StateMachineArn"
    }
    machines = any_stage.of_type("AWS::StepFunctions::StateMachine")

    assert watched == {
        (metric, machine)
        for metric in ("ExecutionsFailed", "ExecutionsTimedOut")
        for machine in machines
    }
