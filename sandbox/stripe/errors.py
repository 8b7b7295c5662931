"""The error answers of the API: status, JSON body and whether an idempotency key keeps them.

Answers to https://docs.stripe.com/error-codes. Texts are our own: a client may read codes, never texts.
"""

from typing import Any

Obj = dict[str, Any]


class StripeFailure(Exception):
    """An API error; ``recorded`` says whether the answer is kept under the request's idempotency key."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type_: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        recorded: bool = True,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.recorded = recorded
        self.headers = headers or {}
        error: Obj = {"type": type_, "message": message}
        if code is not None:
            error["code"] = code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param is not None:
            error["param"] = param
        error.update({name: value for name, value in extra.items() if value is not None})
        self.error = error

    @property
    def body(self) -> Obj:
        """The JSON document of the answer."""
        return {"error": self.error}


def invalid(message: str, *, code: str | None = None, param: str | None = None, **extra: Any) -> StripeFailure:
    """Return a 400 raised while the request was being carried out: an idempotency key keeps it."""
    return StripeFailure(400, message, code=code, param=param, **extra)


def bad_parameter(message: str, *, code: str | None = None, param: str | None = None) -> StripeFailure:
    """Return a 400 raised before the request was carried out: no idempotency key keeps it."""
    return StripeFailure(400, message, code=code, param=param, recorded=False)


def missing_object(kind: str, object_id: str, *, param: str = "id", in_path: bool = False) -> StripeFailure:
    """Return the refusal of an unknown id: 404 when the URL names it, 400 when a parameter does."""
    return StripeFailure(
        404 if in_path else 400, f"There is no {kind} {object_id!r} here.", code="resource_missing", param=param
    )


def unexpected_state(intent: Obj, doing: str) -> StripeFailure:
    """Return the refusal of a step the PaymentIntent's status does not allow; the whole intent rides along."""
    return StripeFailure(
        400,
        f"This PaymentIntent cannot be {doing}: its status is {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )
