"""Grants whose use only a test inside the function comes to, each with those tests.

Whoever adds a line here says why no running system comes to it: everything else is played.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BY_TESTS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    # Only with more than 20,000 wallets.
    ("ledger", "dynamodb:GetItem AccountBalance"): (
        "tests/unit/core/usecases/test_read_trial_balance.py",
    ),
    # A monthly run that pays a seller in another currency.
    ("payout_steps", "s3:GetObject Documents/fx-rates/*"): ("tests/simulation/test_fx_payouts.py",),
    ("payout_steps", "s3:ListBucket Documents?fx-rates/*"): (
        "tests/simulation/test_fx_payouts.py",
    ),
    # A PSP's file with lines that it converted.
    ("reconciliation_steps", "s3:GetObject Documents/fx-rates/*"): (
        "tests/unit/core/usecases/test_judge_differences.py",
    ),
    ("reconciliation_steps", "s3:ListBucket Documents?fx-rates/*"): (
        "tests/unit/core/usecases/test_judge_differences.py",
    ),
    # A break whose correction a later look takes back.
    ("reconciliation_steps", "dynamodb:GetItem Ledger"): (
        "tests/unit/core/usecases/test_judge_differences.py",
    ),
    # A payout that the PSP knows more of than we do.
    ("reconciliation_steps", "sqs:SendMessage QueuesPayouts"): (
        "tests/unit/core/usecases/test_repair_late.py",
    ),
}
"""What only a test inside the function comes to, by function and grant, with those tests."""
