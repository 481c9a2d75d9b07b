"""What each function is told and allowed, made of its rows in `infra.catalogue`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
    GRANTS,
    KNOWS_CALLERS,
    LAY,
    MACHINE_ENV,
    QUEUE_ENV,
    SCHEDULED,
    SENDS,
    START,
    TABLE_ENV,
    USES_PSP,
    WAITS,
)
from infra.config import Stage
from infra.constructs.consumed_queue import ConsumedQueue
from infra.stacks.data import DataStack


@dataclass(frozen=True)
class Equipment:
    """All there is to hand out; a function gets what its rows name and nothing else."""

    stage: Stage
    account: str
    data: DataStack
    bus: events.IEventBus
    # Where the failed runs of scheduled functions go.
    missed: sqs.IQueue
    # The queues by family, whole for their consumer and plain for a sender.
    consumed: Mapping[str, Sequence[ConsumedQueue]]
    sent: Mapping[str, Sequence[sqs.IQueue]]
    # From a machine's name to its ARN, before the machine exists.
    machine: Callable[[str], str]

    def environment(self, name: str) -> dict[str, str]:
        """Return what docs/naming.md promises the function, beyond what all of them get."""
        # The relay touches no table and must know each one's stream by the table's name.
        known = self.data.streamed if name == "relay" else GRANTS[name]
        tables = dict.fromkeys(target.partition("/")[0] for target in known)
        env = {TABLE_ENV[table]: self.data.tables[table].table_name for table in tables}
        for family in SENDS.get(name, ()):
            env[QUEUE_ENV[family]] = ",".join(queue.queue_url for queue in self.sent[family])
        if name in USES_PSP:
            env["PSP_SANDBOX_URL"] = self.stage.psp_url
            env["PSP_SECRET_ID"] = self.data.psp_secret_arn
            env["PSP_TIMEOUT_S"] = str(self.stage.psp_timeout_s)
        if name in WAITS:
            env["POLL_LADDER_S"] = self.stage.poll_ladder_s
        if name in KNOWS_CALLERS:
            env["CALLER_ROLES"] = json.dumps(self.stage.caller_roles(self.account))
        return env | self._addresses(name)

    def _addresses(self, name: str) -> dict[str, str]:
        """Return where the function finds what only it uses; a token needs no machine's ARN."""
        env = {
            MACHINE_ENV[machine]: self.machine(machine)
            for machine, actions in DRIVES.get(name, {}).items()
            if actions >= START
        }
        if name in FILES:
            env["BUCKET_DOCUMENTS"] = self.data.documents.bucket_name
        if name in CLOSES_MONTHS:
            env["CLOSE_EARLY"] = "yes" if self.stage.close_early else "no"
        if name in BILLS:
            env["CLOSE_SETTLE_S"] = str(self.stage.close_settle_s)
            env["INVOICE_ISSUER"] = self.stage.invoice_issuer
        if name == "relay":
            env["EVENT_BUS_NAME"] = self.bus.event_bus_name
        if name == "health":
            env["VERSION"] = self.stage.version
        return env

    def statements(self, name: str) -> list[iam.PolicyStatement]:
        """Return all the function may do: tables, queues, key, secret, streams, bus, machines."""
        uses_psp, relays = name in USES_PSP, name == "relay"
        statements = permissions.on_tables(name, self.data.tables)
        statements += permissions.on_key(
            GRANTS[name].values(),
            self.data.key,
            also_reads=uses_psp or relays or name in FILES,
            also_lays=any(actions & LAY for actions in FILES.get(name, {}).values()),
        )
        for family, consumer in CONSUMERS.items():
            if consumer == name:
                statements += [queue.consume_statement() for queue in self.consumed[family]]
        statements += permissions.send_to(
            [queue.queue_arn for family in SENDS.get(name, ()) for queue in self.sent[family]]
        )
        if name in SCHEDULED:
            # Lambda sends a failed run's event there in the function's own name.
            statements += permissions.send_to([self.missed.queue_arn])
        if uses_psp:
            statements += permissions.read_secret(self.data.psp_secret_arn)
        if relays:
            statements += permissions.read_streams(
                [table.table_stream_arn or "" for table in self.data.streamed.values()]
            )
            statements += permissions.publish_to(self.bus)
        statements += [
            permissions.drive(self.machine(machine), actions)
            for machine, actions in DRIVES.get(name, {}).items()
        ]
        for folder, actions in FILES.get(name, {}).items():
            statements += permissions.use_folder(self.data.documents, folder, actions)
        return statements
