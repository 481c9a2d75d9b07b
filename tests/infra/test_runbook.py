"""The runbook as whoever is on call uses it: every chapter whole, every command there is."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import get_args

import botocore.session
import pytest
import typer
from botocore import xform_name

from infra.constructs.alarms import Anchor
from infra.grants import GRANTS
from infra.routes import ROUTES
from tests.infra.templates import ROOT, Synthesized
from tools.cli import app
from tools.drills.book import STEPS
from tools.extras import EXTRAS

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
SCRIPT = ROOT / "tools" / "oncall.sh"
HELPERS = frozenset(re.findall(r"^(\w+)\(\) \{", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE))
# Commands of the AWS command line that are no call of the API.
OF_THE_CLI = {("s3", "cp"), ("s3", "ls"), ("logs", "tail")}
# Options of the AWS command line itself.
EVERYWHERE = {"query", "output", "cli-binary-format"}
# Of Makefile's targets, those that are the command line's commands.
FORWARDED = {"status", "logs", "redrive"}


def chapters() -> dict[str, str]:
    """Return the runbook's chapters by their anchor."""
    parts = re.split(r"^## (.+)$", RUNBOOK, flags=re.MULTILINE)
    titles = [re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in parts[1::2]]
    return dict(zip(titles, parts[2::2], strict=True))


def commands(text: str = RUNBOOK) -> list[str]:
    """Return every command that the text quotes: in backticks, or a line of a block."""
    blocks = re.findall(r"^```\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    found = [*lines, *re.findall(r"`([^`]+)`", rest)]
    return [one for one in found if is_command(one)]


def is_command(text: str) -> bool:
    first, _, more = text.strip().partition(" ")
    return first in {"make", "aws", ".", "python"} or (first in HELPERS and bool(more))


def words(command: str) -> list[str]:
    """Return a command's words; what it runs inside it is one word, or part of one."""
    return shlex.split(outer(command), comments=True)


def outer(command: str) -> str:
    """Return the text without the commands inside it: `$(...)`, however deep."""
    said, depth, place = "", 0, 0
    while place < len(command):
        if command.startswith("$(", place):
            depth, place = depth + 1, place + 2
            continue
        if depth:
            depth += (command[place] == "(") - (command[place] == ")")
        else:
            said += command[place]
        place += 1
    return said


@pytest.mark.parametrize("anchor", get_args(Anchor))
def test_every_alarms_chapter_has_symptom_place_command_and_escalation(anchor: str) -> None:
    chapter = chapters()[anchor]

    order = [chapter.find(f"**{part}") for part in ("Symptom.", "Look.", "Do.", "Call")]
    assert -1 not in order, f"{anchor} lacks a part"
    assert order == sorted(order)
    assert commands(chapter), f"{anchor} has nothing to run"
    assert re.search(r"\*\((?:money|machine): ", chapter), f"{anchor} names no graph"


@pytest.mark.parametrize("board", ["money", "machine"])
def test_every_graph_that_is_named_is_on_its_dashboard(board: str, prod: Synthesized) -> None:
    named = set(re.findall(rf"\*\({board}: (.+?)\)\*", RUNBOOK.replace("\n", " ")))
    titles = {one["properties"].get("title") for one in prod.dashboards()[board]["widgets"]}

    assert named - {"Some graph"} <= titles
    assert len(named) > 3


def test_there_are_commands_of_every_kind() -> None:
    kinds = {one.split()[0] for one in commands()}

    assert {"make", "aws", "python", ".", "ask", "logs", "letters", "failed"} <= kinds


@pytest.mark.parametrize("command", sorted(one for one in commands() if one.startswith("make ")))
def test_every_make_command_is_a_target_with_these_options(command: str) -> None:
    _, target, *more = words(command)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)

    given = [one.removeprefix("ARGS=") for one in more if one.startswith("ARGS=")]
    arguments = shlex.split(" ".join(given))
    if target in FORWARDED:
        assert_parses([target, *arguments])
    elif target == "drills":
        assert_drills(arguments)
    else:
        assert not arguments, f"nobody checks the options of make {target}"


def assert_drills(arguments: list[str]) -> None:
    known = {step.name for step in STEPS}
    assert [one for one in arguments if one not in {"--only", "--quick"} and one not in known] == []


@pytest.mark.parametrize("command", sorted(one for one in commands() if one.startswith("python ")))
def test_every_command_of_ours_takes_these_options(command: str) -> None:
    _, dash, module, *more = words(command)

    assert (dash, module) == ("-m", "tools.cli")
    assert_parses(more)


def assert_parses(arguments: list[str]) -> None:
    """Have the command's own parser read its options; nothing is run."""
    name, *given = arguments
    extra = next((one for one in EXTRAS if one.name == name), None)
    group = typer.main.get_command(app if extra is None else import_module(extra.module).app)
    # A module of one command is that command; of several, its own name or the next word's.
    inside = getattr(group, "commands", {})
    command = inside.get(name) or inside.get(next(iter(given), "")) or group
    options = {text for one in command.params for text in (*one.opts, *one.secondary_opts)}
    used = {one.partition("=")[0] for one in given if one.startswith("--")}
    assert used <= options, f"{name} has no {used - options}"


@cache
def _service(name: str) -> dict[str, set[str]]:
    """Return the members of what each operation takes, spelt as on the command line."""
    service = "s3" if name == "s3api" else name
    model = botocore.session.get_session().get_service_model(service)
    found = {}
    for operation in model.operation_names:
        shape = model.operation_model(operation).input_shape
        members = shape.members if shape is not None else ()
        found[xform_name(operation, "-")] = {xform_name(member, "-") for member in members}
    return found


def _aws(text: str) -> Iterator[list[str]]:
    """Yield every call of `aws` in the text, also those inside another."""
    joined = text.replace("\\\n", " ")
    for start in (found.start() for found in re.finditer(r"(?<![\w-])aws (?=[a-z])", joined)):
        call = outer(joined[start:].split("\n", 1)[0])
        yield shlex.split(re.split(r" \| |\)", call)[0])


AWS = [
    *(call for one in commands() for call in _aws(one)),
    *(
        call
        for call in _aws(
            "\n".join(
                line
                for line in SCRIPT.read_text(encoding="utf-8").splitlines()
                if not line.startswith("#")
            )
        )
    ),
]


@pytest.mark.parametrize("call", AWS, ids=" ".join)
def test_every_call_of_aws_is_one_with_these_options(call: list[str]) -> None:
    _, service, operation, *more = call
    if (service, operation) in OF_THE_CLI:
        return
    known = _service(service)

    assert operation in known
    options = {one.removeprefix("--") for one in more if one.startswith("--")}
    # What it takes on top: the place of an answer's body, and pages' lengths.
    assert options - EVERYWHERE <= known[operation] | {"max-items"}


@pytest.mark.parametrize(
    "command", sorted({one for one in commands() if one.split()[0] in {"logs", "run"}})
)
def test_logs_are_of_functions_there_are(command: str) -> None:
    assert words(command)[1] in GRANTS


@pytest.mark.parametrize("command", sorted({one for one in commands() if one.split()[0] == "ask"}))
def test_what_is_asked_is_a_route(command: str) -> None:
    _, path, *more = shlex.split(command)
    method = "POST" if "-d" in more or "POST" in more else "GET"
    asked = re.sub(r"\?.*", "", path)
    patterns = [re.sub(r"\{\w+\}", "[^/]+", one.path) for one in ROUTES if one.method == method]

    assert any(re.fullmatch(pattern, asked) for pattern in patterns), command


FAKE_AWS = """#!/bin/sh
echo "aws $*" >> "$CALLS"
case "$*" in
  *ApiUrl*) echo https://api.example ;;
  *QueueUrls*) echo '{"Orders": "https://sqs/orders"}' ;;
  *StateMachineArns*) echo '{"payout": "arn:payout"}' ;;
esac
"""
FAKE_CURL = """#!/bin/sh
echo "curl $*" >> "$CALLS"
"""


@pytest.mark.parametrize(
    ("command", "called"),
    [
        (
            "output ApiUrl",
            "aws cloudformation describe-stacks --stack-name countinghouse-prod-service",
        ),
        ("output LakeBucket lake", "--stack-name countinghouse-prod-lake"),
        ("logs order_execution", "aws logs tail /aws/lambda/countinghouse-prod-order-execution"),
        ("logs posting 'message failed'", "--filter-pattern message failed"),
        ("run repair", "--function-name countinghouse-prod-repair"),
        ("letters Orders", "aws sqs receive-message --queue-url https://sqs/orders"),
        ("drop Orders AQEB", "--queue-url https://sqs/orders --receipt-handle AQEB"),
        ("failed payout", "--state-machine-arn arn:payout --status-filter FAILED"),
        ("failed payout TIMED_OUT", "--state-machine-arn arn:payout --status-filter TIMED_OUT"),
        ("why arn:x", "get-execution-history --execution-arn arn:x --reverse-order"),
        ("start payout '{\"a\": 1}'", '--state-machine-arn arn:payout --input {"a": 1}'),
        ("ask /v1/psps", "https://api.example/v1/psps"),
        ("ask /v1/x -d '{}'", "https://api.example/v1/x -d {}"),
    ],
)
def test_the_shells_commands_call_what_they_say(tmp_path: Path, command: str, called: str) -> None:
    for name, text in {"aws": FAKE_AWS, "curl": FAKE_CURL}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    calls = tmp_path / "calls"
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CALLS": str(calls)}

    keys = "AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_SESSION_TOKEN=c"
    line = f"{keys}; . '{SCRIPT}' prod; {command}"
    subprocess.run(
        ["bash", "-euc", line],  # noqa: S607
        check=True,
        env=environment,
        capture_output=True,
    )

    assert called in calls.read_text(encoding="utf-8").splitlines()[-1]
