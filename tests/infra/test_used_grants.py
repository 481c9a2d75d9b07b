"""Every grant of both stages is one that the last full run of `make secure` saw used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.infra.templates import ROOT, Synthesized
from tools.secure.granted import Templates
from tools.secure.grants import AGAIN, KEPT, Used, compared, judge, kept, wide, with_tested
from tools.secure.inside import BY_TESTS


def _templates(stage: Synthesized) -> Templates:
    return Templates([stage.data, stage.lake, stage.service])


@pytest.fixture
def templates(any_stage: Synthesized) -> Templates:
    return _templates(any_stage)


def test_every_grant_was_used(templates: Templates) -> None:
    unused = {name: one.unused for name, one in compared(templates, kept()).items() if one.unused}

    assert not unused, f"nobody was seen to use these; {AGAIN}: {unused}"


def test_everything_used_is_granted(templates: Templates) -> None:
    lacking = {
        name: one.lacking for name, one in compared(templates, kept()).items() if one.lacking
    }

    assert not lacking, f"the functions did this and may not any more; {AGAIN}: {lacking}"


def test_nothing_is_granted_at_large(templates: Templates) -> None:
    assert not wide(templates)


def test_a_grant_that_nobody_uses_is_found(prod: Synthesized) -> None:
    service = json.loads(json.dumps(prod.service))
    role = service["Resources"][prod.role_of("webhooks")]["Properties"]
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    rows = next(one for one in statements if "dynamodb:PutItem" in one["Action"])
    rows["Action"].append("dynamodb:Scan")

    found = compared(Templates([prod.data, prod.lake, service]), kept())

    assert found["webhooks"].unused == ("dynamodb:Scan PspEvent",)
    assert not any(one.unused for name, one in found.items() if name != "webhooks")


def test_a_use_that_is_not_granted_is_found(prod: Synthesized) -> None:
    seen = dict(kept().seen)
    seen["health"] = frozenset({"dynamodb:GetItem Ledger"})

    found = compared(_templates(prod), Used(seen, kept().queried))

    assert found["health"].lacking == (
        "dynamodb:GetItem Ledger",
        "kms:Decrypt DataKey via dynamodb",
        "kms:DescribeKey DataKey via dynamodb",
    )
    claims = judge({"production": _templates(prod)}, Used(seen, kept().queried))
    assert [claim.holds for claim in claims] == [True, False, True]


def test_a_wildcard_is_found(local: Synthesized) -> None:
    service = json.loads(json.dumps(local.service))
    role = service["Resources"][local.role_of("psps")]["Properties"]
    statement = role["Policies"][0]["PolicyDocument"]["Statement"][0]
    statement["Action"] = ["logs:*"]
    statement["Resource"] = "*"

    assert wide(Templates([local.data, local.lake, service])) == ["psps: logs:* *"]


def test_what_only_tests_come_to_names_tests_that_are_there_and_was_seen_nowhere_else() -> None:
    for (function, grant), tests in BY_TESTS.items():
        assert tests
        assert all((ROOT / test).is_file() for test in tests)
        assert grant not in kept().seen[function]
        assert grant in with_tested(kept()).seen[function]


def test_the_record_is_where_the_step_writes_it() -> None:
    assert Path(KEPT).is_relative_to(ROOT / "docs" / "proofs")
    assert Used(kept().seen, kept().queried).as_json() == json.loads(KEPT.read_text("utf-8"))
