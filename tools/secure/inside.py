"""Grants whose use only a test inside the function comes to for certain, each with those tests.

Whoever adds a line here says why no running system comes to it, or by chance alone: everything else
is played.
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
    # By chance: that somebody asks for a day's rates before they were fetched.
    ("fx", "s3:ListBucket Documents?fx-rates/*"): ("tests/contract/test_reference_rates.py",),
    ("payouts", "s3:ListBucket Documents?fx-rates/*"): ("tests/contract/test_reference_rates.py",),
    # By chance: that the PSP's word comes between a payout's step and its wait.
    ("payout_steps", "states:SendTaskSuccess machine/payout"): (
        "tests/unit/functions/payout_steps/test_handler.py",
    ),
    # By chance: that the sweep finds an order's refund before the message about it is handled.
    ("repair", "sqs:SendMessage QueuesAftercare"): ("tests/unit/core/usecases/test_sweep_due.py",),
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
