"""How mutants are judged: those of an error's words do not count, those that got away do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.local.places import ROOT
from tools.secure.equivalent_mutants import EQUIVALENT
from tools.secure.mutants import MONEY, SIGNATURES, Herd, Mutant, claim, mutants

MADE = """
def x_fee__mutmut_orig(amount):
    if amount < 0:
        raise Invalid("no fee of less than nothing", field="amount")
    return amount // 10


def x_fee__mutmut_1(amount):
    if amount <= 0:
        raise Invalid("no fee of less than nothing", field="amount")
    return amount // 10


def x_fee__mutmut_2(amount):
    if amount < 0:
        raise Invalid("XXno fee of less than nothingXX", field="amount")
    return amount // 10


def x_fee__mutmut_3(amount):
    if amount < 0:
        raise Invalid("no fee of less than nothing", field=None)
    return amount // 10
"""
HERD = Herd("fees", ("src/fees.py",), ("tests/test_fees.py",), 0.95)
KEPT = "fees.fee: if amount < 0: -> if amount <= 0:"


def judged(folder: Path, **ends: int | None) -> list[Mutant]:
    made = folder / "mutants" / "src" / "fees.py"
    made.parent.mkdir(parents=True)
    made.write_text(MADE)
    keys = {f"fees.x_fee__mutmut_{name[1:]}": code for name, code in ends.items()}
    Path(f"{made}.meta").write_text(json.dumps({"exit_code_by_key": keys}))
    return list(mutants(folder, HERD.modules))


def test_words_do_not_count_and_the_field_does(tmp_path: Path) -> None:
    found = judged(tmp_path, m1=1, m2=0, m3=1)

    assert [(one.function, one.killed) for one in found] == [("fee", True), ("fee", True)]
    assert claim(HERD, found)[0].holds


@pytest.mark.parametrize("code", [0, 33, None])
def test_what_got_away_is_named(tmp_path: Path, code: int | None) -> None:
    """0: every test passed; 33: no test reaches it; None: it was never tried."""
    told, away = claim(HERD, judged(tmp_path, m1=code, m3=1))

    assert not told.holds
    assert told.figure == "1 of 2, 50.0%; 0 equivalent"
    assert away == [f"- `{KEPT}`"]


def test_no_mutants_is_no_proof() -> None:
    assert not claim(HERD, [])[0].holds


def test_what_is_equivalent_has_a_reason_and_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.secure.mutants.EQUIVALENT", {KEPT: "says nobody"})

    told, away = claim(HERD, judged(tmp_path, m1=0, m3=1))

    assert (told.figure, told.holds, away) == ("1 of 1, 100.0%; 1 equivalent", True, [])
    assert all(EQUIVALENT.values())


def test_every_module_and_test_of_a_herd_is_there() -> None:
    for herd in (MONEY, SIGNATURES):
        for test in herd.tests:
            assert (ROOT / test).exists(), test
        for module in herd.modules:
            name = module.removeprefix("src/")
            assert list(ROOT.glob(f"layers/*/python/{name}")), module
