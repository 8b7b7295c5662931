"""Receiver of what chargers make of our charging profiles (OCPI 2.2.1 and 2.3.0 chapter 14).

The result comes to the address that we gave with the request. 2.3.0's official document puts it one level higher than
2.2.1's, so both are served, in both versions.
"""

from starlette.responses import Response

from api.routes.ocpi.call import Call, Paths
from api.services.charging.profiles import observe_active_profile, observe_profile_result
from clients.ocpi.smart_dialect import smart_dialect_for


async def receive_result(call: Call) -> Response:
    """Answer POST: 404 for a secret that is not of a request to this very partner."""
    body = await call.body()
    result = smart_dialect_for(call.dialect.version).read_profile_result(body.value)
    async with call.work() as db:
        await observe_profile_result(
            db=db, now=call.now, partner=call.partner, secret=call.path("uid"), result=result, raw=body.text
        )
    return call.success()


async def receive_active(call: Call) -> Response:
    """Answer PUT: what the charger plans now; 404 for a session of no charge whose profile we ever asked about."""
    body = await call.body()
    active = smart_dialect_for(call.dialect.version).read_active_profile(body.value)
    async with call.work() as db:
        await observe_active_profile(
            db=db,
            now=call.now,
            partner=call.partner,
            party=_sender(call),
            session_id=call.path("uid"),
            active=active,
            raw=body.text,
        )
    return call.success()


def _sender(call: Call) -> tuple[str, str] | None:
    """Return the party that a hub says this comes from, if it does."""
    country_code = call.request.headers.get("ocpi-from-country-code")
    party_id = call.request.headers.get("ocpi-from-party-id")
    return (country_code.upper(), party_id.upper()) if country_code and party_id else None


PATHS: Paths = {
    "/result/{uid}": {"POST": receive_result},
    "/{uid}": {"POST": receive_result, "PUT": receive_active},
}
