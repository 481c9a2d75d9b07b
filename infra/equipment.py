"""What each function is told and allowed, made of its rows in `infra.catalogue`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_dynamodb as ddb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from infra import permissions
from infra.catalogue import (
    BILLS,
    CLOSES_MONTHS,
    CONSUMERS,
    DRIVES,
    FILES,
    FX_RATES,
    KNOWS_CALLERS,
    KNOWS_PSPS,
    LAKE_FILES,
    LAY,
    LAY_IN_PARTS,
    LISTENS,
    MACHINE_ENV,
    QUERIES_LAKE,
    QUEUE_ENV,
    SCHEDULED,
    SENDS,
    START,
    TAKE,
    USES_PSP,
    WAITS,
)
from infra.constructs.consumed_queue import ConsumedQueue
from infra.constructs.delivery_stream import DeliveryStream
from infra.grants import GRANTS, INSERT, TABLE_ENV
from infra.lake_tables import FED_FROM, STREAM_ENV
from infra.stacks.data import DataStack
from infra.stacks.lake import LakeStack
from infra.stage import Stage

# Tables whose due-index takes several writes a payment: it has as many keys as the stage says.
BUSY: Final = frozenset({"PaymentEvent", "PaymentOrder", "PspEvent"})


@dataclass(frozen=True)
class Equipment:
    """All there is to hand out; a function gets what its rows name and nothing else."""

    stage: Stage
    account: str
    data: DataStack
    lake: LakeStack
    bus: events.IEventBus
    # Where the failed runs of scheduled functions go.
    missed: sqs.IQueue
    # The queues by family, whole for their consumer and plain for a sender.
    consumed: Mapping[str, Sequence[ConsumedQueue]]
    sent: Mapping[str, Sequence[sqs.IQueue]]
    # From a machine's name to its ARN, before the machine exists.
    machine: Callable[[str], str]
    # From a function's name to the version of its code.
    code_version: Callable[[str], str]

    def environment(self, name: str) -> dict[str, str]:
        """Return what docs/naming.md promises the function, beyond what all of them get."""
        # Who reads streams touches no table, and must know each one's stream by the table's name.
        known = self._heard(name) or GRANTS[name]
        tables = dict.fromkeys(target.partition("/")[0] for target in known)
        env = {TABLE_ENV[table]: self.data.tables[table].table_name for table in tables}
        for family in SENDS.get(name, ()):
            env[QUEUE_ENV[family]] = ",".join(queue.queue_url for queue in self.sent[family])
        if name in USES_PSP:
            env["PSPS"] = json.dumps(self._psps())
            env["PSP_TIMEOUT_S"] = str(self.stage.psp_timeout_s)
        if BUSY & {target.partition("/")[0] for target in GRANTS[name]}:
            env["DUE_SHARDS"] = str(self.stage.due_shards)
        if name in WAITS:
            env["POLL_LADDER_S"] = self.stage.poll_ladder_s
        if name in KNOWS_CALLERS:
            env["CALLER_ROLES"] = json.dumps(self.stage.caller_roles(self.account))
        streams = self._filled(name)
        env |= {STREAM_ENV[table]: stream.stream.ref for table, stream in streams.items()}
        return env | self._addresses(name)

    def _psps(self) -> dict[str, dict[str, str]]:
        """Return every PSP's settings by name, with where its secret is."""
        arns = self.data.psp_secret_arns
        return {psp.name: {**psp.settings, "secret_id": arns[psp.name]} for psp in self.stage.psps}

    def _filled(self, name: str) -> dict[str, DeliveryStream]:
        """Return the delivery streams that the function puts rows on."""
        return self.lake.streams if name == "lake" else {}

    def _heard(self, name: str) -> dict[str, ddb.TableV2]:
        """Return the tables whose streams the function reads."""
        if name == "relay":
            return dict(self.data.streamed)
        return {table: self.data.tables[table] for table in FED_FROM} if name == "lake" else {}

    def _addresses(self, name: str) -> dict[str, str]:
        """Return where the function finds what only it uses; a token needs no machine's ARN."""
        env = {
            MACHINE_ENV[machine]: self.machine(machine)
            for machine, actions in DRIVES.get(name, {}).items()
            if actions >= START
        }
        lake, stage = self.lake, self.stage
        books = GRANTS[name].get("Ledger", frozenset()) >= INSERT
        offers: list[tuple[bool, dict[str, str]]] = [
            (name in KNOWS_PSPS, {"PSP_NAMES": ",".join(psp.name for psp in stage.psps)}),
            (name in FILES, {"BUCKET_DOCUMENTS": self.data.documents.bucket_name}),
            (name in CLOSES_MONTHS, {"CLOSE_EARLY": _yes(stage.close_early)}),
            (
                name in BILLS,
                {
                    "CLOSE_SETTLE_S": str(stage.close_settle_s),
                    "INVOICE_ISSUER": stage.invoice_issuer,
                },
            ),
            (
                name in QUERIES_LAKE,
                {"GLUE_DATABASE": lake.database, "ATHENA_WORKGROUP": lake.workgroup.name},
            ),
            (
                name in QUERIES_LAKE or name in LAKE_FILES,
                {"BUCKET_LAKE": lake.bucket.bucket_name},
            ),
            (FX_RATES in FILES.get(name, {}), {"FX_SOURCE": stage.fx_source}),
            (name == "reconciliation", {"RECONCILE_AHEAD": _yes(stage.reconcile_ahead)}),
            (
                name == "reconciliation_steps",
                {
                    "RECONCILE_PASSES": str(stage.recon_passes),
                    "RECONCILE_LOOKS": str(stage.recon_looks),
                },
            ),
            (
                name == "relay",
                {
                    "EVENT_BUS_NAME": self.bus.event_bus_name,
                    "PUBLISHED_EVENTS": ",".join(stage.told.events),
                },
            ),
            (name == "health", {"VERSION": stage.version}),
            # Not on others: a change of ours would deploy what it did not touch.
            (books, {"CODE_VERSION": self.code_version(name) if books else ""}),
        ]
        for wanted, variables in offers:
            env |= variables if wanted else {}
        return env

    def statements(self, name: str) -> list[iam.PolicyStatement]:
        """Return all the function may do: tables, queues, key, secret, streams, bus, machines."""
        heard = self._heard(name)
        statements = permissions.on_tables(name, self.data.tables)
        statements += permissions.on_key(self.data.key, self._key_use(name))
        for family, consumer in CONSUMERS.items():
            if consumer == name:
                statements += [queue.consume_statement() for queue in self.consumed[family]]
        statements += permissions.send_to(
            [queue.queue_arn for family in SENDS.get(name, ()) for queue in self.sent[family]]
        )
        if name in (*SCHEDULED, *LISTENS):
            # Lambda sends a failed run's event there in the function's own name.
            statements += permissions.send_to([self.missed.queue_arn])
        if name in USES_PSP:
            statements += permissions.read_secrets(sorted(self.data.psp_secret_arns.values()))
        statements += permissions.read_streams([t.table_stream_arn or "" for t in heard.values()])
        if name == "relay":
            statements += permissions.publish_to(self.bus)
        statements += permissions.put_on([stream.arn for stream in self._filled(name).values()])
        return statements + self._beyond(name)

    def _key_use(self, name: str) -> permissions.KeyUse:
        """Return what of the customer's key the function's other rows make necessary."""
        on_tables = frozenset[str]().union(*GRANTS[name].values())
        on_files = frozenset[str]().union(
            *FILES.get(name, {}).values(),
            *LAKE_FILES.get(name, {}).values(),
            *([permissions.RESULTS] if name in QUERIES_LAKE else []),
        )
        return permissions.KeyUse(
            reads_tables=bool(on_tables or self._heard(name)),
            writes_tables=bool(on_tables & permissions.CHANGES),
            reads_secrets=name in USES_PSP,
            # Parts are put together under the key.
            takes_objects=bool(on_files & (TAKE | LAY_IN_PARTS - LAY)),
            lays_objects=bool(on_files & LAY),
        )

    def _beyond(self, name: str) -> list[iam.PolicyStatement]:
        """Return what it may do beyond tables, queues and streams: machines, queries, files."""
        statements = [
            permissions.drive(self.machine(machine), actions)
            for machine, actions in DRIVES.get(name, {}).items()
        ]
        if name in QUERIES_LAKE:
            statements += permissions.query_lake(self.lake, QUERIES_LAKE[name])
        for bucket, folders in ((self.data.documents, FILES), (self.lake.bucket, LAKE_FILES)):
            for folder, actions in folders.get(name, {}).items():
                statements += permissions.use_folder(bucket, folder, actions)
        return statements


def _yes(said: bool) -> str:
    return "yes" if said else "no"
