"""Built code: byte code that survives the trip, the same bytes every time, nothing that slows."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from infra import assets, vendoring
from infra.grants import GRANTS
from tests.infra.templates import ROOT
from tools.bench import assets as bench
from tools.bench.measuring import measure
from tools.bench.results import ALLOWED

# PEP 552: bit 0 says validated by hash instead of date, bit 1 that it is checked at import.
UNCHECKED_HASH = 0b01


def _sources(root: Path) -> Path:
    """Write the smallest tree that can be built, with a lock that asks for nothing."""
    for section, package in assets.SECTIONS.items():
        home = root / "layers" / section / "python" / package
        home.mkdir(parents=True)
        (home / "__init__.py").write_text("VALUES = {'b', 'a', 'c'}\n", encoding="utf-8")
        (home / "__pycache__").mkdir()
        (home / "__pycache__" / "stale.pyc").write_bytes(b"stale")
    for name in ("payments", "relay"):
        home = root / "functions" / name
        home.mkdir(parents=True)
        (home / "__init__.py").touch()
        (home / "handler.py").write_text("def lambda_handler(e, c): ...\n", encoding="utf-8")
    for part in assets.VENDORED:
        lock = root / "layers" / part / "requirements.txt"
        lock.parent.mkdir(parents=True)
        lock.touch()
    return root


def _flags(compiled: Path) -> int:
    (flags,) = struct.unpack("<I", compiled.read_bytes()[4:8])
    return int(flags)


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return this repository's own build for the laptop."""
    if not (ROOT / "functions").is_dir():
        pytest.skip("no functions/ yet")
    return assets.build(ROOT, "local", tmp_path_factory.mktemp("build")).out


def test_byte_code_is_valid_whatever_the_date_says(tmp_path: Path) -> None:
    out = assets.build(_sources(tmp_path), "local").out

    compiled = list(out.rglob("*.pyc"))
    assert len(compiled) == len(list(out.rglob("*.py")))
    assert {_flags(path) for path in compiled} == {UNCHECKED_HASH}


def test_same_sources_give_the_same_bytes_anywhere(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "elsewhere" / "deeper"
    _sources(one)
    shutil.copytree(one, other)
    for path in other.rglob("*.py"):
        os.utime(path, (0, 0))

    first, second = assets.build(one, "local").out, assets.build(other, "local").out

    assert _digest(first) == _digest(second)


def test_building_again_changes_nothing_and_drops_what_is_gone(tmp_path: Path) -> None:
    root = _sources(tmp_path)
    before = _digest(assets.build(root, "local").out)
    again = _digest(assets.build(root, "local").out)
    shutil.rmtree(root / "functions" / "relay")
    after = _digest(assets.build(root, "local").out)

    assert again == before
    assert not [name for name in after if name.startswith("fn-relay")]


def test_each_function_ships_its_own_folder_only(tmp_path: Path) -> None:
    out = assets.build(_sources(tmp_path), "local").out

    sources = {str(path.relative_to(out / "fn-relay")) for path in out.glob("fn-relay/**/*.py")}
    assert sources == {
        "functions/__init__.py",
        "functions/relay/__init__.py",
        "functions/relay/handler.py",
    }


def test_a_missing_layer_is_said_in_one_line(tmp_path: Path) -> None:
    root = _sources(tmp_path)
    shutil.rmtree(root / "layers" / "adapters")

    with pytest.raises(assets.BuildError, match="countinghouse_aws is missing"):
        assets.build(root, "local")


def test_real_build_is_compiled_through_and_through(real: Path) -> None:
    assert {_flags(path) for path in real.rglob("*.pyc")} == {UNCHECKED_HASH}


def test_real_layer_holds_nothing_that_slows_every_start(real: Path) -> None:
    site = real / "layer-vendor" / "python"

    assert not [name for name in assets.FORBIDDEN if (site / name).exists()]
    data = site / "botocore" / "data"
    kept = {path.name for path in data.iterdir() if path.is_dir()}
    assert kept == vendoring.SERVICES
    assert not list(data.rglob("*.gz"))
    assert not list(site.rglob("*.dist-info/RECORD"))
    for service, operations in vendoring.OPERATIONS.items():
        newest = max(data.joinpath(service).glob("*/service-2.json"))
        model = json.loads(newest.read_bytes())
        assert model["operations"].keys() == operations


def test_the_operations_that_are_left_are_those_that_roles_may_ask_for() -> None:
    granted = {
        action.removeprefix("dynamodb:")
        for tables in GRANTS.values()
        for actions in tables.values()
        for action in actions
    }
    # In a transaction each write is granted by its own name.
    granted = granted - {"ConditionCheckItem"} | {"TransactWriteItems"}

    assert vendoring.OPERATIONS["dynamodb"] == granted


def test_functions_start_from_their_assets_and_load_nothing_that_they_must_not(real: Path) -> None:
    names = [name for name in bench.function_names(real) if bench.is_wired(real, name)]
    vendored = real / "layer-vendor" / "python"

    measured = measure(real, vendored, names, rounds=1, instructions=False)

    assert len(names) > 25
    loaded = {name: tuple(sorted(one.forbidden)) for name, one in measured.functions.items()}
    # Nor is anything allowed that is not made use of.
    assert {name: found for name, found in loaded.items() if found} == {
        name: tuple(sorted(allowed)) for name, allowed in ALLOWED.items()
    }


def test_real_adapters_layer_holds_the_markets_rules(real: Path) -> None:
    rules = "countinghouse_aws/rules/market.json"

    shipped = real / "layer-adapters" / "python" / rules
    assert shipped.read_bytes() == (ROOT / "layers/adapters/python" / rules).read_bytes()


def test_the_printer_has_a_layer_of_its_own_that_prints(real: Path) -> None:
    own, shared = (real / f"layer-{part}" / "python" for part in ("pdf", "vendor"))
    script = (
        "import sys, reportlab.platypus, PIL\n"
        "assert reportlab.__file__.startswith(sys.argv[1]), reportlab.__file__\n"
    )
    environment = {"PYTHONPATH": str(own), "PATH": os.environ["PATH"]}

    done = subprocess.run(
        [sys.executable, "-S", "-c", script, str(own)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert set(_versions(own)) == {"reportlab", "pillow", "charset_normalizer"}
    assert not [path for path in shared.iterdir() if path.name in {"reportlab", "PIL"}]


def test_what_two_layers_ship_they_ship_alike(real: Path) -> None:
    own, shared = (_versions(real / f"layer-{part}" / "python") for part in ("psp", "vendor"))

    assert {"stripe", "adyen"} <= own.keys()
    assert not {"stripe", "adyen"} & shared.keys()
    # In a function both lie in one folder, and the later one's files win.
    assert {name: own[name] for name in own.keys() & shared.keys()} == {
        name: shared[name] for name in own.keys() & shared.keys()
    }


def _versions(site: Path) -> dict[str, str]:
    parts = (
        path.name.removesuffix(".dist-info").partition("-") for path in site.glob("*.dist-info")
    )
    return {name.lower(): version for name, _, version in parts}


def test_every_client_can_be_made_from_the_trimmed_layer(real: Path) -> None:
    script = (
        "import boto3, botocore, sys\n"
        "assert botocore.__file__.startswith(sys.argv[1]), botocore.__file__\n"
        "for name in sys.argv[2:]:\n"
        "    client = boto3.client(name, region_name='eu-west-1')\n"
        "    assert 'eu-west-1' in client.meta.endpoint_url or name == 'sts'\n"
        "    client.meta.service_model.client_context_parameters\n"
        "import aws_lambda_powertools, pydantic\n"
    )
    site = str(real / "layer-vendor" / "python")
    environment = {"PYTHONPATH": site, "PATH": os.environ["PATH"]}

    done = subprocess.run(
        [sys.executable, "-S", "-c", script, site, *sorted(vendoring.SERVICES)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
