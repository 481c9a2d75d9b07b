"""The adapters of functions that have to do with reconciliation, made as all others are."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from countinghouse_aws.assembly import Assembly
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.system.clients import aws_client

if TYPE_CHECKING:
    from countinghouse.break_bookkeeping import BreakBooks
    from countinghouse.domain.break_rules import ReconciliationRules
    from countinghouse.domain.reconciliation import Run
    from countinghouse.ports.settlement_source import SettlementSource
    from countinghouse.run_carrier import RunCarrier
    from countinghouse.usecases.normalise_file import Normalising
    from countinghouse_aws.dynamodb.breaks import DynamoBreakBook, DynamoCapBook
    from countinghouse_aws.dynamodb.reconciliation import DynamoFileBook, DynamoRunBook
    from countinghouse_aws.lakehouse.athena import AthenaQueries
    from countinghouse_aws.messaging.outbox import SqsOutbox
    from countinghouse_aws.messaging.reconciliation_workflow import StepFunctionsReconciliation
    from countinghouse_aws.storage.documents import S3DocumentStore
    from countinghouse_aws.storage.run_papers import S3RunPapers
    from countinghouse_aws.storage.settlement_files import S3FileStore


class ReconciliationAssembly(Assembly):
    """An assembly that knows runs, settlement files and what runs leave behind as well."""

    @cached_property
    def reconciliation_table(self) -> Table:
        """Table `reconciliation`."""
        from countinghouse_aws.dynamodb.reconciliation import KEYS

        return self._table("TABLE_RECONCILIATION", KEYS)

    @cached_property
    def runs(self) -> DynamoRunBook:
        """The runs."""
        from countinghouse_aws.dynamodb.reconciliation import DynamoRunBook

        return DynamoRunBook(self.reconciliation_table)

    @cached_property
    def files(self) -> DynamoFileBook:
        """The records of the files taken in."""
        from countinghouse_aws.dynamodb.reconciliation import DynamoFileBook

        return DynamoFileBook(self.reconciliation_table)

    @cached_property
    def file_store(self) -> S3FileStore:
        """The files themselves, and their lines in the lake."""
        from countinghouse_aws.settlement.lines import encode_bank_lines, encode_settlement_lines
        from countinghouse_aws.storage.settlement_files import S3FileStore

        bucket = self.environment.text("BUCKET_LAKE")
        return S3FileStore(aws_client("s3"), bucket, encode_settlement_lines, encode_bank_lines)

    @cached_property
    def documents(self) -> S3DocumentStore:
        """Papers and reports of runs, by key."""
        from countinghouse_aws.storage.documents import S3DocumentStore

        return S3DocumentStore(aws_client("s3"), self.environment.text("BUCKET_DOCUMENTS"))

    def papers(self, prefix: str) -> S3RunPapers:
        """The papers under `storage.run_papers.papers_prefix` of a run."""
        from countinghouse_aws.storage.run_papers import S3RunPapers

        return S3RunPapers(self.documents, prefix)

    def report(self, run: Run, name: str) -> bytes | None:
        """A run's report in that format, or None."""
        from countinghouse_aws.storage.run_papers import papers_prefix

        if run.report_key is None:
            return None
        return self.papers(papers_prefix(run)).read(f"report.{name}")

    @cached_property
    def reconciliation_workflow(self) -> StepFunctionsReconciliation:
        """The workflow that carries a run."""
        from countinghouse_aws.messaging.reconciliation_workflow import StepFunctionsReconciliation

        arn = self.environment.text("RECONCILIATION_STATE_MACHINE_ARN")
        return StepFunctionsReconciliation(aws_client("stepfunctions"), arn)

    @property
    def ahead(self) -> bool:
        """`RECONCILE_AHEAD`: whether a day may be reconciled before it has come."""
        return self.environment.text("RECONCILE_AHEAD") == "yes"

    @property
    def psp_names(self) -> frozenset[str]:
        """`PSP_NAMES`: the PSPs whose files can be had."""
        return frozenset(self.environment.texts("PSP_NAMES"))

    @cached_property
    def reconciliation_rules(self) -> ReconciliationRules:
        """Contracts, days of grace, rules and limits."""
        from countinghouse_aws.system.reconciliation_rules import load_reconciliation_rules

        return load_reconciliation_rules()

    @cached_property
    def breaks(self) -> DynamoBreakBook:
        """The breaks."""
        from countinghouse_aws.dynamodb.breaks import DynamoBreakBook

        return DynamoBreakBook(self.reconciliation_table, lambda: self.ledger)

    @cached_property
    def caps(self) -> DynamoCapBook:
        """What rules have settled by themselves."""
        from countinghouse_aws.dynamodb.breaks import DynamoCapBook

        return DynamoCapBook(self.reconciliation_table)

    @cached_property
    def break_books(self) -> BreakBooks:
        """Where breaks are kept and booked."""
        from countinghouse.break_bookkeeping import BreakBooks

        return BreakBooks(self.breaks, self.ledger, self.journals, self.clock)

    @cached_property
    def lake_queries(self) -> AthenaQueries:
        """The run's questions to the lake."""
        from countinghouse_aws.lakehouse.athena import AthenaQueries

        text = self.environment.text
        return AthenaQueries(
            aws_client("athena"), aws_client("s3"), text("ATHENA_WORKGROUP"), text("GLUE_DATABASE")
        )

    def settlement_source(self, psp: str) -> SettlementSource:
        """Where that PSP publishes its files. Raises NotFound for a PSP that we do not have."""
        return self.psps.desk(psp).statements(self.events)

    def normalising(self, psp: str) -> Normalising:
        """What reads that PSP's files, and those of the bank it pays into."""
        from countinghouse.usecases.normalise_file import Normalising
        from countinghouse_aws.settlement.layouts import parse_bank, parse_settlement

        return Normalising(
            files=self.files,
            store=self.file_store,
            settlement_parser=lambda raw, chunks: parse_settlement(
                chunks, raw.layout or None, raw.psp, raw.file_id, raw.day
            ),
            bank_parser=lambda raw, chunks: parse_bank(
                chunks, raw.layout or None, raw.psp, raw.file_id, raw.day
            ),
            fee=self.reconciliation_rules.fees[psp],
            clock=self.clock,
        )

    def carried_run(self, psp: str, day: str, execution: str) -> Run:
        """The run. Raises Conflict when another execution carries it by now."""
        from countinghouse.domain.errors import Conflict

        run = self.runs.get(psp, day)
        if run is None or run.execution != execution:
            raise Conflict("another execution carries this run")
        return run

    def carrier(self, psp: str, day: str, execution: str) -> RunCarrier:
        """The run in its execution's hands. Raises Conflict when it is in another's."""
        from countinghouse.reconciliation_report import report_json
        from countinghouse.run_carrier import RunCarrier
        from countinghouse.usecases.judge_differences import Judging
        from countinghouse.usecases.report_run import Reporting
        from countinghouse.usecases.settle_batches import Settling
        from countinghouse_aws.fx_assembly import FxAssembly
        from countinghouse_aws.rendering.reconciliation_pages import breaks_csv, report_page
        from countinghouse_aws.storage.run_papers import papers_prefix, shared_prefix

        run, rules = self.carried_run(psp, day, execution), self.reconciliation_rules
        rates = FxAssembly(self.environment)
        return RunCarrier(
            run=run,
            papers=self.papers(papers_prefix(run)),
            shared=self.papers(shared_prefix(run.psp)),
            queries=lambda: self.lake_queries,
            judging=Judging(self.break_books, self.orders, rules, rates.rate_desk),
            settling=Settling(self.files, self.ledger, self.clock),
            reporting=Reporting(
                runs=self.runs,
                files=self.files,
                breaks=self.breaks,
                caps=self.caps,
                balances=self.balances,
                rules=rules,
                renderers={"json": report_json, "csv": breaks_csv, "html": report_page},
                clock=self.clock,
            ),
            outbox=lambda: self.repair_outbox,
        )

    @cached_property
    def repair_outbox(self) -> SqsOutbox:
        """The queues that ask after what is late on our side."""
        from countinghouse.messages import Queue
        from countinghouse_aws.messaging.outbox import SqsOutbox

        text = self.environment.text
        urls = {
            Queue.ORDERS: (text("QUEUE_ORDERS_URL"),),
            Queue.AFTERCARE: (text("QUEUE_AFTERCARE_URL"),),
            Queue.PAYOUTS: (text("QUEUE_PAYOUTS_URL"),),
        }
        return SqsOutbox(aws_client("sqs"), urls)

    @property
    def passes_max(self) -> int:
        """`RECONCILE_PASSES`: how often differences are looked at again after a repair."""
        return int(self.environment.text("RECONCILE_PASSES"))

    @property
    def looks_max(self) -> int:
        """`RECONCILE_LOOKS`: how often the lake is waited for before the report is drawn up."""
        return int(self.environment.text("RECONCILE_LOOKS"))
