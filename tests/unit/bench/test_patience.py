"""The garbage collector waits while a function starts: a seventh of each cold start."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tools.source_path import LAYERS


@pytest.mark.parametrize("package", ["countinghouse", "countinghouse_aws"])
def test_the_collector_is_made_patient_before_anything_heavy_is_imported(package: str) -> None:
    code = (
        f"import gc, sys, {package}; "
        "heavy = {'botocore', 'dataclasses', 'pydantic'}; "
        "print(gc.isenabled(), gc.get_threshold()[0], heavy & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": os.pathsep.join(map(str, LAYERS))},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "True 200000 set()"
