"""Build, synthesize and deploy with the pinned CDK command line, as the platform team would to AWS.

The emulator forgets everything when it stops, so what was deployed is remembered together with the
emulator process it was deployed to.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.local import fingerprint
from tools.local.failure import LocalFailure, with_tail
from tools.local.places import (
    ACCESS_KEY_ID,
    ACCOUNT,
    ASSEMBLY,
    DEPLOYED,
    LOGS,
    OUTPUTS,
    REGION,
    ROOT,
    SECRET_ACCESS_KEY,
    STAGE,
    SYNTHESIZED,
)
from tools.local.processes import Process
from tools.local.progress import Progress

_CDK = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
# Against the emulator a deployment takes seconds; past this something waits for ever.
_STEP_LIMIT_S = 300


def ensure_deployed(progress: Progress, emulator: Process, psp_url: str, *, is_new: bool) -> bool:
    """Bring the emulator to what the sources say. True when something was deployed."""
    context = {"stage": STAGE, "psp_url": psp_url, "version": STAGE}
    sources = fingerprint.fingerprint(context)
    env = environment(emulator)
    target = f"{sources} {emulator.pid} {emulator.birth}"
    if is_new:
        # An empty account has no outputs; what fails from here on starts at its bootstrap again.
        OUTPUTS.unlink(missing_ok=True)
    if fingerprint.remembered(DEPLOYED) == target and OUTPUTS.exists():
        progress.skipped("deploy", "nothing changed since the last one")
        return False
    if fingerprint.remembered(SYNTHESIZED) == sources and (ASSEMBLY / "manifest.json").exists():
        progress.skipped("build and synthesize", "sources unchanged")
    else:
        _synthesize(progress, context, env)
        fingerprint.remember(SYNTHESIZED, sources)
    if not OUTPUTS.exists():
        with progress.step("bootstrap the account"):
            _cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", str(ASSEMBLY), env=env)
    with progress.step("deploy the stacks"):
        _deploy(env)
    fingerprint.remember(DEPLOYED, target)
    return True


def environment(emulator: Process) -> dict[str, str]:
    """The environment in which `cdk` sees the emulator and nothing else of AWS."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return own | {
        # cdk.json starts the app as `python`: the interpreter of these tools.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), own.get("PATH", "")]),
        "AWS_ENDPOINT_URL": emulator.url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        # The library's banner about Node.js majors past their end; `doctor` says it in one line.
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20,21,23",
    }


def _synthesize(progress: Progress, context: Mapping[str, str], env: Mapping[str, str]) -> None:
    with progress.step("build layers and functions"):
        _run("build", [sys.executable, "-m", "infra.assets", "--local"], env)
    with progress.step("synthesize the templates"):
        # A stale assembly would keep assets nobody names any more.
        shutil.rmtree(ASSEMBLY, ignore_errors=True)
        _cdk("synth", "--quiet", "--output", str(ASSEMBLY), *_flags(context), env=env)


def _deploy(env: Mapping[str, str]) -> None:
    OUTPUTS.unlink(missing_ok=True)
    _cdk(
        "deploy",
        "--all",
        *("--app", str(ASSEMBLY)),
        *("--method", "direct"),
        *("--require-approval", "never"),
        *("--outputs-file", str(OUTPUTS)),
        *("--progress", "events"),
        env=env,
    )


def _flags(context: Mapping[str, str]) -> list[str]:
    return [part for key, value in context.items() for part in ("-c", f"{key}={value}")]


def _cdk(verb: str, *arguments: str, env: Mapping[str, str]) -> None:
    node = shutil.which("node")
    if node is None or not _CDK.exists():
        raise LocalFailure("the CDK command line is not installed: run make setup")
    _run(verb, [node, str(_CDK), "--no-notices", "--no-color", verb, *arguments], env)


def _run(name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
    """Run a step to its end with its output in a log; raise LocalFailure with the log's tail."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    with log.open("wb") as output:
        try:
            code = subprocess.run(
                list(command),
                cwd=ROOT,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_STEP_LIMIT_S,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            raise with_tail(f"{name} was still running after {_STEP_LIMIT_S} s", log) from None
    if code:
        raise with_tail(f"{name} failed with exit code {code}", log)
