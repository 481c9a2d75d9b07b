"""The garbage collector waits while a function starts: a seventh of each cold start."""

from __future__ import annotations

import os
import subprocess
import sys

from tools.source_path import LAYERS


def test_adapters_make_the_collector_patient_before_anything_heavy_is_imported() -> None:
    code = (
        "import gc, sys, countinghouse_aws; "
        "print(gc.isenabled(), gc.get_threshold()[0], {'boto3', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": os.pathsep.join(map(str, LAYERS))},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "True 200000 set()"
