"""Proofs: what is claimed, kept between runs, and shown."""

import subprocess
from pathlib import Path

import pytest

from tools.proof import runner
from tools.proof.claims import Claim, Proof, Run, Step, every, none, proof_of
from tools.proof.page import Ran, page, ran_of
from tools.proof.runner import Book, commit, run

GOOD = Proof((Claim("every door is shut", "27 of 27", holds=True),), "A note.")
BAD = Proof((GOOD.claims[0], Claim("no | window is open", "1 open", holds=False)))


def step(name: str, proof: Proof | Exception) -> Step:
    def prove(_: Run) -> Proof:
        if isinstance(proof, Exception):
            raise proof
        return proof

    return Step(name, f"The {name}", prove)


def book(root: Path, *steps: Step) -> Book:
    (root / "docs").mkdir(exist_ok=True)
    return Book("doors", "Doors", "What was tried.", steps, root)


def test_what_claims_nothing_proves_nothing() -> None:
    assert GOOD.holds
    assert not BAD.holds
    assert not Proof(()).holds


def test_a_claim_of_none_counts_what_there_is() -> None:
    assert none("no door is open", "9 doors", []) == Claim("no door is open", "0 of 9 doors", True)
    assert none("no door is open", "9 doors", ["the back"]) == Claim(
        "no door is open", "1 of 9 doors; the back", False
    )


def test_a_claim_of_all_counts_those_of_which_it_is_true() -> None:
    assert every("all are shut", 9, "doors", []) == Claim("all are shut", "9 of 9 doors", True)
    assert every("all are shut", 9, "doors", ["the back"]) == Claim(
        "all are shut", "8 of 9 doors; the back", False
    )


def test_a_claim_names_a_few() -> None:
    assert none("no door is open", "9 doors", "abcdefg").figure == "7 of 9 doors; a; b; c; d; e"


def test_what_is_kept_is_read_again() -> None:
    ran = Ran(BAD, "2026-11-22", "abc", 5)

    assert proof_of(BAD.as_json()) == BAD
    assert ran_of(ran.as_json()) == ran


def test_the_page_shows_each_claim_and_what_was_never_run() -> None:
    steps = (step("doors", BAD), step("roof", GOOD))

    shown = page("House", "Words.", steps, {"doors": Ran(BAD, "2026-11-22", "abc", 5)})

    assert "| every door is shut | 27 of 27 | holds |" in shown
    assert "| no \\| window is open | 1 open | **FAILS** |" in shown
    assert "Run on 2026-11-22 at `abc`, 5 s: `--only doors`." in shown
    assert "Not run yet: `--only roof`." in shown


def test_every_step_runs_though_one_breaks_and_the_page_tells(tmp_path: Path) -> None:
    house = book(tmp_path, step("doors", RuntimeError("no key")), step("roof", GOOD))

    assert not run(house)

    shown = house.shown.read_text()
    assert "| the step comes to its end: RuntimeError | no key | **FAILS** |" in shown
    assert "every door is shut" in shown


def test_one_step_is_run_alone_and_the_others_are_kept(tmp_path: Path) -> None:
    run(book(tmp_path, step("doors", GOOD), step("roof", BAD)))
    house = book(tmp_path, step("doors", BAD), step("roof", GOOD))

    assert run(house, ["roof"])

    shown = house.shown.read_text()
    assert shown.count("**FAILS**") == 0
    assert shown.count("holds |") == 2


def test_a_quick_run_leaves_the_page_alone(tmp_path: Path) -> None:
    house = book(tmp_path, step("doors", GOOD))

    assert run(house, quick=True)
    assert not house.shown.exists()


def test_a_name_that_is_no_steps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no step cellar: there is doors"):
        run(book(tmp_path, step("doors", GOOD)), ["cellar"])


def test_a_run_on_changed_code_says_so_and_what_a_run_writes_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    code, shown = tmp_path / "code.py", tmp_path / "docs" / "doors.md"
    shown.parent.mkdir()
    code.touch()
    shown.touch()
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "one"]):
        subprocess.run(["/usr/bin/env", "git", *words], cwd=tmp_path, check=True)
    clean = commit()

    shown.write_text("a page")
    assert commit() == clean
    assert not clean.endswith("-dirty")

    code.write_text("changed")
    assert commit() == f"{clean}-dirty"
