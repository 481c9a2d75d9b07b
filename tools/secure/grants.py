"""What each function may do, less what it does: nothing is left over, in either direction.

The system runs its demo and its end-to-end tests under enforcement, the emulator writes down what
every role asked for, and that is compared with the synthesized templates of both stages. What was
seen is kept in docs/proofs/grants.json, which a test compares with the templates from then on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.local.places import ASSEMBLY, ROOT
from tools.proof.claims import Claim, Proof, Run, every, none
from tools.secure import seldom
from tools.secure.asked import Asked
from tools.secure.behalf import on_behalf
from tools.secure.enforcing import enforced_system, runs
from tools.secure.granted import Templates, read_templates
from tools.secure.inside import BY_TESTS
from tools.secure.synthesized import production

KEPT = ROOT / "docs" / "proofs" / "grants.json"
AGAIN = "`make secure ARGS='--only grants'` runs the system and records anew what is used"
# Actions for which IAM knows no resource.
UNNAMEABLE = frozenset(
    {"dynamodb:ListStreams", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
)
_SUITES = (
    # First, for it compares what left the bank, and a reconciliation books what arrives there.
    ("monthly payouts", ("tools.cli", "payouts", "--sellers", "12")),
    ("demo", ("tools.cli", "demo")),
    ("end-to-end tests", ("pytest", "-q", "-n", "3", "-m", "not alone", "tests/e2e")),
    ("end-to-end tests alone", ("pytest", "-q", "-m", "alone", "tests/e2e")),
)


@dataclass(frozen=True, slots=True)
class Used:
    """By function: what it was seen to do, and the lake's tables its queries read."""

    seen: Mapping[str, frozenset[str]]
    queried: Mapping[str, frozenset[str]]

    def as_json(self) -> dict[str, dict[str, list[str]]]:
        """Return it as it is kept."""
        return {
            "seen": {name: sorted(one) for name, one in sorted(self.seen.items())},
            "queried": {name: sorted(one) for name, one in sorted(self.queried.items())},
        }


def used_of(asked: Asked) -> Used:
    """Return what was used, of what was asked, but for what a run comes to by chance alone."""
    seen = {
        name: {one for one in some if (name, one) not in BY_TESTS}
        for name, some in asked.seen.items()
    }
    return Used(_frozen(seen), _frozen(asked.queried))


def with_tested(used: Used) -> Used:
    """Return it with what only tests inside a function come to."""
    seen = {name: set(one) for name, one in used.seen.items()}
    for function, grant in BY_TESTS:
        seen.setdefault(function, set()).add(grant)
    return Used(_frozen(seen), used.queried)


def kept(path: Path = KEPT) -> Used:
    """Return what the last full run saw."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return Used(_frozen(found["seen"]), _frozen(found["queried"]))


@dataclass(frozen=True, slots=True)
class Compared:
    """A function: its grants, those that AWS uses in its name, and both differences."""

    granted: frozenset[str]
    behalf: frozenset[str]
    unused: tuple[str, ...]
    lacking: tuple[str, ...]


def compared(templates: Templates, used: Used) -> dict[str, Compared]:
    """Return every function's grants beside their uses."""
    used = with_tested(used)
    behalf = on_behalf(templates, used.seen, used.queried)
    granted = templates.granted()
    found = {}
    for name, grants in sorted(granted.items()):
        uses = used.seen.get(name, frozenset()) | behalf[name]
        found[name] = Compared(
            grants, behalf[name], tuple(sorted(grants - uses)), tuple(sorted(uses - grants))
        )
    return found


def wide(templates: Templates) -> list[str]:
    """Return grants with a wildcard action, or on everything though IAM knows a resource."""
    return sorted(
        f"{name}: {grant}"
        for name, grants in templates.granted().items()
        for grant in grants
        for action, _, resource in [grant.partition(" ")]
        if "*" in action or (resource == "*" and action not in UNNAMEABLE)
    )


def judge(stages: Mapping[str, Templates], used: Used) -> list[Claim]:
    """Return what is claimed of each stage's templates."""
    claims = []
    for stage, templates in stages.items():
        found = compared(templates, used)
        total = sum(len(one.granted) for one in found.values())
        behalf = sum(len(one.behalf & one.granted) for one in found.values())
        unused = [f"{name}: {grant}" for name, one in found.items() for grant in one.unused]
        lacking = [f"{name}: {grant}" for name, one in found.items() for grant in one.lacking]
        of = f"{total} grants of {len(found)} functions"
        by = f"{behalf} used by AWS itself, {len(BY_TESTS)} by tests inside alone"
        claims += [
            none(f"{stage}: no grant is unused", f"{of}; {by}", unused),
            none(f"{stage}: nothing used is not granted", of, lacking),
            none(f"{stage}: no action or resource is a wildcard", of, wide(templates)),
        ]
    return claims


def prove(run: Run) -> Proof:
    """Run the system and compare; quick, compare with what the last full run saw."""
    if run.quick:
        return Proof(tuple(judge({"production": production()}, kept())))
    with enforced_system("grants") as system:
        succeeded = [title for title, command in _SUITES if runs(run, title, *command)]
        missed = seldom.play(system.client)
        asked, local = system.asked(), read_templates(ASSEMBLY)
    used = used_of(asked)
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(used.as_json(), indent=1) + "\n", encoding="utf-8")
    stages = {"production": production(), "local": local}
    refused = [f"{name}: {one}" for name, some in asked.refused.items() for one in sorted(some)]
    claims = [
        Claim(
            "payouts, demo and end-to-end tests pass under enforcement",
            f"{len(succeeded)} of {len(_SUITES)}: {', '.join(succeeded) or 'none'}",
            holds=len(succeeded) == len(_SUITES),
        ),
        every("what seldom happens was made to happen", len(seldom.DEEDS), "deeds", missed),
        none(
            "no role was refused anything",
            f"{sum(map(len, used.seen.values()))} kinds of request of {len(used.seen)} functions",
            refused,
        ),
        *judge(stages, used),
    ]
    return Proof(tuple(claims), table(compared(stages["production"], used), used))


def table(found: Mapping[str, Compared], used: Used) -> str:
    """Return the functions of production with their figures, as Markdown."""
    rows = [
        f"| `{name}` | {len(one.granted)} | {len(used.seen.get(name, ()))} "
        f"| {len(one.behalf)} | {len(one.unused)} | {len(one.lacking)} |"
        for name, one in found.items()
    ]
    head = [
        "| function | granted | seen used | used by AWS in its name | unused | lacking |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join(
        [
            "A grant is an action on a resource. Seen: the emulator was asked for it in the "
            "name of the function's role. By AWS: what Lambda's pollers, its logs, Athena and "
            "the customer's key make of that, by AWS's documentation "
            "(`tools/secure/behalf.py`); the emulator does those without asking.",
            "",
            *head,
            *rows,
        ]
    )


def _frozen(found: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(one) for name, one in found.items()}
