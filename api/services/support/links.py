"""Links without a sign-in: to one case for its customer, and to a form that is filled in from a charge.

The secret of a case is derived, never stored: the row keeps its digest, and a mail that needs the link derives it
again. Erasure takes the digest, and with it every link that was ever sent.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.models.charging import ChargingSession
from api.models.support import SupportCase
from api.ports.policy import ServicePolicy

PREFILL_LIFE = timedelta(days=30)
_MOST = 200


class UnknownCaseLink(NotFound):
    """The link was not made by us, or leads nowhere any more."""


def secret_hash(secret: str) -> str:
    """Return the digest under which a case is found by its link."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_link_hash(policy: ServicePolicy, case_id: str) -> str:
    """Return the digest of the link that a case gets."""
    return secret_hash(_secret(policy.sealing_key, case_id))


def follow_url(policy: ServicePolicy, case: SupportCase) -> str | None:
    """Return the link by which a customer follows a case; None: it has none any more."""
    for key in (policy.sealing_key, *policy.old_sealing_keys):
        secret = _secret(key, case.id)
        if case.link_hash is not None and hmac.compare_digest(secret_hash(secret), case.link_hash):
            return f"{policy.public_url}/help/contact/c/{secret}"
    return None


async def case_id_of_link(*, db: AsyncSession, secret: str) -> str:
    """Return the case behind a link; raises UnknownCaseLink."""
    found = None
    if 0 < len(secret) <= _MOST and secret.isascii():
        query = select(SupportCase.id).where(SupportCase.link_hash == secret_hash(secret))
        found = (await db.exec(query)).first()
    if found is None:
        raise UnknownCaseLink("unknown_case")
    return found


def form_url(policy: ServicePolicy, charging_session_id: str, now: datetime) -> str:
    """Return a link to the form in a browser, filled in from a charge, that works for a while."""
    until = f"{int((now + PREFILL_LIFE).timestamp()):x}"
    signature = _signature(policy, charging_session_id, until)
    return f"{policy.public_url}/help/contact/?charge={charging_session_id}.{until}.{signature}"


async def charge_of_form(
    *, db: AsyncSession, policy: ServicePolicy, token: str, now: datetime
) -> ChargingSession | None:
    """Return the charge that a form is filled in from; None: the link was not made by us, or ran out."""
    charge_id, _, rest = token[:_MOST].partition(".")
    until, _, signature = rest.partition(".")
    if not hmac.compare_digest(_signature(policy, charge_id, until).encode(), signature.encode()):
        return None
    return await db.get(ChargingSession, charge_id) if int(until, 16) >= now.timestamp() else None


def _secret(key: bytes, case_id: str) -> str:
    return hmac.new(key, f"case link\n{case_id}".encode(), hashlib.sha256).hexdigest()[:48]


def _signature(policy: ServicePolicy, charge_id: str, until: str) -> str:
    return hmac.new(policy.sealing_key, f"case form\n{charge_id}\n{until}".encode(), hashlib.sha256).hexdigest()[:40]
