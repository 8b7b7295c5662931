"""Links by which anybody may pay what a charge still costs, without signing in: signed, and for one charge only."""

import hashlib
import hmac

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.models.charging import ChargingSession
from api.ports.policy import ServicePolicy

_PURPOSE = b"payment link\n"


class UnknownPayLink(NotFound):
    """The link was not made by us, or its charge is gone."""


def pay_token(policy: ServicePolicy, charging_session_id: str) -> str:
    """Return the token in the link of a charge; it never changes."""
    digest = hmac.new(policy.sealing_key, _PURPOSE + charging_session_id.encode(), hashlib.sha256).hexdigest()
    return f"{charging_session_id}.{digest[:40]}"


def pay_url(policy: ServicePolicy, charging_session_id: str) -> str:
    """Return the link by which the open amount of a charge is paid."""
    return f"{policy.public_url}/pay/r/{pay_token(policy, charging_session_id)}"


async def charge_of_token(*, db: AsyncSession, policy: ServicePolicy, token: str) -> ChargingSession:
    """Return the charge of a link; raises UnknownPayLink."""
    charging_session_id = token.partition(".")[0]
    genuine = hmac.compare_digest(pay_token(policy, charging_session_id).encode(), token.encode())
    charge = await db.get(ChargingSession, charging_session_id) if genuine else None
    if charge is None:
        raise UnknownPayLink("unknown_pay_link")
    return charge
