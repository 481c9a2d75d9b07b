"""The bill of materials of what is deployed: `python -m tools.sbom [--check]`, docs/sbom.json.

CycloneDX 1.6, made from the layers' locks: a component a package, with the hashes that an install
accepts, the licence that the package declares, and the layers that it is in. No address is in it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import metadata
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tools.local.places import ROOT

BOM = ROOT / "docs" / "sbom.json"
LAYERS = ("vendor", "pdf", "psp", "qr")
"""The folders of `layers/` that hold packages of others."""

_PACKAGE = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_LONGEST_NAME = 60


@dataclass(slots=True)
class Package:
    """A pinned package: the SHA-256 hashes an install accepts, and where it is deployed."""

    name: str
    version: str
    hashes: set[str] = field(default_factory=set)
    layers: list[str] = field(default_factory=list)


def pinned(lock: str) -> Iterator[Package]:
    """Return what a lock pins. Raises ValueError for a line that pins nothing."""
    for entry in lock.replace("\\\n", " ").splitlines():
        if not entry.strip() or entry.lstrip().startswith("#"):
            continue
        found, hashes = _PACKAGE.match(entry), set(_HASH.findall(entry))
        if not found or not hashes:
            raise ValueError(f"not pinned to a version and its hashes: {entry[:60]}")
        yield Package(found["name"], found["version"], hashes)


def packages(root: Path = ROOT) -> list[Package]:
    """Return every package of every layer, by name."""
    found: dict[tuple[str, str], Package] = {}
    for layer in LAYERS:
        lock = (root / "layers" / layer / "requirements.txt").read_text(encoding="utf-8")
        for one in pinned(lock):
            known = found.setdefault((one.name, one.version), one)
            known.layers.append(layer)
    return [found[key] for key in sorted(found)]


def licence(name: str) -> str:
    """Return the licence that an installed package declares, "" when it declares none."""
    told = metadata(name)
    classifiers = told.get_all("Classifier") or []
    classified = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License :: ")]
    declared = [*(told.get_all("License-Expression") or []), " or ".join(classified)]
    for said in (*declared, *(told.get_all("License") or [])):
        if said and len(said) <= _LONGEST_NAME and "\n" not in said:
            return str(said)
    return ""


def document() -> str:
    """The bill of materials as JSON: the same for the same locks."""
    system = Component(
        name="countinghouse", type=ComponentType.APPLICATION, bom_ref="countinghouse"
    )
    bom = Bom(components=[_component(package) for package in packages()])
    bom.metadata.component = system
    bom.register_dependency(system, bom.components)
    written: str = JsonV1Dot6(bom).output_as_string(indent=1)
    # Neither when nor under which number it was made is a fact about what is deployed.
    lines = written.splitlines()
    kept = [line for line in lines if not re.match(r'\s*"(serialNumber|timestamp)":', line)]
    return re.sub(r",(\s*[}\]])", r"\1", "\n".join(kept)) + "\n"


def _component(package: Package) -> Component:
    url = PackageURL("pypi", name=package.name, version=package.version)
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        purl=url,
        bom_ref=str(url),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in package.hashes],
        licenses=[DisjunctiveLicense(name=licence(package.name) or "not declared")],
        properties=[Property(name="layer", value=layer) for layer in package.layers],
    )


def main() -> int:
    """Write the document, or with --check say whether it is stale."""
    made = document()
    if "--check" in sys.argv[1:]:
        if BOM.exists() and BOM.read_text(encoding="utf-8") == made:
            return 0
        print(f"{BOM.relative_to(ROOT)} is stale: run make openapi", file=sys.stderr)
        return 1
    BOM.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
