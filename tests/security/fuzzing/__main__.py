"""Fuzz one parser by coverage: ``python -m tests.security.fuzzing TARGET RUNS SECONDS FOLDER``.

It ends after so many runs or seconds, or at the first error that is not the parser's own; the
input is left in FOLDER. libFuzzer's last line says how many runs there were.
"""

import random
import sys
from pathlib import Path

import atheris  # type: ignore[import-untyped]

from tests.security.fuzzing.spoiling import spoilt_json

with atheris.instrument_imports(include=["countinghouse", "countinghouse_aws"]):
    from tests.security.fuzzing.targets import TARGETS


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """libFuzzer's own ways, and every other time a document with other values in it."""
    exchanged = spoilt_json(data, random.Random(seed)) if seed % 2 else None
    if exchanged is not None and len(exchanged) <= max_size:
        return exchanged
    mutated: bytes = atheris.Mutate(data, len(data) or 1)
    return mutated


def main() -> None:
    """Never returns: libFuzzer ends the process."""
    name, runs, seconds, folder = sys.argv[1:]
    target, home = TARGETS[name], Path(folder)
    corpus, seeds = home / "corpus", home / "seeds"
    for made in (corpus, seeds):
        made.mkdir(parents=True, exist_ok=True)
    for place, seed in enumerate(target.seeds):
        (seeds / str(place)).write_bytes(seed)
    limits = [f"-runs={runs}", f"-max_total_time={seconds}", "-max_len=16384", "-timeout=10"]
    where = [f"-artifact_prefix={home}/", str(corpus), str(seeds)]
    atheris.Setup(
        [sys.argv[0], *limits, "-print_final_stats=1", *where], target, custom_mutator=mutate
    )
    atheris.Fuzz()


main()
