"""What only a fresh process shows: who imports Stripe's library, and what it prints."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATHS = "import sys; sys.path[:0] = ['layers/core/python', 'layers/adapters/python', '.']\n"


def run(script: str, **env: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", PATHS + script],
        cwd=ROOT,
        env=env,
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    ("module", "imports"),
    [
        ("stripe_webhooks", False),
        ("stripe_profile", False),
        ("stripe_desk", False),
        ("stripe_gateway", True),
    ],
)
def test_the_library_is_imported_only_by_who_calls(module: str, imports: bool) -> None:
    out, _ = run(
        f"import countinghouse_aws.psp.{module}\nprint('stripe' in sys.modules)",
    )

    assert out.strip() == str(imports)


def test_no_setting_makes_it_print_bodies() -> None:
    out = run(
        "from tests.unit.adapters.test_stripe_client import asked\n"
        "from tests.unit.adapters.stripe_line import reply, INTENT\n"
        "asked(reply(INTENT))\n",
        STRIPE_LOG="debug",
    )

    assert out == ("", "")
