"""Code that takes no time to hash: these tests are about infrastructure."""

from __future__ import annotations

from pathlib import Path

from infra.grants import GRANTS


def lay_stubs(root: Path) -> None:
    """Lay a folder shaped like a build into `root`."""
    parts = [f"layer-{part}" for part in ("vendor", "pdf", "psp", "qr", "adapters", "core")]
    for part in [*parts, *(f"fn-{name}" for name in GRANTS)]:
        (root / part).mkdir(parents=True)
        (root / part / "stub.py").write_text(f"NAME = {part!r}\n", encoding="utf-8")
