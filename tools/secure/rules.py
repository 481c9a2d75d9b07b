"""cdk-nag's four packs on production: what they found, what was answered to it, what they read."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.proof.claims import Claim, Proof, Run, every, none
from tools.secure.granted import Templates, as_list, read_templates
from tools.secure.planted_faults import PLANTED, found, planted
from tools.secure.rule_packs import PACKS, Reads, Report, given, read_report, what_they_read
from tools.secure.synthesized import synthesized

# The one allowed: by it IAM decides over the key for the account, and without it nobody could.
ACCOUNTS_OWN_KEY = ("AWS::KMS::Key", "kms:*")
_SHOWN = 3


def prove(run: Run) -> Proof:
    """Synthesize production once under all packs; and, unless quick, a stack full of faults."""
    run.tell("synthesizing production")
    with synthesized(packs=True) as folder:
        report, templates = read_report(folder), read_templates(folder)
        metadata = read_metadata(folder)
    read = what_they_read()
    claims = [
        *judge(report, metadata, kinds(templates), read),
        *wildcards(templates),
        *([] if run.quick else [_awake()]),
    ]
    return Proof(tuple(claims), "\n\n".join((_unread(kinds(templates), read), table(report))))


def read_metadata(folder: Path) -> dict[str, Any]:
    """Return what is written down about each construct, by its path."""
    return {
        path: entries
        for one in sorted(folder.glob("*.metadata.json"))
        for path, entries in json.loads(one.read_text(encoding="utf-8")).items()
    }


def kinds(templates: Templates) -> Counter[str]:
    """Return how many resources of each type there are."""
    return Counter(one["Type"] for stack in templates.stacks for one in stack["Resources"].values())


def judge(
    report: Report, metadata: Mapping[str, Any], there: Counter[str], read: Mapping[str, Reads]
) -> list[Claim]:
    """Return what is claimed of the packs' report."""
    claims = [_of_pack(report, pack, there, read[pack]) for pack in PACKS]
    reasons = given(metadata)
    unused = reasons - {(one.given_at, one.given_as) for one in report.acknowledged}
    wide = [
        one.found_at
        for one in report.acknowledged
        if one.found_at not in (one.given_at, f"{one.given_at}/Resource")
    ]
    return [
        *claims,
        every(
            "every acknowledgement still answers a finding",
            len(reasons),
            "reasons",
            [f"{rule} at {path}" for path, rule in sorted(unused)],
        ),
        every(
            "every acknowledgement is of the one construct it is given to",
            len(report.acknowledged),
            "findings",
            wide,
        ),
    ]


def _of_pack(report: Report, pack: str, there: Counter[str], read: Reads) -> Claim:
    open_, answered = (
        [one for one in some if one.pack == pack]
        for some in (report.unexplained, report.acknowledged)
    )
    seen = sum(count for kind, count in there.items() if read.reads(kind))
    figure = (
        f"{len(open_)} of {len(open_) + len(answered)} findings; {read.rules} rules, which read "
        f"{seen} of {there.total()} resources; {len(answered)} acknowledged"
    )
    shown = "".join(f"; {one.rule} at {one.found_at}" for one in open_[:_SHOWN])
    holds = pack in report.packs and seen > 0 and not open_
    return Claim(f"{pack}: no finding is unexplained", figure + shown, holds)


def wildcards(templates: Templates) -> list[Claim]:
    """Return what is claimed of the policies: of roles, and of keys, buckets, queues, topics."""
    roles = list(_allowed(templates, ("AWS::IAM::Role",)))
    others = list(_allowed(templates, _RESOURCE_POLICIES))
    own = [one for one in others if one == ACCOUNTS_OWN_KEY]
    return [
        none(
            "no role's policy has a wildcard action",
            f"{len(roles)} allowed actions of roles",
            [action for _, action in roles if "*" in action],
        ),
        none(
            "no resource's policy has one, but the account's own over its key",
            f"{len(others)} allowed actions, beside {len(own)} of the account's own",
            [
                f"{kind}: {action}"
                for kind, action in others
                if "*" in action and (kind, action) not in own
            ],
        ),
    ]


_RESOURCE_POLICIES = (
    "AWS::KMS::Key",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
)


def _allowed(templates: Templates, of: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (type, action) for each action that a policy of these resources allows."""
    for kind in of:
        for one in templates.of_type(kind).values():
            documents = [policy["PolicyDocument"] for policy in one.get("Policies", ())]
            documents += [one[key] for key in ("KeyPolicy", "PolicyDocument") if key in one]
            if kind == "AWS::Lambda::Permission":
                yield kind, one["Action"]
            for document in documents:
                for statement in document["Statement"]:
                    if statement["Effect"] == "Allow":
                        yield from ((kind, action) for action in as_list(statement["Action"]))


def _awake() -> Claim:
    with tempfile.TemporaryDirectory() as made:
        report = planted(Path(made))
    missed = [
        f"{pack}: {rule}"
        for pack, rules in PLANTED.items()
        for rule in sorted(rules - found(report, pack))
    ]
    total = sum(map(len, PLANTED.values()))
    return every("every pack finds what is planted in another stack", total, "planted", missed)


def _unread(there: Counter[str], read: Mapping[str, Reads]) -> str:
    """Say of which types no pack says anything, as Markdown."""
    unread = {
        kind: count
        for kind, count in sorted(there.items())
        if not any(one.reads(kind) for one in read.values())
    }
    listed = ", ".join(f"{count} `{kind}`" for kind, count in unread.items())
    return (
        "No rule of any pack names these types, so none of them was looked at: "
        f"{listed or 'none'}. What the packs ask of a table (a key of ours, recovery to a point in "
        "time, protection from deletion) `tests/infra/test_tables.py` asks of each "
        "`AWS::DynamoDB::GlobalTable`; only a backup plan of AWS Backup is not there, for recovery "
        "to any second of 35 days is, and `make drills` restores from it."
    )


def table(report: Report) -> str:
    """Return every reason with how often it is given, as Markdown."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in report.acknowledged:
        places.setdefault((one.rule.partition("[")[0], one.reason), []).append(one.given_at)
    rows = [
        f"| `{rule}` | {_places(at)} | {reason} |" for (rule, reason), at in sorted(places.items())
    ]
    return "\n".join(["| rule | acknowledged at | reason |", "|---|---|---|", *rows])


def _places(at: Sequence[str]) -> str:
    if len(set(at)) > _SHOWN:
        return f"{len(set(at))} constructs"
    return ", ".join(f"`{one}`" for one in sorted(set(at)))
