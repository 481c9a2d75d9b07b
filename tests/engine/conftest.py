"""The engines, each made when its first row is observed and gone with everything it holds.

COUNTINGHOUSE_ENGINE=aws runs the same rows on the account that the ordinary AWS credentials and
region name; what only an emulator can show is left out, and said at the end with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial

import pytest

import tests.strategies  # noqa: F401 - loads the profile
from tests.engine.engines import AWS, GUARDED, MINISTACK, MOTO, PROCESS, Engine, aws_engine, is_aws
from tests.engine.in_process import ministack_engine, moto_engine
from tests.engine.row import ROWS
from tests.engine.server import server_engine

MAKERS: dict[str, Callable[[], AbstractContextManager[Engine]]] = {
    MINISTACK: ministack_engine,
    MOTO: moto_engine,
    PROCESS: server_engine,
    GUARDED: partial(server_engine, guarded=True),
    AWS: aws_engine,
}
EMULATORS_ONLY = {
    "test_contract.py": "it holds ministack to what the contract suite asks of moto",
    "test_differential.py": "it compares two emulators with each other",
    "test_page.py": "it compares a page with the rows",
    "test_switch.py": "it shows this very switch, on a stand-in for the account",
    "test_templates.py": "it reads templates and sources",
}
collect_ignore = list(EMULATORS_ONLY) if is_aws() else []


@pytest.fixture(scope="module")
def engine_of() -> Iterator[Callable[[str], Engine]]:
    """An engine by its name."""
    made: dict[str, Engine] = {}
    with ExitStack() as stack:

        def get(name: str) -> Engine:
            if name not in made:
                made[name] = stack.enter_context(MAKERS[name]())
            return made[name]

        yield get


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what a run on AWS left out, and why."""
    if not is_aws():
        return
    left_out = {one.name: one.not_on_aws for one in ROWS.values() if one.not_on_aws}
    terminalreporter.section("not on AWS")
    for name, reason in (EMULATORS_ONLY | left_out).items():
        terminalreporter.line(f"{name}: {reason}")
