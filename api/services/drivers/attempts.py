"""Guessing and flooding are stopped: so many attempts in a while, counted in the database for all processes (X8).

Counted before anything is looked up, by what was sent and not by what is known, so known and unknown addresses are
treated the same. A caller who guesses at one account is stopped long before its owner, who comes from elsewhere, is.
The while begins with the first attempt. Keys are digests: no address is kept for having been tried.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import text

from api.domain.errors import Refused
from api.ports.policy import ServicePolicy
from api.services.drivers.signup import normal_email
from api.services.work import Work

WINDOW = timedelta(minutes=15)
OF_ONE_CALLER_AT_ONE_ADDRESS = 10
AT_ONE_ADDRESS = 100
OF_ONE_CALLER = 300
"""Many drivers may share one caller's address behind a mobile network."""
LOOKUPS_OF_ONE_CALLER = 600
MAIL_WINDOW = timedelta(hours=1)
MAILS_TO_ONE_ADDRESS = 4
MAILS_FOR_ONE_CALLER = 100

_COUNT = text(
    "INSERT INTO attempt_count (key, made, until) VALUES (:key, 1, :until) ON CONFLICT (key) DO UPDATE SET"
    " made = CASE WHEN attempt_count.until <= :now THEN 1 ELSE attempt_count.made + 1 END,"
    " until = CASE WHEN attempt_count.until <= :now THEN :until ELSE attempt_count.until END"
    " RETURNING made, until"
)
_TAKE_BACK = text("UPDATE attempt_count SET made = made - 1 WHERE key = :key AND made > 0")
_FORGET = text("DELETE FROM attempt_count WHERE key = :key")
_SWEEP = text("DELETE FROM attempt_count WHERE until < :now")


class TooManyAttempts(Refused):
    """This was tried too often lately. Facts: ``retry_after_s``, ``most`` and ``within_s``."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How often something may be tried by, or at, somebody."""

    what: str
    whose: tuple[str, ...]
    most: int
    window: timedelta = WINDOW

    @property
    def tells(self) -> bool:
        """Say whether the caller may know what is left: of what others tried at an address, nothing is told (X8)."""
        return self.whose[0] != "address"

    def key(self, policy: ServicePolicy) -> str:
        """Return what it is counted under."""
        counted = "\n".join(("attempts", self.what, *self.whose))
        return hmac.new(policy.sealing_key, counted.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of the caller's own limit that is nearest to its end."""

    most: int
    within_s: int
    left: int
    renewed_in_s: int


def guesses(what: str, *, email: str, caller: str) -> tuple[Limit, ...]:
    """Return the limits of guessing a secret of an address, the narrowest first."""
    address, network = normal_email(email), network_of(caller)
    return (
        Limit(what, ("both", address, network), OF_ONE_CALLER_AT_ONE_ADDRESS),
        Limit(what, ("address", address), AT_ONE_ADDRESS),
        Limit(what, ("caller", network), OF_ONE_CALLER),
    )


def mails(*, email: str, caller: str) -> tuple[Limit, ...]:
    """Return the limits of having us write to an address: nobody's mailbox is flooded by us."""
    return (
        Limit("mails", ("address", normal_email(email)), MAILS_TO_ONE_ADDRESS, MAIL_WINDOW),
        Limit("mails", ("caller", network_of(caller)), MAILS_FOR_ONE_CALLER, MAIL_WINDOW),
    )


def own_password(driver_id: str) -> tuple[Limit, ...]:
    """Return the limit of guessing, on a device that is signed in, the password that grave changes ask for."""
    return (Limit("own_password", ("driver", driver_id), OF_ONE_CALLER_AT_ONE_ADDRESS),)


def lookups(caller: str) -> tuple[Limit, ...]:
    """Return the limit of what anybody may look up without an account."""
    return (Limit("lookups", ("caller", network_of(caller)), LOOKUPS_OF_ONE_CALLER),)


async def count_attempt(
    *, work: Work, policy: ServicePolicy, now: datetime, limits: Sequence[Limit]
) -> Allowance | None:
    """Count an attempt under all its limits and return what is left, or raise ``TooManyAttempts`` and count none."""
    allowances: list[Allowance] = []
    async with work() as db:
        connection = await db.connection()
        for key, limit in sorted((each.key(policy), each) for each in limits):  # in one order: nobody waits in a ring
            values = {"key": key, "now": now, "until": now + limit.window}
            row = (await connection.execute(_COUNT, values)).one()
            wait, within_s = max(1, int((row.until - now).total_seconds())), int(limit.window.total_seconds())
            if row.made > limit.most:
                raise TooManyAttempts("too_many_attempts", retry_after_s=wait, most=limit.most, within_s=within_s)
            if limit.tells:
                allowances.append(Allowance(limit.most, within_s, limit.most - row.made, wait))
    return min(allowances, key=lambda each: each.left, default=None)


async def forgive_attempts(*, work: Work, policy: ServicePolicy, limits: Sequence[Limit]) -> None:
    """Take back the attempt of somebody who knew the secret, and what this caller got wrong before it."""
    own, *shared = (each.key(policy) for each in limits)
    async with work() as db:
        connection = await db.connection()
        for key in sorted((own, *shared)):
            await connection.execute(_FORGET if key == own else _TAKE_BACK, {"key": key})


async def sweep_attempts(*, work: Work, now: datetime) -> None:
    """Forget what is over."""
    async with work() as db:
        await (await db.connection()).execute(_SWEEP, {"now": now})


def network_of(caller: str) -> str:
    """Return what one caller can hardly change: the address, of IPv6 the part that a provider gives out."""
    try:
        address = ip_address(caller)
    except ValueError:
        return caller
    if not isinstance(address, IPv6Address):
        return caller
    return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
