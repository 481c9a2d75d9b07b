"""The bill of materials is what the layers' locks pin, and says so to any reader of CycloneDX."""

import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools.local.places import ROOT
from tools.sbom import BOM, LAYERS, licence, packages, pinned

HASH = "--hash=sha256:" + "a" * 64


def test_it_is_valid_cyclonedx() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(BOM.read_text()) is None


def test_every_package_of_every_layer_is_in_it_and_no_address() -> None:
    text = BOM.read_text()
    told = {(one["name"], one["version"]) for one in json.loads(text)["components"]}

    locks = [(ROOT / "layers" / layer / "requirements.txt").read_text() for layer in LAYERS]
    assert told == {(one.name, one.version) for lock in locks for one in pinned(lock)}
    assert not any(name.startswith("countinghouse") for name, _ in told)
    assert text.count("//") == 1  # that of the schema


def test_no_layer_with_packages_is_left_out() -> None:
    assert {path.parent.name for path in ROOT.glob("layers/*/requirements.txt")} == set(LAYERS)


def test_every_deployed_package_declares_a_licence_that_binds_nobody_else() -> None:
    for package in packages():
        said = licence(package.name)
        assert said, package.name
        assert "GPL" not in said.upper(), (package.name, said)


@pytest.mark.parametrize(
    "lock", ["six==1.17.0", f"six>=1.17 {HASH}", f"-e ../six {HASH}", f"six @ file.whl {HASH}"]
)
def test_what_is_not_pinned_is_refused(lock: str) -> None:
    with pytest.raises(ValueError, match="not pinned"):
        list(pinned(lock))


def test_a_package_in_two_layers_is_one_component(tmp_path: Path) -> None:
    for layer in LAYERS:
        (tmp_path / "layers" / layer).mkdir(parents=True)
        lock = f"# what {layer} needs\nsix==1.17.0 \\\n    {HASH}\n"
        (tmp_path / "layers" / layer / "requirements.txt").write_text(lock)

    (six,) = packages(tmp_path)

    assert (six.name, six.version, six.hashes) == ("six", "1.17.0", {"a" * 64})
    assert six.layers == list(LAYERS)
