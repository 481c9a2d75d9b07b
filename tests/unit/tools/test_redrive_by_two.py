"""On a stage a redrive takes two people, and the row between them is the condition."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from countinghouse.domain.errors import Conflict, Forbidden, IllegalTransition
from tests.contract.tables import Tables
from tools.local.failure import LocalFailure
from tools.redrive import app
from tools.redrive.agreement import (
    TTL,
    Redrive,
    RedriveBook,
    RedriveStatus,
    approve,
    carried,
    finished,
    propose,
)
from tools.redrive.carrying import carry_out, redrive_of
from tools.redrive.moving import depth
from tools.redrive.site import Site, on_aws

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

S = RedriveStatus
NOW = 1_795_000_000_000
ROLE = "arn:aws:sts::000000000000:assumed-role/countinghouse-prod"
ADA, ADA_ELSEWHERE = f"{ROLE}-operator/ada", f"{ROLE}-approver/ada"
LINUS, KAY = f"{ROLE}-operator/linus", f"{ROLE}-operator/kay"
WAITING = propose("Orders", 12, "mended in release 42", ADA, NOW)
_NAMES = count(1)


@dataclass
class Yard:
    """A stage's two queues and its table."""

    sqs: SQSClient
    book: RedriveBook
    urls: dict[str, str]

    def site(self, who: str, *, alone: bool = False) -> Site:
        return Site("prod", self.sqs, self.urls, self.book, who, alone)

    def fill(self, letters: int) -> None:
        for number in range(letters):
            self.sqs.send_message(QueueUrl=self.urls["OrdersDlq"], MessageBody=f"m{number}")

    def proposed(self, letters: int = 12, at_most: int = 12) -> Redrive:
        self.fill(letters)
        wanted = propose("Orders", at_most, "mended", ADA, self.site(ADA).now())
        self.book.add(wanted)
        return wanted

    @property
    def back(self) -> int:
        return depth(self.sqs, self.urls["Orders"])[0]


@pytest.fixture
def yard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    monkeypatch.setattr("tools.redrive.moving._LISTEN_S", 0)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        run = f"by-two-{next(_NAMES)}"
        sqs = boto3.client("sqs", region_name="eu-west-1")
        tables = Tables(boto3.client("dynamodb", region_name="eu-west-1"), run)
        urls = {
            name: sqs.create_queue(QueueName=f"{run}-{name}")["QueueUrl"]
            for name in ("Orders", "OrdersDlq")
        }
        yield Yard(sqs, RedriveBook(tables.proposals), urls)


@pytest.mark.parametrize("who", [ADA, ADA_ELSEWHERE])
def test_who_proposed_it_does_not_approve_it_in_any_role(who: str) -> None:
    with pytest.raises(Forbidden):
        approve(WAITING, who, NOW + 1)


def test_another_person_approves_it_once_and_may_go_on() -> None:
    approved = approve(WAITING, LINUS, NOW + 1)

    assert (approved.status, approved.approved_by, approved.version) == (S.APPROVED, LINUS, 2)
    assert approve(approved, LINUS, NOW + TTL) is approved
    for who in (KAY, ADA):
        with pytest.raises(IllegalTransition):
            approve(approved, who, NOW + 2)


def test_it_waits_a_day_and_no_longer() -> None:
    assert WAITING.standing(NOW + TTL - 1) is S.AWAITING_APPROVAL
    with pytest.raises(IllegalTransition, match="is expired"):
        approve(WAITING, LINUS, NOW + TTL)


def test_what_is_done_is_done() -> None:
    done = finished(carried(approve(WAITING, LINUS, NOW), 5, NOW), NOW)

    assert (done.status, done.moved, done.left) == (S.DONE, 5, 7)
    with pytest.raises(IllegalTransition):
        approve(done, LINUS, NOW)


def test_a_redrive_is_kept_whole_and_listed_while_it_waits(yard: Yard) -> None:
    later = propose("Orders", 1, "another", KAY, NOW + 1)
    for one in (later, WAITING):
        yard.book.add(one)

    assert yard.book.get(WAITING.redrive_id) == WAITING
    assert yard.book.waiting(NOW + 2) == [WAITING, later]
    assert yard.book.waiting(NOW + TTL) == [later]
    approved = approve(WAITING, LINUS, NOW + 2)
    yard.book.replace(WAITING, approved)
    assert yard.book.get(WAITING.redrive_id) == approved
    assert yard.book.waiting(NOW + 2) == [later]
    assert yard.book.get("adj_1") is None


def test_it_is_proposed_once_and_what_moved_is_not_overwritten(yard: Yard) -> None:
    yard.book.add(WAITING)
    with pytest.raises(Conflict):
        yard.book.add(WAITING)
    yard.book.replace(WAITING, approve(WAITING, LINUS, NOW))
    with pytest.raises(Conflict):
        yard.book.replace(WAITING, approve(WAITING, KAY, NOW))


def test_another_person_carries_it_out_and_no_more_than_was_agreed(yard: Yard) -> None:
    wanted = yard.proposed(letters=15)

    assert sum(carry_out(yard.site(LINUS), wanted)) == 12

    assert yard.back == 12
    done = yard.book.get(wanted.redrive_id)
    assert done is not None
    assert (done.status, done.approved_by, done.moved) == (S.DONE, LINUS, 12)
    with pytest.raises(IllegalTransition):
        list(carry_out(yard.site(LINUS), done))


def test_who_proposed_it_moves_nothing(yard: Yard) -> None:
    wanted = yard.proposed()

    with pytest.raises(Forbidden):
        list(carry_out(yard.site(ADA_ELSEWHERE), wanted))

    assert (yard.back, yard.book.get(wanted.redrive_id)) == (0, wanted)


def test_of_two_at_once_one_moves_them(yard: Yard) -> None:
    wanted = yard.proposed()
    list(carry_out(yard.site(KAY), wanted))

    with pytest.raises(Conflict):
        list(carry_out(yard.site(LINUS), wanted))

    assert yard.back == 12


def test_what_was_cut_short_is_gone_on_with_by_its_approver(yard: Yard) -> None:
    wanted = yard.proposed()
    batches = carry_out(yard.site(LINUS), wanted)
    assert next(batches) == 10
    batches.close()

    with pytest.raises(IllegalTransition):
        list(carry_out(yard.site(KAY), redrive_of(yard.site(KAY), wanted.redrive_id)))
    going_on = redrive_of(yard.site(LINUS), wanted.redrive_id)

    assert sum(carry_out(yard.site(LINUS), going_on)) == 2
    assert yard.back == 12


@dataclass
class Desk:
    """The command as somebody calls it."""

    yard: Yard
    patch: pytest.MonkeyPatch

    def call(self, who: str, *args: str, alone: bool = False) -> str:
        site = self.yard.site(who, alone=alone)
        self.patch.setattr("tools.redrive.command.on_aws", lambda stage: site)
        result = CliRunner().invoke(app, [*args, "--stage", "prod"], standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return " ".join(result.output.split())


@pytest.fixture
def desk(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(yard, monkeypatch)


def test_one_proposes_and_another_approves(desk: Desk) -> None:
    desk.yard.fill(3)

    said = desk.call(ADA, "orders", "--propose", "mended in release 42")

    assert "3 of 3 messages back to Orders" in said
    (waiting,) = desk.yard.book.waiting(desk.yard.site(ADA).now())
    assert said.endswith(f"--stage prod --approve {waiting.redrive_id}")
    assert f"{waiting.redrive_id} waits for approval" in desk.call(LINUS, "--list")
    with pytest.raises(LocalFailure, match="somebody other"):
        desk.call(ADA, "--approve", waiting.redrive_id)
    said = desk.call(LINUS, "--approve", waiting.redrive_id)
    assert "mended in release 42" in said
    assert said.endswith(f"approved by {LINUS}: 3 messages sent back to Orders")
    assert desk.yard.back == 3


def test_nobody_redrives_alone_on_a_stage(desk: Desk) -> None:
    desk.yard.fill(2)

    with pytest.raises(LocalFailure, match="takes two people"):
        desk.call(ADA, "Orders")

    assert desk.yard.back == 0
    assert "would move 2 of 2" in desk.call(ADA, "Orders", "--dry-run")


def test_where_the_stage_says_so_one_is_enough_and_is_told(desk: Desk) -> None:
    desk.yard.fill(2)

    said = desk.call(ADA, "Orders", alone=True)

    assert "lets one person redrive (redrive_alone in infra/config.py)" in said
    assert desk.yard.back == 2


def test_there_is_nothing_to_propose_about_an_empty_queue_or_to_approve(desk: Desk) -> None:
    with pytest.raises(LocalFailure, match="no dead letters"):
        desk.call(ADA, "Orders", "--propose", "why not")
    with pytest.raises(LocalFailure, match="no redrive rdv_1 on prod"):
        desk.call(ADA, "--approve", "rdv_1")


class Aws:
    """What AWS says of a stage, and who asks."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self.outputs = outputs

    def client(self, service: str) -> Any:
        return self

    def describe_stacks(self, **asked: str) -> dict[str, Any]:
        assert asked == {"StackName": "countinghouse-prod-service"}
        shown = [{"OutputKey": k, "OutputValue": v} for k, v in self.outputs.items()]
        return {"Stacks": [{"Outputs": shown}]}

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": ADA}


@pytest.mark.parametrize(
    ("setting", "alone"),
    [({"RedriveAlone": "yes"}, True), ({"RedriveAlone": "no"}, False), ({}, False)],
)
def test_a_stage_is_known_by_its_outputs_and_the_caller_by_sts(
    monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], alone: bool
) -> None:
    outputs = {
        "QueueUrls": json.dumps({"Orders": "o", "OrdersDlq": "d"}),
        "TableNames": json.dumps({"Proposal": "proposals"}),
        **setting,
    }
    monkeypatch.setattr(boto3, "client", Aws(outputs).client)

    site = on_aws("prod")

    assert (site.who, site.alone, site.stage) == (ADA, alone, "prod")
    assert site.redrives.table.name == "proposals"
    assert replace(site, alone=True).queue_urls == {"Orders": "o", "OrdersDlq": "d"}
