import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid
from countinghouse.domain.fx import Ratio
from countinghouse_aws.fx.ecb_file import read_rates

# As the ECB publishes it, in every detail of blanks and commas.
DAILY = "Date, USD, JPY, BGN, KRW, \n30 October 2026, 1.1172, 175.68, N/A, 1491.76, \n"
HISTORY = "Date,USD,JPY,BGN,ROL,\n2026-10-30,1.1172,175.68,N/A,13111,\n"


def test_the_daily_file_is_read() -> None:
    table = read_rates(DAILY, "ecb", "2026-10-30")

    assert (table.source, table.as_of) == ("ecb", "2026-10-30")
    assert table.per_euro == {
        "USD": Ratio(2793, 2500),
        "JPY": Ratio(4392, 25),
        "KRW": Ratio(37_294, 25),
    }


def test_a_row_of_the_history_is_read_without_what_nobody_is_paid_in() -> None:
    assert set(read_rates(HISTORY, "ecb", "2026-10-30").per_euro) == {"USD", "JPY"}


def test_lines_may_end_as_on_windows() -> None:
    again = read_rates(DAILY.replace("\n", "\r\n"), "ecb", "2026-10-30")

    assert again == read_rates(DAILY, "ecb", "2026-10-30")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Date, USD\n",
        DAILY + "29 October 2026, 1.1, 175.0, N/A, 1490.0, \n",
        DAILY.replace("1.1172, ", ""),
        DAILY.replace("USD", "JPY"),
        DAILY.replace("USD", "EUR"),
        DAILY.replace("USD", "usd"),
        DAILY.replace("Date", "Day"),
        DAILY.replace("October", "Oktober"),
        DAILY.replace("30 October", "29 October"),
        DAILY.replace("1.1172", "-1.1172"),
        DAILY.replace("1.1172", "0"),
        DAILY.replace("1.1172", "1,1172"),
        DAILY.replace("1.1172", "1.1e3"),
        DAILY.replace("1.1172", "=1+1"),
        "Date, BGN\n30 October 2026, N/A\n",
        DAILY.replace("175.68", "1" * 20_000),
        "<!DOCTYPE html>\n<html></html>\n",
    ],
)
def test_a_file_that_is_not_whole_is_no_file(text: str) -> None:
    with pytest.raises(Invalid):
        read_rates(text, "ecb", "2026-10-30")


@given(st.text())
def test_whatever_stands_in_it_nothing_else_is_raised(text: str) -> None:
    with pytest.raises(Invalid):
        read_rates(text, "ecb", "2026-10-30")
