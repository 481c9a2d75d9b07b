"""The reconciliation's machine: understood by its functions, allowed what it does and no more."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any, cast, get_args

import pytest

from countinghouse.domain.difference import Sides
from countinghouse.domain.errors import Conflict, Unavailable
from countinghouse.domain.instants import SECOND, rfc3339, start_of_day
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.reconciliation import STALE_AFTER, Run, RunStatus
from countinghouse.ports.breaks import BreakQuery
from countinghouse.ports.lakehouse import Fact, Residual
from countinghouse.ports.settlement_source import SourceFile
from countinghouse.reconciliation_report import report_json
from countinghouse.run_carrier import RunCarrier
from countinghouse.usecases.judge_differences import Judging
from countinghouse.usecases.normalise_file import Normalising
from countinghouse.usecases.report_run import Reporting
from countinghouse.usecases.settle_batches import Settling
from countinghouse.usecases.start_reconciliation import Starting, start_reconciliation
from countinghouse_aws.reconciliation_assembly import ReconciliationAssembly
from countinghouse_aws.settlement.layouts import parse_bank, parse_settlement
from countinghouse_aws.storage.run_papers import papers_prefix
from countinghouse_aws.storage.settlement_files import S3FileStore
from functions.reconciliation_steps import handler as steps
from functions.reconciliation_steps import schema as steps_schema
from functions.reconciliation_steps.wiring import Deps as StepsDeps
from functions.settlement_files import handler as files
from functions.settlement_files import schema as files_schema
from functions.settlement_files.wiring import Deps as FilesDeps
from infra.catalogue import (
    LAKE_FILES,
    LAY,
    QUERIES_LAKE,
    RECONCILIATION,
    RECONCILIATION_RESULTS,
    RECONCILIATIONS,
    TAKE,
)
from infra.config import stage
from tests.breaks import RULES, a_difference, books_of
from tests.builders import an_order
from tests.fakes.books import FakeOrderBook
from tests.fakes.breaks import FakeBreakBook
from tests.fakes.clock import FakeClock
from tests.fakes.lakehouse import FakeLakeQueries
from tests.fakes.lambdas import FakeContext
from tests.fakes.ledger import FakeBalanceBook
from tests.fakes.queues import FakeOutbox
from tests.fakes.reconciliation import (
    FakeFileBook,
    FakeFileStore,
    FakeReconciliationWorkflow,
    FakeRunBook,
    FakeRunPapers,
)
from tests.fakes.settlement_source import FakeSettlementSource
from tests.infra.asl import Player, as_json
from tests.infra.machines import NUMBERS, STAGES, allowed_to, machine_of, tasks_of
from tests.infra.templates import Synthesized, plain
from tests.runs import a_bank_line, a_line, a_run

PSP, DAY = "sandbox", "2026-11-22"
EXECUTION = f"rec_{PSP}_20261122-1"
STARTED = start_of_day("2026-11-23") + 3 * 3_600 * SECOND
INVOKE = "arn:aws:states:::lambda:invoke"
LOOK = "arn:aws:states:::aws-sdk:athena:getQueryExecution"
READ = "arn:aws:states:::s3:getObject"
PUBLISH = "arn:aws:states:::sns:publish"
_LAKE = LAKE_FILES["settlement_files"]
BY_CLOCK = {"psp": PSP}
BY_HAND = {"psp": PSP, "date": DAY, "requested_by": "ada"}


@dataclass
class World:
    """The real functions over fakes, called by the committed machine.

    What is `failing` fails for good: tasks by their step, function or resource.
    """

    runs: FakeRunBook = field(default_factory=FakeRunBook)
    papers: FakeRunPapers = field(default_factory=FakeRunPapers)
    shared: FakeRunPapers = field(default_factory=FakeRunPapers)
    queries: FakeLakeQueries = field(default_factory=FakeLakeQueries)
    source: FakeSettlementSource = field(default_factory=FakeSettlementSource)
    balances: FakeBalanceBook = field(default_factory=FakeBalanceBook)
    clock: FakeClock = field(default_factory=lambda: FakeClock(STARTED))
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    query_states: list[str] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    published: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    execution: str = EXECUTION

    def __post_init__(self) -> None:
        self.file_book, self.store = FakeFileBook(), FakeFileStore()
        self.books = books_of(FakeBreakBook(), self.clock)
        self.source.publish(SourceFile("s.csv", "settlement", DAY, ""), b"no such file\n")
        self.source.publish(SourceFile("b.csv", "bank", DAY, ""), b"no such file\n")

    def run(self) -> Run:
        run = self.runs.get(PSP, DAY)
        assert run is not None
        return run

    def carried(self, psp: str, day: str, execution: str) -> Run:
        run = self.runs.get(psp, day)
        if run is None or run.execution != execution:
            raise Conflict("another execution carries this run")
        return run

    def play(self, given: dict[str, str]) -> tuple[str, Any, list[str]]:
        """The state in which the execution ends, its output, and all states it came to."""
        context = {"Name": self.execution, "StartTime": rfc3339(STARTED)}
        player = Player(self.perform, context)
        end, output = player.play(machine_of(RECONCILIATION), given)
        return end, output, player.visited

    def perform(self, resource: str, parameters: dict[str, Any]) -> Any:
        if resource in self.failing:
            raise Unavailable("it is down")
        if resource == INVOKE:
            return {"Payload": self._invoke(parameters["FunctionName"], parameters["Payload"])}
        if resource == LOOK:
            assert parameters["QueryExecutionId"] in self.queries.started
            state = self.query_states.pop(0) if self.query_states else "SUCCEEDED"
            return {"QueryExecution": {"Status": {"State": state}}}
        if resource == READ:
            assert parameters["Bucket"] == "documents"
            content = self.papers.papers[parameters["Key"].removeprefix(self.papers.prefix)]
            return json.loads(content)
        assert resource == PUBLISH, resource
        self.published.append(parameters)
        return {"MessageId": "1"}

    def _invoke(self, function: str, payload: dict[str, Any]) -> Any:
        step = payload.get("step", function)
        self.asked.append(step)
        if step in self.failing:
            raise Unavailable("it is down")
        if function in ("${Rollup}", "${Audit}"):
            return {}
        module = {"${SettlementFiles}": files, "${ReconciliationSteps}": steps}[function]
        return as_json(module.lambda_handler(as_json(payload), FakeContext()))

    def files_deps(self) -> FilesDeps:
        normalising = Normalising(
            self.file_book,
            self.store,
            lambda raw, chunks: parse_settlement(chunks, None, raw.psp, raw.file_id, raw.day),
            lambda raw, chunks: parse_bank(chunks, None, raw.psp, raw.file_id, raw.day),
            RULES.fee_of(PSP),
            self.clock,
        )
        return FilesDeps(
            run=self.carried,
            runs=self.runs,
            files=self.file_book,
            store=self.store,
            source=lambda _: self.source,
            normalising=lambda _: normalising,
            clock=self.clock,
        )

    def carrier(self, psp: str, day: str, execution: str) -> RunCarrier:
        return RunCarrier(
            run=self.carried(psp, day, execution),
            papers=self.papers,
            shared=self.shared,
            queries=lambda: self.queries,
            judging=Judging(self.books, self.orders, RULES),
            settling=Settling(self.file_book, self.books.ledger, self.clock),
            reporting=Reporting(
                self.runs,
                self.file_book,
                self.books.breaks,
                FakeBreakBook().caps,
                self.balances,
                RULES,
                {"json": report_json},
                self.clock,
            ),
            outbox=FakeOutbox,
        )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A day with a file and a statement, of which one capture has no journal."""
    world = World()
    world.queries.found = [a_difference(Sides.THEIRS, day=DAY)]
    steps_deps = StepsDeps(world.carrier, "documents", passes_max=2, looks_max=3)
    monkeypatch.setattr(files, "deps", world.files_deps)
    monkeypatch.setattr(steps, "deps", lambda: steps_deps)
    return world


def test_by_the_clock_the_day_before_is_reconciled(world: World) -> None:
    end, output, _ = world.play(BY_CLOCK)

    run = world.run()
    assert (end, run.status, run.requested_by) == ("Done", RunStatus.COMPLETED, "schedule")
    assert output["run_id"] == run.run_id
    assert world.asked == [
        *("begin", "fetch", "normalise", "normalise"),
        *("query", "chunk", "judge", "close", "repair", "settle"),
        *("${Rollup}", "${Audit}", "query", "explain", "report"),
    ]
    assert len(world.books.breaks.find(BreakQuery(run.run_id, None, None, 9)).breaks) == 1


def test_the_report_is_announced_with_its_verdict_first(world: World) -> None:
    world.play(BY_CLOCK)

    (sent,) = world.published
    report = json.loads(world.papers.papers["report.json"])
    assert sent["TopicArn"] == "${ReportsTopic}"
    assert sent["Subject"].startswith(f"Reconciliation {PSP} {DAY}: ")
    assert sent["Message"].startswith(report["verdict"])


def test_a_run_that_was_asked_for_is_carried_by_the_execution_it_names(world: World) -> None:
    workflow = FakeReconciliationWorkflow()
    ports = Starting(world.runs, workflow, world.clock, frozenset({PSP}))
    asked = start_reconciliation(PSP, DAY, "ada", ports)
    (world.execution,) = workflow.executions

    end, _, _ = world.play(BY_HAND)

    assert (end, world.run().status) == ("Done", RunStatus.COMPLETED)
    assert (world.run().execution, world.run().requested_by) == (asked.execution, "ada")


def test_a_day_that_another_execution_is_at_work_on_is_left_to_it(world: World) -> None:
    world.runs.add(Run(PSP, DAY, RunStatus.RUNNING, "another", "ada", STARTED - SECOND))

    end, _, _ = world.play(BY_CLOCK)

    assert (end, world.asked) == ("Elsewhere", ["begin"])
    assert world.run().execution == "another"


@pytest.mark.parametrize(
    "failing",
    [
        *("fetch", "normalise", "query", "chunk", "judge", "close", "repair", "settle"),
        *("${Rollup}", "${Audit}", "explain", "report", LOOK, READ),
    ],
)
def test_whatever_fails_the_run_says_so_and_goes_on_when_it_is_started_anew(
    world: World, failing: str
) -> None:
    world.failing = {failing}
    end, _, _ = world.play(BY_CLOCK)

    assert (end, world.run().status, world.run().failure) == ("Failed", "failed", "Unavailable")
    assert world.published == []

    world.failing, world.execution = set(), "anew"
    end, _, _ = world.play(BY_HAND)

    assert (end, world.run().status) == ("Done", RunStatus.COMPLETED)


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
@pytest.mark.parametrize("before", [0, 1])
def test_a_query_that_fails_fails_the_run(world: World, state: str, before: int) -> None:
    world.query_states = ["SUCCEEDED"] * before + ["RUNNING", state]

    end, _, _ = world.play(BY_CLOCK)

    assert (end, world.run().failure) == ("Failed", "QueryFailed")


def test_a_query_is_looked_at_until_it_is_through(world: World) -> None:
    world.query_states = ["QUEUED", "RUNNING", "SUCCEEDED", "RUNNING", "SUCCEEDED"]

    end, _, visited = world.play(BY_CLOCK)

    assert end == "Done"
    assert (visited.count("WaitMatch"), visited.count("WaitResiduals")) == (3, 2)


def test_a_report_that_nobody_could_be_told_of_is_there_all_the_same(world: World) -> None:
    world.failing = {PUBLISH}

    end, _, _ = world.play(BY_CLOCK)

    assert (end, world.run().status) == ("Done", RunStatus.COMPLETED)


def test_what_is_under_way_is_asked_after_and_looked_at_again(world: World) -> None:
    world.orders.rows["o1"] = an_order(order_id="o1", status=OrderStatus.UNKNOWN)

    end, _, visited = world.play(BY_CLOCK)

    assert end == "Done"
    assert visited.count("LetItFinish") == 1
    assert {"pass-1/portions.json", "pass-2/portions.json"} < set(world.papers.papers)


def test_the_lake_is_waited_for_and_no_longer_than_allowed(world: World) -> None:
    world.queries.left = [Residual(Fact.BALANCE, "EUR", "", "", 1, 5)]

    end, _, visited = world.play(BY_CLOCK)

    assert (end, visited.count("LetItFlow")) == ("Done", 3)
    assert "DOES NOT AGREE" in world.published[0]["Subject"]


def test_a_difference_that_cannot_be_judged_fails_the_whole_run() -> None:
    judging = machine_of(RECONCILIATION)["States"]["Judge"]

    assert judging["ToleratedFailurePercentage"] == 0
    assert "ToleratedFailureCount" not in judging
    assert judging["MaxConcurrency"] == NUMBERS["JudgeConcurrency"]
    # Inline, neither the list nor what became of a bad day would fit into a state's payload.
    assert judging["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    # A portion may take longer than the five minutes of an express workflow.
    assert judging["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] == "STANDARD"
    assert judging["ResultWriter"]["Parameters"]["Prefix"] == RECONCILIATION_RESULTS
    assert judging["ResultPath"] is None


@pytest.mark.parametrize("stage_name", STAGES)
def test_every_state_that_works_ends_in_a_recorded_failure(stage_name: str) -> None:
    states = machine_of(RECONCILIATION, stage_name)["States"]
    working = {name: one for name, one in states.items() if one["Type"] in {"Task", "Map"}}

    # Before it began there is nothing to record, and to tell nobody is no failure of the run.
    for name in working.keys() - {"Begin", "BeginYesterday", "RecordFailure", "Notify"}:
        caught = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "RecordFailure"}
        assert working[name]["Catch"] == [caught], name
    assert states["RecordFailure"]["Next"] == "Failed"
    assert states["Failed"]["Type"] == "Fail"


def test_every_step_that_a_function_knows_is_asked_for() -> None:
    asked = {
        task["Parameters"]["Payload"]["step"]
        for task in tasks_of(machine_of(RECONCILIATION)).values()
        if "step" in task["Parameters"].get("Payload", {})
    }

    assert asked == {
        get_args(model.model_fields["step"].annotation)[0]
        for model in (*get_args(files_schema.AnyTask), *get_args(steps_schema.AnyTask))
    }


@pytest.mark.parametrize("stage_name", STAGES)
def test_waits_are_of_the_length_they_are_given(stage_name: str) -> None:
    states = machine_of(RECONCILIATION, stage_name)["States"]
    waits = {name: one["Seconds"] for name, one in states.items() if one["Type"] == "Wait"}

    assert waits == {
        "WaitMatch": NUMBERS["PollSeconds"],
        "WaitResiduals": NUMBERS["PollSeconds"],
        "LetItFinish": NUMBERS["RepairSeconds"],
        "LetItFlow": NUMBERS["LakeSeconds"],
    }


def test_numbers_in_the_template_are_those_of_the_stage(prod: Synthesized) -> None:
    chosen = stage("prod")
    (machine,) = [
        one["Properties"]
        for one in prod.of_type("AWS::StepFunctions::StateMachine").values()
        if one["Properties"]["StateMachineName"].endswith(f"-{RECONCILIATION}")
    ]
    states = json.loads(machine["DefinitionString"])["States"]

    assert states["Judge"]["MaxConcurrency"] == chosen.judge_concurrency
    assert states["WaitMatch"]["Seconds"] == chosen.query_poll_s
    assert states["LetItFinish"]["Seconds"] == chosen.recon_repair_s
    assert states["LetItFlow"]["Seconds"] == chosen.lake_delay_s
    asked = prod.environment("reconciliation_steps")
    assert asked["RECONCILE_PASSES"] == str(chosen.recon_passes)
    assert asked["RECONCILE_LOOKS"] == str(chosen.recon_looks)


def test_an_execution_is_over_before_another_may_take_its_run_away() -> None:
    assert machine_of(RECONCILIATION)["TimeoutSeconds"] * SECOND < STALE_AFTER


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_in_the_cloud_waits_end_well_before_the_execution_does(name: str) -> None:
    chosen = stage(name)
    waited = chosen.recon_passes * chosen.recon_repair_s + chosen.recon_looks * chosen.lake_delay_s

    assert waited <= machine_of(RECONCILIATION)["TimeoutSeconds"] / 4
    # Firehose holds rows back for so long; the streams take seconds.
    assert chosen.lake_delay_s > chosen.lake.buffer_s
    assert chosen.recon_repair_s > chosen.lake.buffer_s


def test_a_day_is_reconciled_before_it_has_come_on_a_laptop_only(
    local: Synthesized, prod: Synthesized
) -> None:
    ahead = {
        one.environment("reconciliation")["STAGE"]: one.environment("reconciliation")[
            "RECONCILE_AHEAD"
        ]
        for one in (local, prod)
    }

    assert ahead == {"local": "yes", "prod": "no"}
    assert not stage("dev").reconcile_ahead


def test_the_machine_may_do_what_its_file_asks_for_and_nothing_else(
    any_stage: Synthesized,
) -> None:
    name = f"countinghouse-{_stage_of(any_stage)}-{RECONCILIATION}"
    allowed = allowed_to(any_stage, name)
    folders = {
        action: {target.partition("/")[2] for target in targets}
        for action, targets in allowed.items()
        if action.startswith("s3:")
    }

    assert {action.partition(":")[0] for action in allowed} == {
        *("athena", "lambda", "s3", "sns", "states"),
        *(("kms",) if _key(any_stage) else ()),
    }
    assert folders == {
        "s3:GetObject": {f"{RECONCILIATIONS}/*", f"{RECONCILIATION_RESULTS}/*"},
        "s3:PutObject": {f"{RECONCILIATION_RESULTS}/*"},
        "s3:AbortMultipartUpload": {f"{RECONCILIATION_RESULTS}/*"},
        "s3:ListMultipartUploadParts": {f"{RECONCILIATION_RESULTS}/*"},
    }
    assert allowed["sns:Publish"] == {"ReconcilingReports"}
    (group,) = allowed["athena:GetQueryExecution"]
    assert group.endswith(f":workgroup/countinghouse-{_stage_of(any_stage)}")
    assert all(t.endswith(f":stateMachine:{name}") for t in allowed["states:StartExecution"])
    for action in ("states:DescribeExecution", "states:StopExecution"):
        assert all(t.endswith(f":execution:{name}:*") for t in allowed[action])
    assert {action for action in allowed if action.startswith(("athena:", "sns:", "states:"))} == {
        "athena:GetQueryExecution",
        "sns:Publish",
        "states:StartExecution",
        "states:DescribeExecution",
        "states:StopExecution",
    }


def test_every_psp_is_reconciled_daily_between_audit_and_payouts(any_stage: Synthesized) -> None:
    times = stage(_stage_of(any_stage)).schedules
    found = {}
    for one in any_stage.of_type("AWS::Events::Rule").values():
        for target in one["Properties"]["Targets"]:
            if plain(any_stage.target(target["Arn"])).startswith("ReconcilingReconciliation"):
                given = json.loads(target["Input"])
                found[given.pop("psp")] = (one["Properties"]["ScheduleExpression"], target, given)

    assert {*found} == {psp.name for psp in stage(_stage_of(any_stage)).psps}
    for expression, target, given in found.values():
        assert given == {}
        assert expression == f"cron(0 {times.reconcile_hour_utc} * * ? *)"
        # It is of the day before: on the day after, a tick would be of another one.
        late_s = target["RetryPolicy"]["MaximumEventAgeInSeconds"]
        assert 3_600 <= late_s < (24 - times.reconcile_hour_utc) * 3_600
        assert plain(any_stage.target(target["DeadLetterConfig"]["Arn"])) == "QueuesSchedulesDlq"
        role = any_stage.of_type("AWS::IAM::Role")[any_stage.target(target["RoleArn"])]
        (statement,) = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        assert statement["Action"] == "states:StartExecution"
        assert any_stage.target(statement["Resource"]) == any_stage.target(target["Arn"])
    assert times.audit_hour_utc < times.reconcile_hour_utc < times.payout_hour_utc


def test_reports_are_encrypted_and_told_over_tls_only(prod: Synthesized) -> None:
    topics = prod.of_type("AWS::SNS::Topic")
    (name,) = [one for one in topics if plain(one) == "ReconcilingReports"]
    guarded = {
        prod.target(topic)
        for policy in prod.of_type("AWS::SNS::TopicPolicy").values()
        if "aws:SecureTransport" in str(policy["Properties"]["PolicyDocument"])
        for topic in policy["Properties"]["Topics"]
    }

    assert plain(prod.target(topics[name]["Properties"]["KmsMasterKeyId"])) == "DataKey"
    assert name in guarded


def test_whoever_wants_the_reports_finds_their_topic(any_stage: Synthesized) -> None:
    output = any_stage.service["Outputs"]["ReportsTopicArn"]["Value"]

    assert plain(any_stage.target(output)) == "ReconcilingReports"


def test_who_reads_strangers_files_books_nothing(any_stage: Synthesized) -> None:
    reaching = {
        target for _, target in any_stage.allowed("settlement_files") if not target.startswith("*")
    }
    reading = {
        target
        for action, target in any_stage.allowed("reconciliation_steps")
        if action == "s3:GetObject" and ("/inbox/" in target or "/settlement-files/" in target)
    }

    assert not {one for one in reaching if one.split("/")[0] in {"Ledger", "Wallet"}}
    assert not {action for action, _ in any_stage.allowed("settlement_files") if "sqs:" in action}
    assert reading == set()
    assert "PSPS" not in any_stage.environment("reconciliation_steps")


def test_the_files_function_reaches_its_folders_of_the_lake_and_no_others(
    any_stage: Synthesized,
) -> None:
    reached = {
        (function, action, target.partition("/")[2])
        for function in any_stage.functions()
        for action, target in any_stage.allowed(function)
        if action.startswith("s3:") and action not in {"s3:ListBucket", "s3:GetBucketLocation"}
        if target.startswith("Lake/") and function not in QUERIES_LAKE
    }

    assert reached == {
        ("settlement_files", "s3:GetObject", "settlement-files/*"),
        ("settlement_files", "s3:PutObject", "settlement-files/*"),
        ("settlement_files", "s3:AbortMultipartUpload", "settlement-files/*"),
        ("settlement_files", "s3:GetObject", "inbox/*"),
        ("settlement_files", "s3:PutObject", "settlement_lines/*"),
        ("settlement_files", "s3:PutObject", "bank_lines/*"),
    }


def test_files_lines_and_papers_lie_in_the_folders_that_may_be_written() -> None:
    bucket = _Bucket()
    store = S3FileStore(cast("Any", bucket), "lake", lambda _: b"", lambda _: b"")
    store.keep(PSP, SourceFile("../s.csv", "settlement", DAY, ""), [b"x"])
    store.lay_settlement_lines([a_line(1)], 1)
    store.lay_bank_lines([a_bank_line(1)], 1)
    store.dropped(PSP, DAY)
    written = {folder for folder, actions in _LAKE.items() if actions >= LAY}
    read = {folder for folder, actions in _LAKE.items() if actions >= TAKE}

    assert {key.partition("/")[0] for key in bucket.written} == written
    assert {key.partition("/")[0] for key in bucket.listed} | {"settlement-files"} == read
    assert papers_prefix(a_run()).partition("/")[0] == RECONCILIATIONS


@pytest.mark.parametrize(
    ("function", "parts"),
    [
        ("reconciliation", "runs documents reconciliation_workflow ahead break_books"),
        ("settlement_files", "runs files file_store psps"),
        (
            "reconciliation_steps",
            "runs documents lake_queries break_books caps files balances orders repair_outbox "
            "passes_max looks_max",
        ),
    ],
)
def test_what_is_made_on_demand_finds_its_variables_too(
    local: Synthesized, function: str, parts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*os.environ]:
        if name.startswith(("TABLE_", "QUEUE_", "PSP_", "BUCKET_", "RECON", "GLUE_", "ATHENA_")):
            monkeypatch.delenv(name)
    given = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    for name, value in {**given, **local.environment(function)}.items():
        monkeypatch.setenv(name, local.target(value))
    made = ReconciliationAssembly()

    for part in parts.split():
        assert getattr(made, part) is not None


@dataclass
class _Bucket:
    """S3 as far as keys go."""

    written: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)

    def upload_fileobj(self, reader: Any, bucket: str, key: str, **_: Any) -> None:
        assert reader.read()
        self.written.append(key)

    def put_object(self, *, Key: str, **_: Any) -> None:  # noqa: N803 - as boto3 has it
        self.written.append(Key)

    def get_paginator(self, _: str) -> _Bucket:
        return self

    def paginate(self, *, Prefix: str, **_: Any) -> list[dict[str, Any]]:  # noqa: N803
        self.listed.append(Prefix)
        return []


def _stage_of(any_stage: Synthesized) -> str:
    return str(any_stage.environment("reconciliation_steps")["STAGE"])


def _key(any_stage: Synthesized) -> bool:
    return bool(any_stage.of_type("AWS::KMS::Key"))
