"""The calls about settlement files and bank statements, and the test's that closes a day."""

from datetime import date

from tools.sandbox_psp import bank, settlement
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.fields import Fields, invalid
from tools.sandbox_psp.wire import Response, answer


def settle(desk: Desk, call: Call) -> Response:
    """Close the day."""
    return answer(200, settlement.settle(desk, call.body))


def list_settlements(desk: Desk, call: Call) -> Response:
    """The settlement files, or those of one day."""
    return answer(200, {"data": settlement.listed(desk, _asked_day(call))})


def read_settlement(desk: Desk, call: Call) -> Response:
    """One settlement file, as CSV."""
    return _csv(settlement.content(desk, call.path["name"]))


def list_statements(desk: Desk, call: Call) -> Response:
    """The days that have a bank statement, or the one asked for."""
    return answer(200, {"data": bank.listed(desk, _asked_day(call))})


def read_statement(desk: Desk, call: Call) -> Response:
    """The bank statement of one day, as CSV."""
    day = Fields(call.path).day()
    if day is None:
        raise invalid("give a day such as 2026-11-22")
    return _csv(bank.statement(desk, day))


def _asked_day(call: Call) -> date | None:
    return Fields(call.wanted("date", required=False)).day()


def _csv(body: bytes) -> Response:
    return Response(200, {"content-type": "text/csv; charset=utf-8"}, body)


def list_bank(desk: Desk, _: Call) -> Response:
    """The bank's own book."""
    return answer(200, {"data": bank.entries(desk)})
