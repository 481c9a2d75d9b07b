"""Cold starts are measured in processes of their own, and said to fail when they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.bench.measuring import counted, measure
from tools.local.failure import LocalFailure

CLIENT = "def client(name): return name\n"
WIRING = "import os\ndef deps(): return os.environ['TABLE_LEDGER'], os.environ['POLL_LADDER_S']\n"


def _write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build of two functions, the second of which loads what it must not."""
    out = tmp_path / "build"
    _write(out / "layer-vendor" / "python" / "boto3.py", CLIENT)
    _write(out / "layer-vendor" / "python" / "stripe.py")
    for name, handler in (("good", ""), ("bad", "import stripe\n")):
        home = out / f"fn-{name}" / "functions" / name
        _write(home / "handler.py", handler)
        _write(home / "wiring.py", WIRING)
    _write(tmp_path / "stock" / "boto3.py", CLIENT)
    return out


def test_every_start_is_measured_beside_the_baselines(build: Path) -> None:
    measured = measure(build, build.parent / "stock", ["good", "bad"], 2, instructions=False)

    assert measured.rounds == 2
    assert measured.stock.ms > 0
    assert measured.stock.mi is None
    assert measured.functions["good"].modules > measured.stock.modules
    assert measured.functions["good"].forbidden == ()
    assert measured.functions["bad"].forbidden == ("stripe",)


def test_function_that_does_not_start_is_named_with_its_reason(build: Path) -> None:
    _write(build / "fn-good" / "functions" / "good" / "wiring.py", "def deps(): raise OSError(7)\n")

    with pytest.raises(LocalFailure, match="good does not start: OSError: 7"):
        measure(build, build.parent / "stock", ["good"], 1, instructions=False)


def test_valgrind_s_count_is_read_in_millions() -> None:
    assert counted("==1==\n==1== I   refs:      1,013,820,339\n") == pytest.approx(1013.820339)


def test_valgrind_without_a_count_is_a_message() -> None:
    with pytest.raises(LocalFailure, match="counted nothing"):
        counted("==1== killed")
