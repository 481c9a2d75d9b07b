"""The API under fire: schemathesis on the API document, and hostile requests, until enough came."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import count
from multiprocessing import get_context
from typing import TYPE_CHECKING

from tools.proof.claims import Claim, Proof, Run

if TYPE_CHECKING:
    from tests.security.api_fuzz import Fired

CASES = 50_000
QUICK = 500
WORKERS = 2
_ROUND = {"documented": 30, "linked": 150, "steps": 20, "hostile": 1_000}
_QUICK_ROUND = {"documented": 3, "linked": 10, "steps": 10, "hostile": 500}


def prove(run: Run) -> Proof:
    """Fire rounds, each with a seed of its own, and say what came back."""
    # Tests' own helpers: nothing of them is needed by the other steps.
    from tests.security.doors import document

    wanted, size = (QUICK, _QUICK_ROUND) if run.quick else (CASES, _ROUND)
    fired = _fired(wanted, size, run)
    routes = sum(len(found) for found in document()["paths"].values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(fired.cases.items()))
    classes = {n: sum(c for s, c in fired.statuses.items() if s // 100 == n) for n in (2, 4, 5)}
    return Proof(
        (
            Claim(
                f"at least {wanted} cases of schemathesis were fired, and hostile ones beside",
                f"{fired.generated} and {fired.cases['hostile']}: {kinds}",
                fired.generated >= wanted,
            ),
            Claim("none was answered with 5xx", f"{fired.server_errors}", fired.server_errors == 0),
            Claim(
                "every answer is one that the document promises: status, media type, headers, "
                "body; nothing that breaks a schema is taken, nothing answers unsigned",
                f"{len(fired.failures)} kinds of failures",
                not fired.failures,
            ),
            Claim(
                "every operation was reached",
                f"{len(fired.operations)} of {routes}",
                len(fired.operations) == routes,
            ),
            Claim(
                "calls succeed as well as fail",
                ", ".join(f"{count} {n}xx" for n, count in classes.items()),
                min(classes[2], classes[4]) * 10 > fired.count,
            ),
        ),
        _notes(fired.failures, fired.cut_short),
    )


def _fired(wanted: int, size: dict[str, int], run: Run) -> Fired:
    """Rounds in processes of their own, two at a time, until schemathesis has made enough."""
    from tests.security.api_fuzz import Fired, Volley

    found, numbers = Fired(), count()
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        under_way = {pool.submit(Volley(next(numbers), **size).fire) for _ in range(WORKERS)}
        while under_way:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for one in done:
                fresh = one.result()
                found.add(fresh)
                run.tell(f"{found.count} cases, {len(found.failures)} kinds of failures")
                if found.generated + len(under_way) * fresh.generated < wanted:
                    under_way.add(pool.submit(Volley(next(numbers), **size).fire))
    return found


def _notes(failures: dict[str, str], cut_short: int) -> str:
    about = (
        "*positive* and *negative*: schemathesis' data that fits or breaks an operation's schema; "
        "*stateful*: histories whose ids come from the answers before; *hostile*: each route's "
        "fullest sample with ids, query, headers or body made hostile "
        "(`tests/security/hostile.py`). All go through API Gateway in miniature into the real "
        "functions on moto's tables. A valid request that a rule refuses is no failure: a schema "
        "cannot say that two sums agree. Series that hypothesis ended early, because its own "
        f"replays differed: {cut_short}."
    )
    shown = [f"- {what}: `{case[:300]}`" for what, case in list(failures.items())[:20]]
    return "\n\n".join(filter(None, [about, "\n".join(shown)]))
