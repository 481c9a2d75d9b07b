"""Every parser fuzzed by coverage, two at a time: a million runs or ten minutes each.

The minutes are the processor's, so that what else the machine does takes nothing away from them:
a parser is fuzzed in rounds until it has had enough. What libFuzzer learnt stays in .local/fuzz
and is where the next round begins. An input that broke a parser goes to tests/security/fuzzed, by
hand, with the mend.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from tempfile import TemporaryFile

from tests.security.fuzzing.targets import TARGETS
from tools.local.places import LOCAL, ROOT
from tools.proof.claims import Claim, Proof, Run

RUNS, SECONDS = 1_000_000, 600
_QUICK_RUNS, _QUICK_SECONDS = 20_000, 20
_AT_ONCE = 2
_ROUND_S = 120
"""What a round takes at most, by the clock."""
_DONE = re.compile(r"Done (\d+) runs in \d+ second")
_COVERED = re.compile(r"\bcov: (\d+)")
_PATHS = ("layers/core/python", "layers/adapters/python", ".")


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What became of one parser: runs, processor's seconds, edges covered, a failure if any."""

    name: str
    runs: int
    seconds: int
    edges: int
    failure: str = ""

    def __add__(self, later: Fuzzed) -> Fuzzed:
        """Both rounds as one."""
        runs, seconds = self.runs + later.runs, self.seconds + later.seconds
        return Fuzzed(self.name, runs, seconds, max(self.edges, later.edges), later.failure)

    def is_enough(self, runs: int, seconds: int) -> bool:
        """Whether it ran so often or so long, and held."""
        return not self.failure and (self.runs >= runs or self.seconds >= seconds)


def read(name: str, told: str, code: int, seconds: int) -> Fuzzed:
    """What libFuzzer's words say of a round that took so many of the processor's seconds."""
    done, covered = _DONE.search(told), _COVERED.findall(told)
    failure = ""
    if code != 0 or done is None:
        errors = re.findall(r"^\s*([\w.]+(?:Error|Exception|Invalid|Broken)\b.*)$", told, re.M)
        failure = errors[-1] if errors else f"ended with {code}"
    runs = int(done.group(1)) if done else 0
    return Fuzzed(name, runs, seconds, int(covered[-1]) if covered else 0, failure[:160])


def fuzz(name: str, runs: int, seconds: int) -> Fuzzed:
    """Fuzz one parser, round after round, each in a process of its own."""
    found = Fuzzed(name, 0, 0, 0)
    while not found.failure and not found.is_enough(runs, seconds):
        found += _round(name, runs - found.runs, min(seconds, _ROUND_S))
    return found


def _round(name: str, runs: int, seconds: int) -> Fuzzed:
    folder = LOCAL / "fuzz" / name
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.security.fuzzing", name, str(runs), str(seconds)]
    with TemporaryFile() as told:
        process = subprocess.Popen(
            [*command, str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_PATHS)},
            stdout=told,
            stderr=subprocess.STDOUT,
        )
        # libFuzzer ends itself: by its runs, its seconds, or an input that takes ten of them.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        words = told.read().decode(errors="replace")
    # A second at least, so that a round always brings the end nearer.
    return read(name, words, process.returncode, max(1, round(used.ru_utime + used.ru_stime)))


def prove(run: Run) -> Proof:
    """Fuzz them all."""
    limits = (_QUICK_RUNS, _QUICK_SECONDS) if run.quick else (RUNS, SECONDS)
    found: list[Fuzzed] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        jobs = [pool.submit(fuzz, name, *limits) for name in TARGETS]
        for job in as_completed(jobs):
            one = job.result()
            found.append(one)
            run.tell(
                f"{len(found)}/{len(jobs)} {one.name}: {one.runs:,} runs in {one.seconds} s"
                f"{', ' + one.failure if one.failure else ''}"
            )
    found.sort(key=lambda one: list(TARGETS).index(one.name))
    failed = [one for one in found if one.failure]
    enough = [one for one in found if one.is_enough(*limits)]
    lines = [f"| {o.name} | {o.runs:,} | {o.seconds} | {o.edges} | {o.failure} |" for o in found]
    return Proof(
        (
            Claim(
                "no parser raised anything but its own errors",
                f"{len(found) - len(failed)} of {len(TARGETS)}",
                bool(found) and not failed,
            ),
            Claim(
                f"each ran {limits[0]:,} times or for {limits[1]} s of the processor",
                f"{len(enough)} of {len(TARGETS)}; {sum(o.runs for o in found):,} runs",
                len(enough) == len(TARGETS),
            ),
        ),
        "\n".join(["| parser | runs | seconds | edges | |", "|---|---|---|---|---|", *lines]),
    )
