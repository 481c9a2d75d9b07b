"""Idempotency keys: a key runs its call once, and afterwards answers what the call made."""

import hashlib
import json
from collections.abc import Callable
from typing import Final

from tools.sandbox_psp.book import StoredAnswer
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.wire import JsonObject, Refused, Response, answer

_KEY_LENGTH_MAX: Final = 255


def idempotency_key(call: Call) -> str | None:
    """The call's key, bare or quoted, or None."""
    key = (call.request.header("idempotency-key") or "").strip().strip('"')
    return key if 0 < len(key) <= _KEY_LENGTH_MAX else None


def fingerprint(call: Call) -> str:
    """What makes two calls the same: the method, the path and the body's values."""
    body = json.dumps(call.body.values, sort_keys=True)
    text = f"{call.request.method} {call.request.path} {body}"
    return hashlib.sha256(text.encode()).hexdigest()


def first_answer(desk: Desk, call: Call, operate: Callable[[str], Response]) -> Response:
    """Run the operation once a key, and answer its first response ever after, errors included.

    A call without a key runs, with an empty one. What an operation that refuses has done is undone,
    and the refusal kept; what was refused before it came to this is not.

    Raises:
        Refused: 422 ``idempotency_key_reused``, the key was used for another call; without a key,
            also what the operation raises.
    """
    key = idempotency_key(call)
    if key is None:
        return operate("")
    print_ = fingerprint(call)
    known = desk.book.recall(key)
    if known is not None:
        if known.fingerprint != print_:
            raise reused()
        return _replayed(known)
    try:
        with desk.book.savepoint():
            response = operate(key)
    except Refused as refused:
        response = desk.face.refusal(refused)
    desk.book.remember(key, StoredAnswer(print_, response.status, None, response.body))
    return response


def reused() -> Refused:
    """The refusal of a key that was used for another call."""
    return Refused(422, "idempotency_key_reused", "this key was used with another request")


def _replayed(known: StoredAnswer) -> Response:
    headers = {"content-type": "application/json", "idempotent-replayed": "true"}
    return Response(known.status, headers, known.body or b"")


def once(
    desk: Desk,
    call: Call,
    status: int,
    operate: Callable[[str], str],
    view: Callable[[Desk, str], JsonObject],
) -> Response:
    """Run the operation unless its key has run it already; then answer its object as it is now.

    ``operate`` takes the key and answers the object's reference, ``view`` shows the object.

    Raises:
        Refused: 400 without a key, 422 when the key was used for another call.
    """
    key = idempotency_key(call)
    if key is None:
        raise Refused(400, "idempotency_key_missing", "Idempotency-Key of 1 to 255 characters")
    print_ = fingerprint(call)
    known = desk.book.recall(key)
    if known is None:
        reference = operate(key)
        desk.book.remember(key, StoredAnswer(print_, status, reference, None))
        return answer(status, view(desk, reference))
    if known.fingerprint != print_:
        raise reused()
    if known.reference is None:
        return _replayed(known)
    # The same method and path, so what the key made is of the kind that this call's view shows.
    return answer(known.status, view(desk, known.reference), idempotent_replayed="true")
