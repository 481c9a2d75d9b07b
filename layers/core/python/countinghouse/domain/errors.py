"""The errors the core raises: facts with a stable code, mapped once at the edge.

CountinghouseError
+-- Rejected             the request can never succeed as it stands      -> 4xx
|   +-- Invalid          a field breaks a rule                           -> 422
|   +-- NotFound                                                         -> 404
|   +-- Gone             it was there, and its time is over              -> 410
|   +-- Forbidden                                                        -> 403
|   +-- IllegalTransition  not from this state                           -> 409
|   +-- KeyReused        same idempotency key, other body                -> 422
|   +-- InsufficientFunds  a wallet would go below zero                  -> 422
+-- Conflict             somebody else wrote first: read again           -> retried
|   +-- AlreadyExists    the row was there (carries nothing: read it)
+-- Unavailable          may work later                                  -> 503, message redelivered
"""


class CountinghouseError(Exception):
    """Any fact the core reports by raising; `code` is stable and snake_case."""

    code = "internal_error"

    def __init__(self, detail: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        if code is not None:
            self.code = code


class Rejected(CountinghouseError):
    """The request can never succeed as it stands; trying again changes nothing."""

    code = "validation_failed"


class Invalid(Rejected):
    """A value breaks a rule of the domain; `field` names it."""


class NotFound(Rejected):
    """There is no such thing, or the caller may not know of it."""

    code = "not_found"


class Gone(Rejected):
    """It was there, and its time is over."""

    code = "gone"


class Forbidden(Rejected):
    """The caller's roles do not cover this call."""

    code = "forbidden"


class IllegalTransition(Rejected):
    """The object's state does not allow this step (domain rules, section 1)."""

    code = "illegal_transition"


class KeyReused(Rejected):
    """An idempotency key came back with another body."""

    code = "idempotency_key_reused"


class InsufficientFunds(Rejected):
    """A bucket that may not go below zero would."""

    code = "insufficient_funds"


class Conflict(CountinghouseError):
    """Another writer was first; read the state again and decide anew."""

    code = "conflict"


class AlreadyExists(Conflict):
    """The row to be created is there already."""


class Unavailable(CountinghouseError):
    """A dependency did not answer in time; the same call may work later."""

    code = "temporarily_unavailable"
