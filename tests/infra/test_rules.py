"""cdk-nag on production: no finding without a reason, no reason without a finding, packs awake."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from infra.config import stage
from infra.constructs.assessed import CalledBy, called_by, of_function
from infra.routes import ROUTES
from tests.infra.templates import Synthesized, plain
from tools.secure import rules
from tools.secure.granted import Templates
from tools.secure.planted_faults import PLANTED, found, planted
from tools.secure.rule_packs import PACKS, Reads, Report, given, what_they_read


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Return what the packs say of a stack with a fault of every kind."""
    return planted(tmp_path_factory.mktemp("planted"))


def test_production_has_no_finding_without_a_reason(prod: Synthesized) -> None:
    report = Report.of(prod.report)

    assert set(report.packs) == set(PACKS)
    assert report.unexplained == ()


def test_every_reason_given_is_still_needed(prod: Synthesized) -> None:
    used = {(one.given_at, one.given_as) for one in Report.of(prod.report).acknowledged}

    assert len(used) > 300
    assert given(prod.metadata) == used


def test_a_reason_is_given_to_one_construct_and_never_to_a_stack(prod: Synthesized) -> None:
    for one in Report.of(prod.report).acknowledged:
        assert one.found_at in (one.given_at, f"{one.given_at}/Resource"), one
    twice = Counter((one.given_at, one.given_as) for one in Report.of(prod.report).acknowledged)
    assert set(twice.values()) == {1}


def test_who_owns_what_an_assessor_would_ask_after_is_said(prod: Synthesized) -> None:
    asked = [one for one in Report.of(prod.report).acknowledged if one.pack in PACKS[2:]]

    assert asked
    assert all(one.reason.endswith("Owner: platform team.") for one in asked)


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_sees_what_is_planted(faulty: Report, pack: str) -> None:
    assert PLANTED[pack]
    assert found(faulty, pack) == PLANTED[pack]


def _callers(production: Synthesized) -> Iterator[tuple[str, CalledBy]]:
    """Yield (function, who calls it) as the templates have it."""
    named = {production.target(one["Properties"]["Role"]): n for n, one in _functions(production)}
    by_id = {
        logical: named[production.target(one["Properties"]["Role"])]
        for logical, one in production.of_type("AWS::Lambda::Function").items()
    }
    for one in production.of_type("AWS::Lambda::EventSourceMapping").values():
        source = json.dumps(one["Properties"]["EventSourceArn"])
        name = by_id[production.target(one["Properties"]["FunctionName"])]
        yield name, CalledBy.QUEUE if "Queues" in source else CalledBy.STREAM
    for one in production.of_type("AWS::Lambda::EventInvokeConfig").values():
        assert one["Properties"]["DestinationConfig"]["OnFailure"]
        yield by_id[production.target(one["Properties"]["FunctionName"])], CalledBy.EVENT
    for route in ROUTES:
        yield route.function, CalledBy.API
    for role in production.of_type("AWS::IAM::Role").values():
        for logical, service in _invoked(production, role["Properties"]):
            caller = {"states": CalledBy.MACHINE, "firehose": CalledBy.FIREHOSE}[service]
            yield by_id[logical], caller


def _functions(production: Synthesized) -> Iterator[tuple[str, Any]]:
    yield from production.functions().items()


def _invoked(production: Synthesized, role: dict[str, Any]) -> Iterator[tuple[str, str]]:
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    service = trusted["Principal"]["Service"].partition(".")[0]
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if "lambda:InvokeFunction" in statement["Action"]:
                listed = statement["Resource"]
                for resource in listed if isinstance(listed, list) else [listed]:
                    yield production.target(resource).partition(":")[0], service


def test_reasons_about_who_calls_a_function_are_true(prod: Synthesized) -> None:
    callers: dict[str, set[CalledBy]] = {}
    for name, caller in _callers(prod):
        callers.setdefault(name, set()).add(caller)

    assert set(callers) == set(prod.functions())
    for name, seen in callers.items():
        # An event's failure is the one that nobody waits for, so it is the one to speak of.
        spoken_of = CalledBy.EVENT if CalledBy.EVENT in seen else called_by(name)
        assert called_by(name) is spoken_of
        assert called_by(name) in seen


def test_a_function_that_nobody_spoke_of_has_no_reasons() -> None:
    with pytest.raises(LookupError, match="nobody is known to call newcomer"):
        of_function("newcomer", stage("prod"))


def test_every_role_has_one_holder(prod: Synthesized) -> None:
    held = Counter(
        plain(prod.target(one["Properties"]["Role"]))
        for one in prod.of_type("AWS::Lambda::Function").values()
    )

    assert set(held.values()) == {1}


def _templates(production: Synthesized) -> Templates:
    return Templates((production.data, production.lake, production.service))


@pytest.fixture(scope="module")
def read() -> dict[str, Reads]:
    """Return what each pack's rules read."""
    return what_they_read()


def _judged(
    production: Synthesized, read: dict[str, Reads], report: Report | None = None
) -> list[str]:
    """Return the claims that do not hold."""
    found = report or Report.of(production.report)
    claims = rules.judge(found, production.metadata, rules.kinds(_templates(production)), read)
    assert len(claims) == len(PACKS) + 2
    return [f"{claim.says}: {claim.figure}" for claim in claims if not claim.holds]


def test_every_claim_of_the_proof_holds(prod: Synthesized, read: dict[str, Reads]) -> None:
    assert _judged(prod, read) == []
    assert all(claim.holds for claim in rules.wildcards(_templates(prod)))


def test_the_proof_fails_on_a_finding_without_a_reason_and_a_reason_without_a_finding(
    prod: Synthesized, read: dict[str, Reads]
) -> None:
    report = Report.of(prod.report)
    first, *others = (one for one in report.acknowledged if one.pack == "PCI.DSS.321")
    rest = tuple(one for one in report.acknowledged if one.pack != "PCI.DSS.321")
    open_ = replace(report, unexplained=(first,), acknowledged=(*others, *rest))

    unexplained, unused = _judged(prod, read, open_)

    assert unexplained.startswith("PCI.DSS.321: no finding is unexplained: 1 of ")
    reasons = len(given(prod.metadata))
    assert unused.startswith(
        f"every acknowledgement still answers a finding: {reasons - 1} of {reasons} reasons; "
    )


def test_the_proof_fails_without_a_pack_and_on_a_reason_given_to_all_of_a_stack(
    prod: Synthesized, read: dict[str, Reads]
) -> None:
    report = Report.of(prod.report)
    wide = replace(report.acknowledged[0], given_at="Service")

    absent = _judged(prod, read, replace(report, packs=PACKS[:-1]))
    reaching = _judged(prod, read, replace(report, acknowledged=(*report.acknowledged, wide)))

    assert [one.partition(":")[0] for one in absent] == ["NIST.800.53.R5"]
    assert [one.partition(":")[0] for one in reaching] == [
        "every acknowledgement is of the one construct it is given to"
    ]


@pytest.mark.parametrize(
    ("kind", "policy"),
    [
        ("AWS::IAM::Role", {"Policies": [{"PolicyDocument": {"Statement": []}}]}),
        ("AWS::SQS::QueuePolicy", {"PolicyDocument": {"Statement": []}}),
        ("AWS::KMS::Key", {"KeyPolicy": {"Statement": []}}),
    ],
)
def test_the_proof_finds_a_wildcard_wherever_a_policy_is(
    prod: Synthesized, kind: str, policy: dict[str, Any]
) -> None:
    statement = {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:*"], "Resource": "*"}
    planted_one = json.loads(json.dumps(policy).replace("[]", json.dumps([statement])))
    another = {"Resources": {"Planted": {"Type": kind, "Properties": planted_one}}, "Outputs": {}}
    stacks = (*_templates(prod).stacks, another)

    (failing,) = [one for one in rules.wildcards(Templates(stacks)) if not one.holds]

    assert failing.figure.startswith("1 of ")


def test_no_pack_reads_the_tables_and_that_is_known(
    prod: Synthesized, read: dict[str, Reads]
) -> None:
    # The day one does, its findings are to be answered, and the page says so no longer.
    there = rules.kinds(_templates(prod))
    assert there["AWS::DynamoDB::GlobalTable"]
    assert not [pack for pack, one in read.items() if one.reads("AWS::DynamoDB::GlobalTable")]
    assert [pack for pack, one in read.items() if one.reads("AWS::IAM::Role")] == list(PACKS)
    assert min(one.rules for one in read.values()) >= 18
