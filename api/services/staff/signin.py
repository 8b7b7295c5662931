"""Signing in to the console: a password, then a time-based code (RFC 6238), then a session that ends by itself.

The answer and the time it takes are the same for an unknown address and for a wrong password. Each code counts once.
Guesses are counted (``services/drivers/attempts.py``), passwords and codes alike.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import pyotp
from argon2 import PasswordHasher
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid, Unauthenticated
from api.domain.staff.roles import Permission, permissions_of
from api.models.staff import StaffMember, StaffSession
from api.ports import Ports
from api.services.drivers.attempts import count_attempt, forgive_attempts, guesses
from api.services.drivers.passwords import STANDARD, hash_of_nobody, hash_password, password_fits
from api.services.roaming.sealing import digest, seal, unseal
from api.services.staff.members import StaffStatus, member_by_email, set_standing
from api.services.work import Work

LIFETIME = timedelta(hours=12)
IDLE = timedelta(minutes=30)
HALF_WAY = timedelta(minutes=10)
"""How long somebody may take for the second factor."""
TOUCHED_EVERY = timedelta(minutes=1)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
_STEP_SECONDS = 30


class Step(StrEnum):
    """How far a sign-in has come."""

    PASSWORD = "password"  # noqa: S105 - a word, not a password
    SET_UP = "set_up"
    FULL = "full"


class StaffSignInRefused(Unauthenticated):
    """The address, the password or the code is wrong; never says which."""


class NotSignedIn(Unauthenticated):
    """There is no session, or it is over."""


class InvitationRefused(Unauthenticated):
    """The invitation is unknown, used or over."""


class PasswordUnfit(Invalid):
    """The password is too short or too long. Facts: ``shortest``, ``longest``."""


@dataclass(frozen=True, slots=True)
class SignedInStaff:
    """Who looks at a page, and what they may do."""

    staff_id: str
    name: str
    email: str
    roles: tuple[str, ...]
    partner_id: str | None
    owner_id: str | None
    session_id: str
    step: Step

    def may(self, permission: Permission) -> bool:
        """Say whether one of the roles allows something."""
        return permission in permissions_of(self.roles)


async def accept_invitation(
    *, db: AsyncSession, now: datetime, secret: str, password: str, hasher: PasswordHasher = STANDARD
) -> str:
    """Set a password with an invitation and return the secret of a session that sets up the second factor.

    Raises InvitationRefused, PasswordUnfit.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise PasswordUnfit("password_unfit", shortest=SHORTEST_PASSWORD, longest=LONGEST_PASSWORD)
    member = await invited(db=db, now=now, secret=secret)
    member.password_hash = await hash_password(password, hasher)
    member.invitation_hash, member.invited_until = None, None
    set_standing(member, StaffStatus.ACTIVE)
    db.add(member)
    return open_half(db, now, member)[0]


async def invited(*, db: AsyncSession, now: datetime, secret: str) -> StaffMember:
    """Return whose invitation this is, locked; raises InvitationRefused."""
    query = select(StaffMember).where(StaffMember.invitation_hash == digest(secret)).with_for_update()
    member = (await db.exec(query)).first()
    late = member is None or member.invited_until is None or member.invited_until <= now
    if member is None or late or member.status != StaffStatus.INVITED:
        raise InvitationRefused("invitation_refused")
    return member


async def give_password(
    *, work: Work, ports: Ports, now: datetime, email: str, password: str, caller: str
) -> tuple[str, Step]:
    """Check a password; return the secret of a session that still wants the second factor, and which step that is.

    Raises StaffSignInRefused, TooManyAttempts.
    """
    limits = guesses("console", email=email, caller=caller)
    await count_attempt(work=work, policy=ports.policy, now=now, limits=limits)
    async with work() as db:
        member = await member_by_email(db=db, email=email)
    known = member.password_hash if member is not None and member.status == StaffStatus.ACTIVE else None
    if not await password_fits(password[:LONGEST_PASSWORD], known or await hash_of_nobody()) or not known:
        raise StaffSignInRefused("staff_sign_in_refused")
    assert member is not None  # noqa: S101 - a password is known
    await forgive_attempts(work=work, policy=ports.policy, limits=limits)
    async with work() as db:
        present = await db.get_one(StaffMember, member.id, with_for_update=True)
        if (present.password_hash, present.status) != (known, StaffStatus.ACTIVE):
            raise StaffSignInRefused("staff_sign_in_refused")  # taken back while it was looked at
        return open_half(db, now, present)


async def give_code(*, work: Work, ports: Ports, now: datetime, session: SignedInStaff, code: str, caller: str) -> str:
    """Finish a sign-in with a code of the second factor; return the secret of the full session, a new one.

    Raises StaffSignInRefused, TooManyAttempts.
    """
    limits = guesses("console_code", email=session.email, caller=caller)
    await count_attempt(work=work, policy=ports.policy, now=now, limits=limits)
    async with work() as db:
        member = await db.get_one(StaffMember, session.staff_id, with_for_update=True)
        row = await db.get_one(StaffSession, session.session_id, with_for_update=True)
        sealed = row.new_totp_secret if session.step == Step.SET_UP else member.totp_secret
        shown_at = ports.clock.wall_time(now)  # authenticators know nothing of a sandbox's clock
        step = _matching_step(_opened(ports, sealed, member.id), code, shown_at, after=member.totp_step)
        too_late = session.step == Step.SET_UP and member.totp_secret is not None  # in another browser: there is one
        if step is None or too_late or row.ended_at is not None or member.status != StaffStatus.ACTIVE:
            raise StaffSignInRefused("staff_sign_in_refused")
        member.totp_secret, member.totp_step = sealed, step
        row.ended_at = now
        db.add(row)
        secret = open_full(db, now, member)
    await forgive_attempts(work=work, policy=ports.policy, limits=limits)
    return secret


async def new_factor(*, db: AsyncSession, ports: Ports, session: SignedInStaff) -> str:
    """Return the address (``otpauth://``) of the second factor that this session sets up, the same each time."""
    row = await db.get_one(StaffSession, session.session_id, with_for_update=True)
    if row.new_totp_secret is None:
        row.new_totp_secret = seal(ports.policy.sealing_key, pyotp.random_base32(), owner=session.staff_id)
        db.add(row)
    secret = _opened(ports, row.new_totp_secret, session.staff_id)
    return pyotp.TOTP(secret).provisioning_uri(name=session.email, issuer_name=ports.policy.our_name)


async def session_of(*, work: Work, now: datetime, secret: str) -> SignedInStaff:
    """Return who a cookie's secret belongs to, and note once a minute that they are there. Raises NotSignedIn."""
    async with work() as db:
        row = await db.get(StaffSession, digest(secret))
        if row is None or row.ended_at is not None or row.expires_at <= now or row.seen_at + IDLE <= now:
            raise NotSignedIn("not_signed_in")
        member = await db.get_one(StaffMember, row.staff_id)
        if member.status != StaffStatus.ACTIVE:
            raise NotSignedIn("not_signed_in")
        if now - row.seen_at >= TOUCHED_EVERY:
            row.seen_at = now
            db.add(row)
        return SignedInStaff(
            staff_id=member.id,
            name=member.name,
            email=member.email,
            roles=tuple(member.roles),
            partner_id=member.partner_id,
            owner_id=member.owner_id,
            session_id=row.id,
            step=Step(row.step),
        )


async def sign_out(*, db: AsyncSession, now: datetime, session: SignedInStaff) -> None:
    """End a session."""
    row = await db.get_one(StaffSession, session.session_id)
    row.ended_at = now
    db.add(row)


async def sweep_staff_sessions(*, db: AsyncSession, now: datetime) -> None:
    """Delete what has been over for a month."""
    for row in await db.exec(select(StaffSession).where(col(StaffSession.expires_at) < now - timedelta(days=30))):
        await db.delete(row)


def open_half(db: AsyncSession, now: datetime, member: StaffMember) -> tuple[str, Step]:
    """Open a session that wants the second factor, or its setting up; return its secret and which of the two."""
    step = Step.PASSWORD if member.totp_secret else Step.SET_UP
    return _new_session(db, now, member, step, HALF_WAY), step


def open_full(db: AsyncSession, now: datetime, member: StaffMember) -> str:
    """Open the session of somebody who gave both factors and return its secret."""
    member.signed_in_at = now
    db.add(member)
    return _new_session(db, now, member, Step.FULL, LIFETIME)


def _new_session(db: AsyncSession, now: datetime, member: StaffMember, step: Step, lifetime: timedelta) -> str:
    secret = secrets.token_urlsafe(32)
    db.add(
        StaffSession(
            id=digest(secret),
            staff_id=member.id,
            step=step,
            created_at=now,
            seen_at=now,
            expires_at=now + lifetime,
        )
    )
    return secret


def _opened(ports: Ports, sealed: str | None, owner: str) -> str:
    if sealed is None:
        raise StaffSignInRefused("staff_sign_in_refused")
    return unseal((ports.policy.sealing_key, *ports.policy.old_sealing_keys), sealed, owner=owner)


def _matching_step(secret: str, code: str, now: datetime, *, after: int | None) -> int | None:
    """Return the time step whose code this is: now, one before or one after, and none that was used (RFC 6238 5.2)."""
    digits = "".join(each for each in code if each.isascii() and each.isdigit())
    totp, here = pyotp.TOTP(secret), int(now.timestamp()) // _STEP_SECONDS
    for step in (here, here - 1, here + 1):
        if secrets.compare_digest(totp.generate_otp(step), digits) and (after is None or step > after):
            return step
    return None
