"""The command line: what may be given, and what it means."""

from datetime import timedelta

import pytest

from tools.sandbox_psp.__main__ import parser


def test_the_command_line_says_how_long_a_payout_takes() -> None:
    assert parser().parse_args([]).payout_arrival == timedelta(days=1)
    assert parser().parse_args(["--payout-arrival", "5"]).payout_arrival == timedelta(seconds=5)


@pytest.mark.parametrize("given", ["-1", "soon", "99999999"])
def test_the_command_line_refuses_other_times(
    given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["--payout-arrival", given])
    assert "--payout-arrival" in capsys.readouterr().err
