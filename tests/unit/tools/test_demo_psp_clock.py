"""A day that one act lets pass at a PSP does not pass under another act's open checkouts."""

from collections import defaultdict
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

import pytest

from tools.client import Client, Reply
from tools.demo import psp_clock
from tools.demo.psp_clock import A_DAY, held_still, pass_a_day
from tools.local.endpoints import Endpoints

SOON_S = 10.0


@dataclass(frozen=True, slots=True)
class Watched(Client):
    """Notes which PSPs' clocks it was asked to move."""

    moved: list[str] = field(default_factory=list)

    def at_psp(self, method: str, path: str, body: object = None, psp: str = "sandbox") -> Reply:
        assert (method, path, body) == ("POST", "/_control/clock", {"advance": A_DAY})
        self.moved.append(psp)
        return Reply(200, {}, {})


class TellsWhoWaits:
    """A lock that says when somebody waits for it."""

    def __init__(self, waited_for: Event) -> None:
        self._lock, self._waited_for = Lock(), waited_for

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            self._waited_for.set()
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


@pytest.fixture
def client() -> Watched:
    return Watched(Endpoints("http://api", "http://psp", "http://aws"))


def test_a_day_passes_only_when_nobody_holds_the_clock_still(
    client: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited_for = Event()
    monkeypatch.setattr(psp_clock, "CLOCKS", defaultdict(lambda: TellsWhoWaits(waited_for)))
    mover = Thread(target=pass_a_day, args=(client, "sandbox"))

    with held_still("sandbox"):
        mover.start()
        assert waited_for.wait(SOON_S)
        assert client.moved == []
    mover.join(SOON_S)

    assert client.moved == ["sandbox"]


def test_a_clock_held_still_at_one_psp_goes_on_at_the_others(client: Watched) -> None:
    with held_still("sandbox"):
        pass_a_day(client, "adyen")

    assert client.moved == ["adyen"]
