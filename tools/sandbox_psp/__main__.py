"""Run the sandbox PSP on a loopback port: ``python -m tools.sandbox_psp``."""

import argparse
import os
import secrets
import signal
import socket
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import uvicorn

from tools.sandbox_psp.book import Book
from tools.sandbox_psp.control import WEBHOOK_TARGET
from tools.sandbox_psp.desk import Config
from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.http import CuttableProtocol, application

_HOST: Final = "127.0.0.1"
_EPILOG: Final = """\
environment:
  SANDBOX_PSP_API_KEY          the merchant's key (default: sk_sandbox)
  SANDBOX_PSP_WEBHOOK_SECRET   what webhooks are signed with (default: whsec_sandbox)

try it:
  python -m tools.sandbox_psp --port 8420 &
  curl http://127.0.0.1:8420/_control/health
"""


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return port


def _seconds(text: str) -> int:
    seconds = int(text)
    if not 0 <= seconds <= 600:
        raise argparse.ArgumentTypeError("0 to 600 seconds")
    return seconds


def _arrival(text: str) -> timedelta:
    seconds = int(text)
    if not 0 <= seconds <= 31 * 86_400:
        raise argparse.ArgumentTypeError("0 to 2678400 seconds, which is 31 days")
    return timedelta(seconds=seconds)


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError("an http or https URL")
    return text


def parser() -> argparse.ArgumentParser:
    """The command line."""
    cli = argparse.ArgumentParser(
        prog="python -m tools.sandbox_psp",
        description="A payment service provider for local work. Listens on 127.0.0.1 only.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    cli.add_argument("--port", type=_port, default=8420, help="0 takes a free one (default: 8420)")
    cli.add_argument("--db", default=":memory:", metavar="PATH",
                     help="the PSP's book, an SQLite file (default: in memory)")  # fmt: skip
    cli.add_argument("--webhook-url", type=_url, metavar="URL",
                     help="where webhooks go; also POST /_control/webhook_target")  # fmt: skip
    cli.add_argument("--ready-file", "--port-file", type=Path, metavar="PATH",
                     help="written with the base URL once the port is open")  # fmt: skip
    cli.add_argument("--hang-seconds", type=_seconds, default=10, metavar="N",
                     help="how long a timeout fault stays silent (default: 10)")  # fmt: skip
    cli.add_argument("--payout-arrival", type=_arrival, default=Config.payout_arrival, metavar="N",
                     help="seconds until a payout arrives, by the PSP's clock "
                          "(default: 86400, a day)")  # fmt: skip
    cli.add_argument("--seed", default=None,
                     help="makes a new book's references repeatable (default: random)")  # fmt: skip
    return cli


def run(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; answers the exit status."""
    given = parser().parse_args(arguments)
    try:
        listener = socket.create_server((_HOST, given.port))
    except OSError as problem:
        print(f"cannot listen on {_HOST}:{given.port}: {problem.strerror}", flush=True)
        return 1
    url = f"http://{_HOST}:{listener.getsockname()[1]}"
    config = Config(
        api_key=os.environ.get("SANDBOX_PSP_API_KEY") or Config.api_key,
        webhook_secret=os.environ.get("SANDBOX_PSP_WEBHOOK_SECRET") or Config.webhook_secret,
        public_url=url,
        payout_arrival=given.payout_arrival,
    )
    with closing(Book(given.db, seed=given.seed or secrets.token_hex(16))) as book:
        if given.webhook_url:
            book.set_setting(WEBHOOK_TARGET, given.webhook_url)
        sandbox = Sandbox(book, lambda: datetime.now(UTC), config)
        _serve(sandbox, listener, given.hang_seconds, given.ready_file, url)
    return 0


def _serve(
    sandbox: Sandbox, listener: socket.socket, hang_s: int, ready_file: Path | None, url: str
) -> None:
    # No access log: it would be the longest file of a simulation, and tell nothing the book lacks.
    server = uvicorn.Server(
        uvicorn.Config(
            application(sandbox, hang_s),
            http=CuttableProtocol,
            ws="none",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=2,
            server_header=False,
        )
    )
    print(f"sandbox PSP at {url}", flush=True)
    if ready_file is not None:
        # Written whole or not at all: a reader may be polling for it. The socket listens already,
        # so a caller that is this quick waits in its backlog.
        draft = ready_file.with_name(ready_file.name + ".new")
        draft.write_text(url + "\n")
        draft.replace(ready_file)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        if ready_file is not None:
            ready_file.unlink(missing_ok=True)


def _quiet_exit(*_: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    # uvicorn stops on the signal and then raises it again; by then all is done.
    signal.signal(signal.SIGTERM, _quiet_exit)
    raise SystemExit(run())
