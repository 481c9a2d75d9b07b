"""Mutants of the money modules and of signature checks: what no test fails, no test protects.

mutmut makes them in a copy of the sources, where the tests of those modules run against each one
that they reach. A mutant that changes nothing but the words of an error is not counted: tests do
not repeat sentences. What cannot be told apart from the original is named in EQUIVALENT with its
reason, and is not counted either.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.local.places import LOCAL, ROOT
from tools.proof.claims import Claim, Proof, Run
from tools.secure.equivalent_mutants import EQUIVALENT

_CORE, _ADAPTERS = "src/countinghouse/domain", "src/countinghouse_aws"
_SOURCES = ("layers/core/python/countinghouse", "layers/adapters/python/countinghouse_aws")
_PATIENCE_S = 7_200
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Herd:
    """Modules to mutate, the tests that have to notice, and the share of mutants they must kill.

    With `functions`, only mutants of functions whose names hold one of these count.
    """

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    share: float
    functions: tuple[str, ...] = ()


_MONEY = (
    *("money", "fees", "fee_tax", "psp_fees", "posting", "posting_rules", "booking", "ledger"),
    *("wallet", "purse", "payability", "trial_balance", "order_journals", "payout_journals"),
    *("break_journals", "break_residuals", "late_journals", "order_conversion", "conversion"),
    *("fx", "fx_position", "fx_books", "payout_exchange"),
)
MONEY = Herd(
    "money",
    tuple(f"{_CORE}/{name}.py" for name in _MONEY),
    tuple(f"tests/unit/core/domain/test_{name}.py" for name in _MONEY),
    0.95,
)
SIGNATURES = Herd(
    "signatures",
    (f"{_ADAPTERS}/psp/signatures.py", f"{_ADAPTERS}/psp/adyen_webhooks.py"),
    tuple(
        f"tests/unit/adapters/test_{name}.py"
        for name in ("signatures", "adyen_webhooks", "stripe_webhooks")
    ),
    1.0,
    ("sign", "verify", "parse__", "_items"),
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: its module, the function, the line as it is and as it became, and its end."""

    module: str
    function: str
    was: str
    became: str
    killed: bool

    @property
    def line(self) -> str:
        """What EQUIVALENT and the page name it by."""
        return f"{self.module}.{self.function}: {self.was} -> {self.became}"


def laid_out(herd: Herd, folder: Path) -> None:
    """Lay the sources and the tests out as mutmut wants them."""
    shutil.rmtree(folder, ignore_errors=True)
    no_caches = shutil.ignore_patterns("__pycache__")
    for source in _SOURCES:
        shutil.copytree(ROOT / source, folder / "src" / Path(source).name, ignore=no_caches)
    shutil.copytree(
        ROOT / "tests",
        folder / "tests",
        ignore=shutil.ignore_patterns("__pycache__", "e2e", "simulation"),
    )
    for name in ("events", "tools", "infra"):
        (folder / name).symlink_to(ROOT / name)
    lines = {
        "source_paths": herd.modules,
        "pytest_add_cli_args_test_selection": herd.tests,
        "pytest_add_cli_args": ("-p", "no:cacheprovider", "-W", "ignore"),
        "also_copy": ("src", "tests", "events", "tools", "infra", "pytest.ini"),
    }
    # Else pytest would find this repository's own settings above, and with them the sources.
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    written = [f"{key}=\n    " + "\n    ".join(values) for key, values in lines.items()]
    (folder / "setup.cfg").write_text("[mutmut]\n" + "\n".join(written) + "\n", encoding="utf-8")


def mutants(folder: Path, modules: Sequence[str]) -> Iterator[Mutant]:
    """Every mutant that mutmut made and judged, but for those of an error's words alone."""
    for module in modules:
        made = folder / "mutants" / module
        ends: Mapping[str, int | None] = json.loads(
            Path(f"{made}.meta").read_text(encoding="utf-8")
        )["exit_code_by_key"]
        functions = _functions(made.read_text(encoding="utf-8"))
        for key, code in ends.items():
            name = key.rpartition(".")[2]
            origin = name.rpartition("__mutmut_")[0] + "__mutmut_orig"
            was, became = functions[origin], functions[name]
            if _meaning(was) != _meaning(became):
                first = _first_difference(was, became)
                yield Mutant(Path(module).stem, _plain(name), *first, code not in (0, 33, None))


def _functions(source: str) -> dict[str, ast.FunctionDef]:
    return {
        one.name: one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.FunctionDef)
    }


class _Wordless(ast.NodeTransformer):
    """Takes the words out of what is raised, and leaves its kind and its field."""

    def visit_Raise(self, node: ast.Raise) -> ast.Raise:
        """As NodeTransformer has it."""
        if isinstance(node.exc, ast.Call):
            node.exc.args = []
        return node


def _meaning(function: ast.FunctionDef) -> str:
    told = ast.unparse(_Wordless().visit(ast.parse(ast.unparse(function))))
    return told.partition("(")[2]


def _first_difference(was: ast.FunctionDef, became: ast.FunctionDef) -> tuple[str, str]:
    before, after = (ast.unparse(one).splitlines()[1:] for one in (was, became))
    pairs = zip(before, after, strict=False)
    changed = next(((a, b) for a, b in pairs if a != b), ("its signature", "another"))
    return changed[0].strip(), changed[1].strip()


def _plain(name: str) -> str:
    return name.rpartition("__mutmut_")[0].replace("xǁ", "").replace("ǁ", ".").removeprefix("x_")


def hunt(herd: Herd) -> list[Mutant]:
    """Make the mutants and run the tests; those of functions that do not count are left out."""
    folder = LOCAL / "mutants" / herd.name
    laid_out(herd, folder)
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "2"]
    with (folder / "log").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            command,
            cwd=folder,
            # The copy's mutated sources come first by mutmut's own doing.
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=_PATIENCE_S,
        )
    if done.returncode:
        raise RuntimeError(f"mutmut ended with {done.returncode}: see {log.name}")
    found = mutants(folder, herd.modules)
    wanted = herd.functions
    return [one for one in found if not wanted or any(part in one.function for part in wanted)]


def claim(herd: Herd, found: Sequence[Mutant]) -> tuple[Claim, list[str]]:
    """What the hunt comes to, and the lines of those that got away."""
    counted = [one for one in found if one.line not in EQUIVALENT]
    away = [one for one in counted if not one.killed]
    killed = len(counted) - len(away)
    share = killed / len(counted) if counted else 0
    figure = f"{killed} of {len(counted)}, {share:.1%}; {len(found) - len(counted)} equivalent"
    says = f"tests kill {herd.share:.0%} of the mutants of {herd.name}"
    return Claim(says, figure, share >= herd.share), [f"- `{one.line}`" for one in away]


def prove(run: Run) -> Proof:
    """Hunt in every herd; a quick run in that of signatures alone."""
    claims, notes = [], []
    for herd in (SIGNATURES,) if run.quick else (SIGNATURES, MONEY):
        run.tell(f"{herd.name}: {len(herd.modules)} modules")
        made, away = claim(herd, hunt(herd))
        claims.append(made)
        notes += away
    said = f"Not killed ({len(notes)}):\n\n" + "\n".join(notes[:_SHOWN]) if notes else ""
    return Proof(tuple(claims), said)
