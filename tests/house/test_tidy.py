"""House rules that no linter knows. A rule with exceptions is a ratchet: a listed number may only
shrink, and an exception that is no longer needed must be struck off its list."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from countinghouse_aws.edge.access import ROLES
from countinghouse_aws.edge.http import Route
from infra import routes as infra_routes

ROOT = Path(__file__).parent.parent.parent
CORE = ROOT / "layers" / "core" / "python"
ADAPTERS = ROOT / "layers" / "adapters" / "python"
FUNCTIONS = ROOT / "functions"
UNIT_CORE = ROOT / "tests" / "unit" / "core"

FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 250
HANDLER_LINES_MAX = 80
PORT_METHODS_MAX = 5

LONG_MODULES: dict[str, int] = {}
LONG_HANDLERS = {
    "functions/ledger/handler.py": 88,
    "functions/orders/handler.py": 92,
    "functions/payments/handler.py": 136,
    "functions/payouts/handler.py": 149,
    "functions/reconciliation/handler.py": 164,
    "functions/reconciliation_steps/handler.py": 90,
    "functions/wallet/handler.py": 93,
}
FLOATS = {
    # A pause between two looks at a payment: time, not money.
    "functions/payments/handler.py": 1,
}
BANNED_NAMES = frozenset(
    [
        "base",
        "common",
        "helper",
        "helpers",
        "main",
        "manager",
        "misc",
        "service",
        "shared",
        "util",
        "utils",
    ]
)
BANNED_BUT_THERE = {
    # The stack that holds the service; its sister holds the data.
    "infra/stacks/service.py",
}
# It touches nothing, so nothing is wired.
WITHOUT_PORTS = {"lake_days"}
# What comes in is a row, which `dynamodb/images` reads.
READS_STREAMS = {"relay", "lake"}
# One file for two verbs that change an order in the same way.
SEVERAL_VERBS = {"change_order": {"request_capture", "cancel_order"}}


def modules(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of a module's nodes: to walk a tree takes as long as to parse it."""
    return tuple(ast.walk(tree(path)))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def beyond(found: dict[str, int], limit: int, allowed: dict[str, int]) -> dict[str, int]:
    """What is over the limit and not allowed, or over what is allowed."""
    return {path: count for path, count in found.items() if count > allowed.get(path, limit)}


def needless(found: dict[str, int], limit: int, allowed: dict[str, int]) -> set[str]:
    """Exceptions for what keeps the limit by now, or is gone."""
    return {path for path in allowed if found.get(path, 0) <= limit}


DEPLOYED = modules(CORE, ADAPTERS, FUNCTIONS)
ALL = [*DEPLOYED, *modules(ROOT / "infra", ROOT / "tools")]


def test_modules_stay_short() -> None:
    found = {name(path): lines(path) for path in DEPLOYED + modules(ROOT / "infra")}

    assert beyond(found, MODULE_LINES_MAX, LONG_MODULES) == {}, "split it by what it knows"
    assert needless(found, MODULE_LINES_MAX, LONG_MODULES) == set()


def test_handlers_stay_thin() -> None:
    found = {name(path): lines(path) for path in FUNCTIONS.glob("*/handler.py")}

    assert beyond(found, HANDLER_LINES_MAX, LONG_HANDLERS) == {}, "move it into a use case"
    assert needless(found, HANDLER_LINES_MAX, LONG_HANDLERS) == set()


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes(path):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def test_functions_stay_short() -> None:
    long = {
        f"{name(path)}:{node.name}"
        for path in ALL
        for node in functions_of(path)
        if (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES_MAX
    }

    assert long == set()


def floats_of(path: Path) -> int:
    return sum(
        (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("float", "round")
        )
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
        or (isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div))
        for node in nodes(path)
    )


def test_money_meets_no_float() -> None:
    found = {name(path): floats_of(path) for path in modules(CORE, FUNCTIONS)}

    assert beyond(found, 0, FLOATS) == {}, "integers in minor units; domain.money.allocate splits"
    assert needless(found, 0, FLOATS) == set()


def test_a_function_folder_holds_its_files() -> None:
    folders = [path for path in FUNCTIONS.iterdir() if path.is_dir() and path.name != "__pycache__"]

    for folder in folders:
        files = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
        routes = tables().get(folder.name)
        wanted = {"__init__.py", "handler.py"}
        if folder.name not in WITHOUT_PORTS:
            wanted.add("wiring.py")
        if routes is not None:
            wanted.add("answers.py")
        takes = routes is None or any(route.body or route.query for route in routes)
        if takes and folder.name not in READS_STREAMS:
            wanted.add("schema.py")
        assert files == wanted, folder.name


def test_nothing_that_is_deployed_imports_what_routes_answer() -> None:
    answers = {path for path in DEPLOYED if path.stem == "answers"}
    importing = {
        name(path)
        for path in {*DEPLOYED} - answers
        for module in imported(path)
        if module.endswith(".answers")
    }

    assert importing == set(), "models for the API document alone: they would cost cold starts"


def test_what_is_deployed_makes_its_dataclasses_at_a_quarter_of_the_cost() -> None:
    importing = {
        name(path)
        for path in DEPLOYED
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        if "dataclass" in {alias.name for alias in node.names}
    }

    assert importing == {name(CORE / "countinghouse" / "records.py")}, "take countinghouse.records"


def test_every_function_has_its_test() -> None:
    tested = {
        path.parent.name for path in (ROOT / "tests/unit/functions").glob("*/test_handler.py")
    }

    assert tested == {path.parent.name for path in FUNCTIONS.glob("*/handler.py")}


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = {name(path) for path in ALL if path.stem in BANNED_NAMES}

    assert found == BANNED_BUT_THERE, "name it for what it knows"


def test_no_class_is_a_base() -> None:
    found = {
        f"{name(path)}:{node.name}"
        for path in DEPLOYED
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and node.name.startswith("Base")
    }

    assert found == set()


@pytest.mark.parametrize("folder", ["domain", "usecases"])
def test_every_module_of_the_core_has_its_test_file(folder: str) -> None:
    code = {path.stem for path in (CORE / "countinghouse" / folder).glob("*.py")} - {"__init__"}
    tests = {path.stem for path in (UNIT_CORE / folder).glob("test_*.py")}

    assert tests == {f"test_{stem}" for stem in code}


def test_every_use_case_is_one_verb_with_the_files_name() -> None:
    for path in (CORE / "countinghouse" / "usecases").glob("*.py"):
        if path.stem == "__init__":
            continue
        public = {
            node.name
            for node in tree(path).body
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        }
        assert public >= SEVERAL_VERBS.get(path.stem, {path.stem}), path.stem


def test_a_port_is_small() -> None:
    for path in (CORE / "countinghouse" / "ports").glob("*.py"):
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases
            ):
                methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
                assert len(methods) <= PORT_METHODS_MAX, node.name


def test_a_port_and_its_fake_have_the_same_stem() -> None:
    ports = {path.stem for path in (CORE / "countinghouse" / "ports").glob("*.py")} - {"__init__"}

    assert ports <= {path.stem for path in (ROOT / "tests" / "fakes").glob("*.py")}


def imported(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: imports are absolute"
            yield str(node.module)


def strangers(path: Path, *known: str) -> set[str]:
    """Imports of `path` that are neither the standard library nor among `known`."""
    return {
        module
        for module in imported(path)
        if module.partition(".")[0] not in {*sys.stdlib_module_names, *known}
    }


@pytest.mark.parametrize("path", modules(CORE), ids=name)
def test_the_core_imports_the_standard_library_only(path: Path) -> None:
    assert strangers(path, "countinghouse") == set()


def reached(start: list[Path]) -> set[Path]:
    """These test files and every file of tests/ that they import, however far."""
    found: set[Path] = set()
    open_ = list(start)
    while open_:
        path = open_.pop()
        if path in found:
            continue
        found.add(path)
        for module in imported(path):
            candidate = ROOT / (module.replace(".", "/") + ".py")
            if module.startswith("tests.") and candidate.exists():
                open_.append(candidate)
    return found


def test_the_cores_tests_need_nothing_but_pytest_and_hypothesis() -> None:
    files = reached([*modules(UNIT_CORE), ROOT / "tests" / "conftest.py"])
    foreign = {
        name(path): found
        for path in files
        if (found := strangers(path, "countinghouse", "tests", "pytest", "hypothesis"))
    }

    assert len(files) > 35
    assert foreign == {}


def tables() -> dict[str, tuple[Route, ...]]:
    """Every function's route table."""
    found: dict[str, tuple[Route, ...]] = {}
    for path in sorted(FUNCTIONS.glob("*/handler.py")):
        handler = import_module(f"functions.{path.parent.name}.handler")
        if hasattr(handler, "ROUTES"):
            found[path.parent.name] = handler.ROUTES
    return found


def test_the_code_answers_exactly_the_routes_that_are_deployed() -> None:
    code = sorted((function, route.key) for function, rows in tables().items() for route in rows)
    deployed = sorted((route.function, route.key) for route in infra_routes.ROUTES)

    assert code == deployed


def test_a_route_is_open_to_all_exactly_where_nobody_signs() -> None:
    public = {route.key for rows in tables().values() for route in rows if not route.roles}

    assert public == {route.key for route in infra_routes.ROUTES if not route.authorised}
    assert public == {"GET /v1/health", "POST /v1/webhooks/{psp}"}


@pytest.mark.parametrize(
    "route", [r for rows in tables().values() for r in rows], ids=lambda r: r.key
)
def test_a_routes_roles_exist(route: Route) -> None:
    assert set(route.roles) <= set(ROLES)
    assert len(set(route.roles)) == len(route.roles)
    assert route.summary


def test_a_booking_on_request_needs_a_key_and_nothing_else_does() -> None:
    keyed = {route.key for rows in tables().values() for route in rows if route.idempotency_key}

    assert keyed == {
        "POST /v1/ledger",
        "POST /v1/wallet",
        "POST /v1/orders/{order_id}/refunds",
        "POST /v1/payouts",
        # It moves nothing, and binds the platform to a rate.
        "POST /v1/fx/quotes",
    }


def logged(path: Path) -> Iterator[str]:
    """Yield what a module logs: the texts that `logger().info(...)` and its like are given."""
    for node in nodes(path):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="logger"))),
                args=[ast.Constant(value=str(text)), *_],
            ):
                yield text


def test_a_log_message_is_written_in_one_place() -> None:
    # No line of the log says where in the code it comes from.
    found = Counter(text for path in DEPLOYED for text in logged(path))

    assert found["swept"] == 1
    assert [text for text, times in found.items() if times > 1] == []
