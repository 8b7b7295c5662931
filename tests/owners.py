"""Agents of operators, people of owners, and drivers at the app's API, around one installation's console."""

from typing import Any

import httpx
from fastapi import FastAPI
from starlette.routing import Mount

from api.models.charging import ChargingSession
from api.models.staff import StaffMember
from tests.bench import Bench
from tests.builders import a_partner
from tests.charges import a_charge
from tests.staff import BASE, Browser, a_browser_of, a_member

OTHER_PARTNER = "prt_2"


def driver_at(bench: Bench, app: FastAPI, driver_id: str = "drv_1") -> httpx.AsyncClient:
    """Return the app of a signed-in driver, with a fresh access token for each request."""
    mount = next(each for each in app.routes if isinstance(each, Mount) and each.path == "/v1")
    tokens = mount.app.state.access_tokens  # type: ignore[attr-defined]  # the app API, a FastAPI

    def sign(request: httpx.Request) -> httpx.Request:
        token = tokens.issue(driver_id=driver_id, family_id="fam", jti="jti", now=bench.clock.now())
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE, auth=sign)


async def bound(
    bench: Bench, app: FastAPI, role: str, *, partner_id: str | None = None, owner_id: str | None = None, name: str
) -> Browser:
    """Return the browser of somebody with a role, bound to a partner or an owner."""
    member = await a_member(bench, role, name=name)
    async with bench.work() as db:
        row = await db.get_one(StaffMember, member.id)
        row.partner_id, row.owner_id = partner_id, owner_id
        db.add(row)
    return await a_browser_of(bench, app, member)


async def charge_elsewhere(bench: Bench, *args: Any, **quote: Any) -> ChargingSession:
    """Return a charge at another partner's charger."""
    charge = await a_charge(bench, *args, **quote)
    await a_partner(bench, partner_id=OTHER_PARTNER)
    for table in ("charging_session", "command", "unlock_request"):
        key = "id" if table == "charging_session" else "charging_session_id"
        await bench.rows(
            f"UPDATE {table} SET partner_id = :partner WHERE {key} = :charge RETURNING id",  # noqa: S608 - our names
            partner=OTHER_PARTNER,
            charge=charge.id,
        )
    at = {"partner": OTHER_PARTNER, "location": charge.location_key}
    await bench.rows("UPDATE location SET partner_id = :partner WHERE key = :location RETURNING key", **at)
    return await bench.charge(charge)
