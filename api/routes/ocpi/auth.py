"""Who calls: the Authorization header of OCPI, raw or in Base64, and what a partner may use (chapter 4.1.1).

Does not live here: how tokens are stored and compared (``services/roaming/partners.py``).
"""

import asyncio
import base64
import binascii
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from starlette.requests import Request

from api.domain.errors import Forbidden, Unauthenticated
from api.ports import Ports
from api.routes.ocpi.admission import Doors, TooBusy
from api.services.roaming.partners import Caller, PartnerStatus, caller_by_tokens, issued_digests
from api.services.roaming.sealing import digest
from api.services.work import Work

_SCHEME = "token"
MOST_REMEMBERED = 1000
"""Partners with a token each: far more than anybody has."""
_READ_AGAIN_AFTER = 1.0
_LONGEST_TOKEN = 1000
"""Longer than any token of ours in any encoding: not worth a look."""


class UnknownCaller(Unauthenticated):
    """There is no token, or nobody has it, or it is a one-time token used for more than registering."""


class PartnerSuspended(Forbidden):
    """The partner is known and locked out for now."""


async def authenticate(
    request: Request, *, work: Work, ports: Ports, functional: bool, doors: Doors, issued: "IssuedTokens"
) -> Caller:
    """Return who calls. Raises UnknownCaller, PartnerSuspended, and TooBusy when too many strangers try.

    Strangers keep nobody out who has a token: however many try, one that we issued is looked up.

    Versions and credentials (``functional`` False) also answer a partner that is about to be registered.
    """
    readings = token_readings(request.headers.get("authorization", ""))
    if not readings:
        raise UnknownCaller("token_missing")
    try:
        unknown = not doors.knock(readings, request.client.host if request.client else "")
    except TooBusy:
        unknown = False
        if not await issued.have(readings, work):
            raise
    if unknown:
        raise UnknownCaller("token_unknown")
    async with work() as db:
        caller = await caller_by_tokens(db, ports.clock.now(), readings)
    if caller is None:
        doors.closed(readings)
        raise UnknownCaller("token_unknown")
    doors.opened(readings, caller.partner.id)
    if caller.partner.status == PartnerStatus.SUSPENDED:
        raise PartnerSuspended("partner_suspended")
    if functional and caller.partner.status != PartnerStatus.CONNECTED:
        raise UnknownCaller("token_for_registration_only")
    return caller


class IssuedTokens:
    """The digests of all tokens that partners have, read again at most once a second, and only while strangers flood.

    A token among them is worth a look-up, which alone says whose it is and whether it is still good.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Know none yet."""
        self._clock, self._lock = clock, asyncio.Lock()
        self._digests: frozenset[str] = frozenset()
        self._read_at: float | None = None

    async def have(self, readings: Sequence[str], work: Work) -> bool:
        """Say whether one of a header's readings is a token that we issued."""
        wanted = {digest(each) for each in readings}
        async with self._lock:
            if self._read_at is None or self._clock() - self._read_at >= _READ_AGAIN_AFTER:
                async with work() as db:
                    self._digests = await issued_digests(db)
                self._read_at = self._clock()
            return not wanted.isdisjoint(self._digests)


class KnownCallers:
    """Who called this process lately, by the Authorization header: a guess that saves a read, never a proof.

    Whoever acts on it checks in the statement that reads the rest whether the partner still has this token.
    """

    def __init__(self) -> None:
        """Know nobody yet."""
        self._callers: OrderedDict[str, Caller] = OrderedDict()

    def of(self, header: str) -> Caller | None:
        """Return who called with this header the last time, or None."""
        return self._callers.get(header)

    def remember(self, request: Request, caller: Caller) -> None:
        """Remember a caller that was just authenticated for functional modules; the oldest one is forgotten."""
        header = request.headers.get("authorization", "")
        self._callers[header] = caller
        self._callers.move_to_end(header)
        if len(self._callers) > MOST_REMEMBERED:
            self._callers.popitem(last=False)


def token_readings(header: str) -> tuple[str, ...]:
    """Return what an Authorization header may mean: the token as it stands, then decoded from Base64.

    2.2.1 wants Base64, many peers send the token raw, and a raw token may look like Base64. Peers that follow the
    specification's example encode a line break with the token, so white space around a decoded token is dropped.
    """
    scheme, _, rest = header.strip().partition(" ")
    raw = rest.strip()
    if scheme.lower() != _SCHEME or not raw or len(raw) > _LONGEST_TOKEN:
        return ()
    try:
        decoded = base64.b64decode(raw + "=" * (-len(raw) % 4), validate=True).decode().strip()
    except (binascii.Error, ValueError):
        decoded = ""
    return (raw, decoded) if decoded and decoded != raw else (raw,)
