"""Drill: a bad deployment is rolled back, with old and new code both live."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.drills.mixed import Mixed, play_mixed
from tests.drills.release import Release, releases, unpacked
from tests.simulation.faults import Broken
from tests.simulation.machine import machine
from tools.drills.histories import Histories, always
from tools.proof.claims import Claim, Proof, Run, Step

HISTORIES, QUICK = 30, 2
BACK_MAX = 12
"""How many releases back it is tried."""
BACK_HISTORIES = 4
SHOWN = 10


def prove(run: Run) -> Proof:
    """Serve each invocation by this release or the one before, by chance; then by older ones."""
    commits = releases(1 if run.quick else BACK_MAX)
    found, broken = mixed(run, commits[0], QUICK if run.quick else HISTORIES)
    histories = Histories(len(found) + len(broken), tuple(broken))
    back, why = 1 if not broken else 0, ""
    for commit in commits[1:]:
        _, wrong = mixed(run, commit, BACK_HISTORIES)
        if wrong:
            why = f"`{commit[:SHOWN]}` cannot be: {wrong[0].splitlines()[-1].strip()[:200]}"
            break
        back += 1
    notes = (
        f"Beside this one {back} of the {len(commits)} releases before it that were tried may be "
        f"live, back to `{commits[max(back, 1) - 1][:SHOWN]}`. {why}\n\n"
    )
    claimed = claims(found, commits[0])
    return Proof((*claimed, *always(found, histories)), notes + histories.notes)


def mixed(run: Run, commit: str, histories: int) -> tuple[list[Mixed], list[str]]:
    """Histories of this release beside that of a commit, and what was wrong with those that broke.

    A process of its own each time: the old release's code is never loaded twice.
    """
    found: list[Mixed] = []
    broken: list[str] = []
    with machine() as process, TemporaryDirectory() as folder:
        try:
            old = Release(unpacked(commit, Path(folder)), process)
        except (ImportError, AttributeError) as error:
            return [], [f"its code cannot be loaded: {error}"]
        for seed in range(histories):
            try:
                found.append(play_mixed(process, old, seed))
            except Broken as error:
                broken.append(str(error))
            except Exception as error:  # noqa: BLE001 - what the old release cannot do ends in any
                broken.append(f"seed {seed}: {type(error).__name__}: {error}")
            if broken:
                break
        old.close()
    run.tell(f"beside {commit[:SHOWN]}: {len(found)} histories, {len(broken)} broken")
    return found, broken


def claims(found: list[Mixed], commit: str) -> tuple[Claim, ...]:
    """What this drill shows."""
    served = sum((one.invocations for one in found), Counter[str]())
    read = sum(one.rows_read_by_old for one in found)
    named = sum((one.journals for one in found), Counter[str | None]())
    by_version = ", ".join(f"{count} {name or 'none'}" for name, count in named.items())
    return (
        Claim(
            f"handlers of this release and of `{commit[:SHOWN]}` work on one store",
            f"{served['new']} invocations served by the new, {served['old']} by the old",
            holds=served["new"] > 0 and served["old"] > 0,
        ),
        Claim(
            "rows that this release wrote are read by the one before",
            f"{read} rows",
            holds=read > 0,
        ),
        Claim(
            "each journal names the version of the code that booked it, if that code knew its own",
            f"journals by version: {by_version}",
            holds=len(named) > 1,
        ),
    )


STEP = Step("rollback", "Bad deployment rolled back, old and new code both live", prove)
