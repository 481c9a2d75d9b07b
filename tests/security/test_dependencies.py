"""The audit of what others wrote: without an answer for every package it has not passed."""

import json

import pytest

from tools.secure.dependencies import claims, judged, locks

CLEAN = {"name": "six", "version": "1.17.0", "vulns": []}
BAD = {"name": "idna", "version": "1.0", "vulns": [{"id": "PYSEC-2024-60"}]}
SKIPPED = {"name": "boto3", "skip_reason": "not found"}


def report(*told: object) -> str:
    return json.dumps({"dependencies": told, "fixes": []})


def holds(*audits: tuple[int, str]) -> list[tuple[str, bool]]:
    read = [judged("x.lock", count, out, "ERROR: no route") for count, out in audits]
    return [(claim.figure, claim.holds) for claim in claims(read)]


def test_every_lock_is_asked_about() -> None:
    assert [f"{path.parent.name}/{path.name}" for path in locks()] == [
        "pdf/requirements.txt",
        "psp/requirements.txt",
        "qr/requirements.txt",
        "vendor/requirements.txt",
        "requirements/bootstrap.txt",
        "requirements/dev.lock",
        "requirements/engine.lock",
    ]


def test_a_clean_answer_for_all_holds() -> None:
    assert holds((1, report(CLEAN)), (1, report(CLEAN))) == [("2 of 2", True), ("0", True)]


@pytest.mark.parametrize("out", ["", "{", '{"error": 1}'])
def test_no_answer_is_no_clean_one(out: str) -> None:
    assert holds((1, report(CLEAN)), (3, out)) == [("1 of 4", False), ("not audited", False)]
    assert judged("x.lock", 3, out, "a\nERROR: no route\n").failure == "ERROR: no route"


def test_a_package_that_was_skipped_was_not_audited() -> None:
    assert holds((2, report(CLEAN, SKIPPED))) == [("1 of 2", False), ("not audited", False)]


def test_an_advisory_is_told_by_its_number() -> None:
    assert holds((2, report(CLEAN, BAD))) == [
        ("2 of 2", True),
        ("1: idna 1.0: PYSEC-2024-60", False),
    ]
    assert holds() == [("0 of 0", False), ("not audited", False)]
