"""Signing in to the console with what an identity provider says (OpenID Connect), beside password and code.

Whoever the provider names must be an active member of staff already: nobody is made by it. A trip to the provider is
remembered in a sealed cookie of the browser that began it, and each trip ends once. Every try is counted, and those
that came back are in the log of staff, with the reason that the page does not tell.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.errors import NotFound
from api.domain.staff.identity import Identity, StaffProvider, address_of, second_factor_given
from api.models.staff import StaffMember
from api.ports import Ports
from api.ports.identity import Errand, IdentityRefused, IdentityUnavailable
from api.services.charging.approvals import note_action
from api.services.drivers.attempts import Limit, TooManyAttempts, count_attempt, network_of
from api.services.roaming.sealing import SealBroken, seal, unseal
from api.services.staff.members import StaffStatus, member_by_email
from api.services.staff.signin import StaffSignInRefused, Step, open_full, open_half
from api.services.work import Work

TRIP = timedelta(minutes=10)
"""How long somebody may be away at the provider."""
MOST_TRIPS = 200
"""Of one network in a quarter of an hour, there and back each counted."""
BACK = "/console/provider/back"
_OWNER = "console sign-in at a provider"
_NOBODY = "sign-in"


class NoProvider(NotFound):
    """No identity provider is set up here."""


class ProviderSignInRefused(StaffSignInRefused):
    """Nobody is signed in by what came back; the log says why."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a browser brings back from the provider, and the cookie it was sent there with."""

    cookie: str
    state: str
    code: str
    error: str
    issuer: str | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The secret of the new session, what it still wants, and where to go then."""

    secret: str
    step: Step
    to: str


async def leave_for_provider(*, work: Work, ports: Ports, now: datetime, caller: str, to: str) -> tuple[str, str]:
    """Return where to send a browser and the cookie that it takes along; ``to`` is where it goes once signed in.

    Raises NoProvider, TooManyAttempts, IdentityUnavailable.
    """
    provider = _provider(ports)
    await _count(work, ports, now, caller)
    errand = _errand(ports, secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    address = await ports.identity.address(errand, fresh=provider.may_vouch)
    trip = [errand.state, errand.nonce, errand.verifier, to, int((now + TRIP).timestamp())]
    return address, seal(ports.policy.sealing_key, json.dumps(trip), owner=_OWNER)


async def come_back(*, work: Work, ports: Ports, now: datetime, caller: str, brought: Brought) -> SignedIn:
    """Sign in whom the provider names; raises NoProvider, TooManyAttempts, IdentityUnavailable, ProviderSignInRefused.

    Where the provider's second factor does not count, the session wants ours.
    """
    provider = _provider(ports)
    await _count(work, ports, now, caller)
    try:
        errand, to = await _trip(work, ports, now, brought)
        shown_at = ports.clock.wall_time(now)  # the provider knows nothing of a sandbox's clock
        identity = await ports.identity.identify(errand, code=brought.code, now=shown_at)
        vouched = second_factor_given(identity, provider, shown_at)
        secret, step = await _let_in(work, now, identity, vouched=vouched)
    except (IdentityRefused, IdentityUnavailable) as refused:
        await _log_refusal(work, now, str(refused.facts.get("reason") or refused.facts.get("answer")))
        if isinstance(refused, IdentityUnavailable):
            raise
        raise ProviderSignInRefused("provider_sign_in_refused") from refused
    return SignedIn(secret, step, to)


def _provider(ports: Ports) -> StaffProvider:
    if ports.policy.staff_provider is None:
        raise NoProvider("no_provider")
    return ports.policy.staff_provider


def _errand(ports: Ports, state: str, nonce: str, verifier: str) -> Errand:
    return Errand(state, nonce, verifier, f"{ports.policy.public_url}{BACK}")


async def _count(work: Work, ports: Ports, now: datetime, caller: str) -> None:
    limit = Limit("console_provider", ("caller", network_of(caller)), MOST_TRIPS)
    await count_attempt(work=work, policy=ports.policy, now=now, limits=[limit])


async def _trip(work: Work, ports: Ports, now: datetime, brought: Brought) -> tuple[Errand, str]:
    """Return the trip that this browser was sent on, and end it; raises IdentityRefused."""
    keys = (ports.policy.sealing_key, *ports.policy.old_sealing_keys)
    try:
        state, nonce, verifier, to, until = json.loads(unseal(keys, brought.cookie, owner=_OWNER))
    except SealBroken as broken:
        raise IdentityRefused("identity_refused", reason="no_trip") from broken
    if not secrets.compare_digest(state.encode(), brought.state.encode()):
        raise IdentityRefused("identity_refused", reason="other_state")
    if now.timestamp() >= until:
        raise IdentityRefused("identity_refused", reason="too_late")
    once = Limit("console_trip", ("state", state), most=1, window=TRIP)  # by its end the trip is over in any case
    try:
        await count_attempt(work=work, policy=ports.policy, now=now, limits=[once])
    except TooManyAttempts as again:
        raise IdentityRefused("identity_refused", reason="replayed") from again
    if not ports.identity.speaks_for(brought.issuer):
        raise IdentityRefused("identity_refused", reason="other_issuer")
    if brought.error or not brought.code:
        raise IdentityRefused("identity_refused", reason=f"provider said {brought.error[:100] or 'nothing'}")
    return _errand(ports, state, nonce, verifier), to


async def _let_in(work: Work, now: datetime, identity: Identity, *, vouched: bool) -> tuple[str, Step]:
    """Open a session for an active member of staff and log it; raises IdentityRefused."""
    email = address_of(identity)
    if email is None:
        raise IdentityRefused("identity_refused", reason="address_not_verified")
    async with work() as db:
        found = await member_by_email(db=db, email=email)
        member = await db.get(StaffMember, found.id, with_for_update=True, populate_existing=True) if found else None
        if member is None or member.status != StaffStatus.ACTIVE:
            standing = "nobody of staff" if member is None else f"{member.id} is {member.status}"
            raise IdentityRefused("identity_refused", reason=standing)
        if vouched:
            secret, step = open_full(db, now, member), Step.FULL
        else:
            secret, step = open_half(db, now, member)
        await note_action(
            db=db,
            now=now,
            by=member.name,
            action="signed_in_by_provider",
            subject_id=member.id,
            charging_session_id=None,
            reason="",
            after={
                "subject": _printable(identity.subject),
                "second_factor": "provider" if vouched else f"ours ({step})",
            },
        )
    return secret, step


async def _log_refusal(work: Work, now: datetime, reason: str) -> None:
    async with work() as db:
        await note_action(
            db=db,
            now=now,
            by=_NOBODY,
            action="sign_in_by_provider_refused",
            subject_id="console",
            charging_session_id=None,
            reason=_printable(reason),
        )


def _printable(text: str) -> str:
    """Return what may stand in the log of a text that others wrote."""
    return "".join(each for each in text if each.isprintable())
