"""The local system as a whole: up, down, healthy."""

import contextlib
import shutil
from collections.abc import Iterator

from tools import fx_rates
from tools.local import cloud, credentials, deploy, endpoints, engine, sandbox
from tools.local.endpoints import Endpoints
from tools.local.failure import LocalFailure
from tools.local.http import answers, wait_until_it_answers
from tools.local.places import DEPLOYED, EMULATOR_FILES, ENDPOINTS
from tools.local.processes import is_alive, recorded, stop
from tools.local.progress import Progress

# The first call starts the first Lambda process: unpacking its layers and importing them.
_FIRST_CALL_S = 60.0


def up(progress: Progress) -> Endpoints:
    """Start what is not running, deploy what has changed, and return once the API answers."""
    with progress.step("AWS emulator"):
        emulator, is_new = engine.ensure_running()
    with progress.step("sandbox PSPs"):
        psp, psp_is_new = sandbox.ensure_running(fresh_book=is_new)
    deployed = deploy.ensure_deployed(progress, emulator, psp.url, is_new=is_new)
    found = endpoints.from_outputs(emulator.url, psp.url)
    if deployed or psp_is_new:
        with progress.step("PSP credentials and webhook addresses"):
            cloud.publish_psp_secrets(found, credentials.psp_credentials())
            sandbox.send_webhooks_to(found)
    endpoints.write(found)
    with progress.step("reference rates"):
        # Every time: yesterday's files do not know of today.
        fx_rates.lay_locally(found)
    with progress.step("API answers"):
        wait_until_it_answers(found.health_url, _FIRST_CALL_S, emulator)
    return found


def down() -> list[str]:
    """Stop our processes, by id; the names of those that were running.

    The emulator keeps nothing, so the endpoints and the record of the deployment go as well. Builds
    and synthesized templates stay: the next start is quicker.
    """
    processes = recorded()
    # The PSP goes first: its retries should not meet half a system.
    order = sorted(processes.values(), key=lambda process: process.name == engine.NAME)
    stopped = [process.name for process in order if stop(process)]
    shutil.rmtree(EMULATOR_FILES, ignore_errors=True)
    ENDPOINTS.unlink(missing_ok=True)
    DEPLOYED.unlink(missing_ok=True)
    return stopped


def is_up() -> bool:
    """True when both processes run and the API answers."""
    try:
        found = endpoints.read()
    except LocalFailure:
        return False
    processes = recorded()
    alive = all(
        name in processes and is_alive(processes[name]) for name in (engine.NAME, sandbox.NAME)
    )
    return alive and answers(found.health_url)


@contextlib.contextmanager
def running_system(progress: Progress) -> Iterator[Endpoints]:
    """The system for the length of the block; stopped afterwards if this is what started it."""
    was_up = is_up()
    found = up(progress)
    try:
        yield found
    finally:
        if not was_up:
            down()
