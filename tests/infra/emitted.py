"""What functions count by themselves, read from their code: which metrics each can emit.

A metric is a call of `count`, `took` or `waited`; a function can emit it when its code imports, at
whatever remove, the module that calls. A name with a part that is only known at run time stands for
every value of that part, and `VOCABULARY` says which those are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payout_steps import PayoutStep
from countinghouse.domain.psp import EventStatus
from countinghouse.usecases import judge_differences
from countinghouse.usecases.attend_payout import Attention
from countinghouse_aws.psp.profiles import NAMES
from functions.repair.schema import Swept
from tests.infra.templates import ROOT

LAYERS = ROOT / "layers" / "adapters" / "python"
CORE = ROOT / "layers" / "core" / "python" / "countinghouse"
EMITTING = {"count", "took", "waited"}
HOLE = "\0"


def _published() -> frozenset[str]:
    """Return every name of an event: what the routing modules spell with a dot."""
    texts = [path.read_text(encoding="utf-8") for path in CORE.glob("*routing.py")]
    texts.append((CORE / "messages.py").read_text(encoding="utf-8"))
    return frozenset(re.findall(r"\"([a-z]+\.[a-z_]+)\"", "\n".join(texts)))


def _judged() -> frozenset[str]:
    names = ("OPENED", "KNOWN", "AUTO_RESOLVED", "LAGGING", "UNDER_WAY", "DROPPED")
    values = (getattr(judge_differences, name) for name in names)
    return frozenset(value.title().replace("_", "") for value in values)


VOCABULARY: Mapping[str, frozenset[str]] = {
    "Order_": frozenset(OrderStatus),
    "PspEvent_": frozenset(EventStatus),
    "Payout_": frozenset(Attention),
    "PayoutTask_": frozenset(PayoutStep),
    "Due_": frozenset(Swept.model_fields) - {"waited_s"},
    "LongestDue_": frozenset(Swept.model_fields) - {"waited_s", "wallets"},
    "PspMs_": frozenset(NAMES),
    "PspUnanswered_": frozenset(NAMES),
    "PspCircuitOpen_": frozenset(NAMES),
    "Event_": _published(),
    "Differences": _judged(),
}


def emits(function: str, metric: str) -> bool:
    """Whether some code of that function counts that metric."""
    for pattern in _patterns(function):
        start, hole, _ = pattern.partition(HOLE)
        if metric == pattern:
            return True
        if hole and metric.startswith(start) and metric[len(start) :] in VOCABULARY.get(start, ()):
            return True
    return False


@cache
def _patterns(function: str) -> frozenset[str]:
    return frozenset(p for module in _reached(function) for p in _counted(module))


@cache
def _reached(function: str) -> frozenset[Path]:
    waiting = sorted((ROOT / "functions" / function).glob("*.py"))
    found: set[Path] = set()
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += _imported(module)
    return frozenset(found)


@cache
def _tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


@cache
def _imported(module: Path) -> list[Path]:
    """Return the adapters' modules that it imports, at its top or later."""
    names: list[str] = []
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            names += [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
    places = (LAYERS / f"{name.replace('.', '/')}.py" for name in names)
    return [place for place in places if place.is_file()]


@cache
def _counted(module: Path) -> frozenset[str]:
    known = dict(_constants(module))
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module:
            other = LAYERS / f"{node.module.replace('.', '/')}.py"
            if other.is_file():
                theirs = dict(_constants(other))
                known |= {n.name: theirs[n.name] for n in node.names if n.name in theirs}
    calls = (node for node in ast.walk(_tree(module)) if isinstance(node, ast.Call))
    named = (c for c in calls if isinstance(c.func, ast.Name) and c.func.id in EMITTING and c.args)
    return frozenset(_spelt(name, known) for call in named for name in _either(call.args[0]))


def _either(name: ast.expr) -> tuple[ast.expr, ...]:
    """Return the names that a call may be made with: one, or both of a choice."""
    return (name.body, name.orelse) if isinstance(name, ast.IfExp) else (name,)


def _constants(module: Path) -> Iterator[tuple[str, str]]:
    for node in _tree(module).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                    yield target.id, node.value.value


def _spelt(name: ast.expr, known: Mapping[str, str]) -> str:
    """Return the name as the code spells it, with a hole for what only run time knows."""
    match name:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=constant):
            return known.get(constant, HOLE)
        case ast.JoinedStr(values=parts):
            return "".join(_spelt(part, known) for part in parts)
        case ast.FormattedValue(value=value):
            return _spelt(value, known)
    return HOLE
