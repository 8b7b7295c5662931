"""How much of a limit is left, in the headers `RateLimit` and `RateLimit-Policy` (A15).

They follow draft-ietf-httpapi-ratelimit-headers: `q` how much, `w` in how many seconds, `r` how much is left, `t` in
how many seconds it is all there again. Only operations that are limited say so, and only of the caller's own attempts:
what others tried at an address would tell who they are. The counting is in `api/services/drivers/attempts.py`.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import Scope

from api.services.drivers.attempts import Allowance

_NAME = '"attempts"'
_KEPT = "allowance"


def tell_allowance(request: Request, allowance: Allowance | None) -> None:
    """Have the answer to this request, whatever it will be, say what is left."""
    setattr(request.state, _KEPT, allowance)


def forget_allowance(request: Request) -> None:
    """Say nothing: the attempt was taken back."""
    setattr(request.state, _KEPT, None)


def allowance_headers(scope: Scope) -> dict[str, str]:
    """Return the headers that a request was told to be answered with."""
    allowance: Allowance | None = scope.get("state", {}).get(_KEPT)
    if allowance is None:
        return {}
    return limit_headers(allowance.most, allowance.within_s, allowance.left, allowance.renewed_in_s)


def limit_headers(most: int, within_s: int, left: int, renewed_in_s: int) -> dict[str, str]:
    """Return both headers."""
    return {"RateLimit-Policy": f"{_NAME};q={most};w={within_s}", "RateLimit": f"{_NAME};r={left};t={renewed_in_s}"}


def reached_headers(facts: Mapping[str, object]) -> dict[str, str]:
    """Return both for a refusal whose facts name the limit that was reached, and none for any other."""
    if not {"most", "within_s", "retry_after_s"} <= facts.keys():
        return {}
    most, within_s, wait = (int(str(facts[name])) for name in ("most", "within_s", "retry_after_s"))
    return limit_headers(most, within_s, 0, wait)
