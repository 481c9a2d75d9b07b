"""The PSPs of one process: each face under its own path, with its own book, keys and clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tools.sandbox_psp.adyen_face.face import AdyenFace
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.desk import Config
from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.face import Face
from tools.sandbox_psp.native import NativeFace
from tools.sandbox_psp.stripe_face.face import StripeFace

_IN_MEMORY: Final = ":memory:"


@dataclass(frozen=True)
class Mount:
    """A face, the path it stands under, and where its two secrets come from and default to.

    ``suffix`` is what its book's file name has after the sandbox's.
    """

    face: Callable[[], Face]
    path: str
    suffix: str
    api_key: tuple[str, str]
    webhook_secret: tuple[str, str]


MOUNTS: Final = {
    "sandbox": Mount(
        NativeFace,
        path="",
        suffix="",
        api_key=("SANDBOX_PSP_API_KEY", Config.api_key),
        webhook_secret=("SANDBOX_PSP_WEBHOOK_SECRET", Config.webhook_secret),
    ),
    "stripe": Mount(
        StripeFace,
        path="/stripe",
        suffix=".stripe",
        api_key=("SANDBOX_PSP_STRIPE_API_KEY", "sk_test_sandbox"),
        webhook_secret=("SANDBOX_PSP_STRIPE_WEBHOOK_SECRET", "whsec_stripe_sandbox"),
    ),
    "adyen": Mount(
        AdyenFace,
        path="/adyen",
        suffix=".adyen",
        api_key=("SANDBOX_PSP_ADYEN_API_KEY", "AQE_adyen_sandbox"),
        webhook_secret=("SANDBOX_PSP_ADYEN_HMAC_KEY", "ad" * 32),
    ),
}


@dataclass(frozen=True)
class Place:
    """Where the process keeps its books and is reached: ``url`` has no path and no slash."""

    database: str
    url: str
    seed: str
    payout_arrival: timedelta


@contextmanager
def mounted(
    faces: Iterable[str],
    place: Place,
    environment: Mapping[str, str],
    now: Callable[[], datetime],
) -> Iterator[dict[str, Sandbox]]:
    """The sandboxes by the path that each stands under; their books are closed at the end."""
    with ExitStack() as books:
        found: dict[str, Sandbox] = {}
        for name in faces:
            mount = MOUNTS[name]
            in_memory = place.database == _IN_MEMORY
            path = place.database if in_memory else place.database + mount.suffix
            book = Book(path, seed=place.seed)
            books.callback(book.close)
            config = _config(mount, place, environment)
            found[mount.path] = Sandbox(book, now, config, mount.face())
        yield found


def _config(mount: Mount, place: Place, environment: Mapping[str, str]) -> Config:
    def secret(variable: str, default: str) -> str:
        return environment.get(variable) or default

    return Config(
        api_key=secret(*mount.api_key),
        webhook_secret=secret(*mount.webhook_secret),
        public_url=place.url + mount.path,
        payout_arrival=place.payout_arrival,
    )


def under(path: str, prefixes: Iterable[str]) -> tuple[str, str]:
    """The prefix that a path stands under, and the rest of it."""
    for prefix in prefixes:
        if prefix and (path == prefix or path.startswith(f"{prefix}/")):
            return prefix, path[len(prefix) :] or "/"
    return "", path
