"""Run the sandbox's PSPs on a loopback port: ``python -m tools.sandbox_psp``."""

import argparse
import os
import secrets
import signal
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import uvicorn

from tools.sandbox_psp.desk import Config
from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.http import CuttableProtocol, application
from tools.sandbox_psp.mounts import MOUNTS, Place, mounted

_HOST: Final = "127.0.0.1"
_EPILOG: Final = """\
faces, each a PSP of its own with its book, clock, faults and webhooks:
  sandbox   /          the sandbox's own API
  stripe    /stripe    as Stripe speaks: /stripe/v1/payment_intents, ...
  adyen     /adyen     as Adyen speaks: /adyen/checkout/v72/payments, ...

behind every face, with no key:
  GET  /_control/health
  GET  /_control/charges, refunds, disputes, payouts, bank    what really happened
  POST /_control/faults {kind, operation?, order_id?, times?}  also GET and DELETE
  POST /_control/outage {mode: refuse|drop|off}                503, or closed connections
  POST /_control/clock {advance: "1d2h"}                       also GET
  POST /_control/webhook_target {url}
  GET  /_control/webhooks; POST /_control/webhooks/resend {event_id}
  POST /_control/actions/{charge or session} {result: approve|decline|expire}
  POST /_control/refunds|disputes|payouts/{reference} {result}
  POST /_control/disputes {psp_reference or order_id}
  POST /_control/bank_accounts {holder, currency}
  POST /_control/settle {date?, inject?, rows?}                closes a day
  POST /sessions/{token}/payment_method; GET /pay/{token}      the buyer's

environment:
  SANDBOX_PSP_API_KEY                 the merchant's key (default: sk_sandbox)
  SANDBOX_PSP_WEBHOOK_SECRET          what webhooks are signed with (default: whsec_sandbox)
  SANDBOX_PSP_STRIPE_API_KEY          likewise (default: sk_test_sandbox)
  SANDBOX_PSP_STRIPE_WEBHOOK_SECRET   (default: whsec_stripe_sandbox)
  SANDBOX_PSP_ADYEN_API_KEY           (default: AQE_adyen_sandbox)
  SANDBOX_PSP_ADYEN_HMAC_KEY          hexadecimal (default: ad, 32 times)

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


def _faces(text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= set(MOUNTS):
        raise argparse.ArgumentTypeError(f"some of {','.join(MOUNTS)}")
    return names


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError("an http or https URL")
    return text


def parser() -> argparse.ArgumentParser:
    """The command line."""
    cli = argparse.ArgumentParser(
        prog="python -m tools.sandbox_psp",
        description="Payment service providers for local work. Listens on 127.0.0.1 only.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    cli.add_argument("--port", type=_port, default=8420, help="0 takes a free one (default: 8420)")
    cli.add_argument("--db", default=":memory:", metavar="PATH",
                     help="the sandbox's book, an SQLite file; the others add .stripe and .adyen "
                          "to its name (default: in memory)")  # fmt: skip
    cli.add_argument("--faces", type=_faces, default=list(MOUNTS), metavar="NAMES",
                     help=f"which PSPs to serve (default: {','.join(MOUNTS)})")  # fmt: skip
    cli.add_argument("--webhook-url", type=_url, metavar="URL",
                     help="where the sandbox's own webhooks go; for the others, or later, "
                          "POST /stripe/_control/webhook_target and so on")  # fmt: skip
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
    # An answer leaves in two writes, headers and body. Without this the second one waits until the
    # client has acknowledged the first, 40 ms on a connection that is kept.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    url = f"http://{_HOST}:{listener.getsockname()[1]}"
    place = Place(given.db, url, given.seed or secrets.token_hex(16), given.payout_arrival)
    with mounted(given.faces, place, os.environ, lambda: datetime.now(UTC)) as sandboxes:
        if given.webhook_url and "" in sandboxes:
            sandboxes[""].send_webhooks_to(given.webhook_url)
        _serve(sandboxes, listener, given.hang_seconds, given.ready_file, url)
    return 0


def _serve(
    sandboxes: Mapping[str, Sandbox],
    listener: socket.socket,
    hang_s: int,
    ready_file: Path | None,
    url: str,
) -> None:
    # No access log: it would be the longest file of a simulation, and tell nothing the book lacks.
    server = uvicorn.Server(
        uvicorn.Config(
            application(sandboxes, hang_s),
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
