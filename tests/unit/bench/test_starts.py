"""What makes cold starts cheaper than they would be by themselves."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tools.source_path import LAYERS


def printed(code: str) -> str:
    """What a process of its own prints that knows the layers only."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": os.pathsep.join(map(str, LAYERS))},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("package", ["countinghouse", "countinghouse_aws"])
def test_the_collector_is_made_patient_before_anything_heavy_is_imported(package: str) -> None:
    code = (
        f"import gc, sys, {package}; "
        "heavy = {'botocore', 'dataclasses', 'pydantic'}; "
        "print(gc.isenabled(), gc.get_threshold()[0], heavy & set(sys.modules))"
    )

    assert printed(code) == "True 200000 set()"


def test_one_method_of_a_record_is_compiled() -> None:
    code = (
        "import builtins\n"
        "from countinghouse.records import dataclass\n"
        "run, seen = builtins.exec, []\n"
        "builtins.exec = lambda text, *more: (seen.append(text), run(text, *more))\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class One:\n"
        "    '''A record.'''\n"
        "    x: int\n"
        "    y: int = 1\n"
        "print(len(seen), One(2).y)\n"
    )

    assert printed(code) == "1 1"
