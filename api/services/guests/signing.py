"""What is signed for guests: the code on a display, its digits, and the link of a visit. Nothing of it is stored.

A code is bound to one EVSE, by the public id of its first connector, and to the moment in which it was made (AFIR asks
for dynamic codes; a sticker can be pasted over). Its digits are for those who cannot scan: good for a shorter while,
since they may be guessed.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from api.domain.errors import NotFound
from api.ports.policy import ServicePolicy

DIGITS = 6
DIGITS_CHANGE = timedelta(minutes=1)
"""How often the digits change; those of the minute before are taken, too."""


class CodeStale(NotFound):
    """The code is too old, or was not made by us: a fresh one must be scanned."""


class UnknownVisit(NotFound):
    """The link was not made by us, or its visit is gone."""


def _sign(policy: ServicePolicy, purpose: str, *what: str) -> str:
    """Return the signature of some words for one purpose."""
    message = "\n".join((f"guest {purpose}", *what)).encode()
    return hmac.new(policy.sealing_key, message, hashlib.sha256).hexdigest()


def scan_token(policy: ServicePolicy, evse_ref: str, now: datetime) -> str:
    """Return the token in a code that is made now for the EVSE whose first connector is ``evse_ref``."""
    made = f"{int(now.timestamp()):x}"
    return f"{evse_ref}.{made}.{_sign(policy, 'scan', evse_ref, made)[:32]}"


def read_scan(policy: ServicePolicy, token: str, now: datetime) -> str:
    """Return the EVSE that a fresh code is bound to; raises CodeStale."""
    evse_ref, _, rest = token.partition(".")
    made, _, signature = rest.partition(".")
    expected = _sign(policy, "scan", evse_ref, made)[:32]
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise CodeStale("code_stale", reason="forged")
    age = now.timestamp() - int(made, 16)
    if not -60 <= age <= policy.guest_code_lifetime.total_seconds():
        raise CodeStale("code_stale", reason="old")
    return evse_ref


def digits_now(policy: ServicePolicy, evse_ref: str, now: datetime) -> str:
    """Return the digits that a display shows beside its code now."""
    step = int(now.timestamp() // DIGITS_CHANGE.total_seconds())
    return f"{int(_sign(policy, 'digits', evse_ref, str(step))[:12], 16) % 10**DIGITS:0{DIGITS}d}"


def digits_match(policy: ServicePolicy, evse_ref: str, typed: str, now: datetime) -> bool:
    """Say whether somebody typed the digits of this minute or of the one before."""
    given = "".join(filter(str.isascii, filter(str.isdigit, typed)))
    moments = (now, now - DIGITS_CHANGE)
    return any(hmac.compare_digest(digits_now(policy, evse_ref, each), given) for each in moments)


def visit_token(policy: ServicePolicy, visit_id: str) -> str:
    """Return the token in the link of a visit; it never changes, so that a closed page can be opened again."""
    return f"{visit_id}.{_sign(policy, 'visit', visit_id)[:40]}"


def read_visit(policy: ServicePolicy, token: str) -> str:
    """Return the visit of a link; raises UnknownVisit."""
    visit_id = token.partition(".")[0]
    if not hmac.compare_digest(visit_token(policy, visit_id).encode(), token.encode()):
        raise UnknownVisit("unknown_visit")
    return visit_id
