"""``Idempotency-Key`` as Adyen has it: at most 64 characters, the first response ever after."""

from collections.abc import Callable
from typing import Final

from tools.sandbox_psp.adyen_face.errors import invalid
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.idempotency import first_answer
from tools.sandbox_psp.wire import Response

HEADER: Final = "idempotency-key"
LENGTH_MAX: Final = 64


def kept(desk: Desk, call: Call, operate: Callable[[str], Response]) -> Response:
    """Run the operation once a key, or answer what it answered first.

    Raises:
        Refused: 422, the key is too long or was used for another call.
    """
    if len(call.request.header(HEADER) or "") > LENGTH_MAX:
        raise invalid(f"Idempotency-Key has at most {LENGTH_MAX} characters")
    return first_answer(desk, call, operate)
