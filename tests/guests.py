"""A guest without a browser: scans, reads the offer off the page as it is, and sends what the page would send."""

import re
from dataclasses import dataclass
from typing import Any

import httpx

from api.models.charging import ChargingSession
from api.services.guests.displays import code_for_evse
from tests.bench import Bench

HTML = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"}
GUEST = "guest@example.test"
EVSE = "DE*CPO*EVSE1"


@dataclass
class Guest:
    """Somebody in front of a post, with the page of their visit."""

    bench: Bench
    http: httpx.AsyncClient
    page: str = ""

    async def scan(self, evse_id: str = EVSE, **query: str) -> httpx.Response:
        """Scan the code that the display shows now, and return the page that opens."""
        answer = await self.http.get(await fresh_path(self.bench, evse_id), params=query, headers=HTML)
        if answer.status_code == 303:
            self.page = answer.headers["location"].removeprefix("http://app.test")
            answer = await self.look()
        return answer

    async def look(self, **query: str) -> httpx.Response:
        """Load the page, also again after closing it."""
        return await self.http.get(self.page, params=query, headers=HTML)

    async def start(self, card: str | None = "pm_card_visa", **fields: Any) -> httpx.Response:
        """Read the offer off the page, agree to it and start."""
        told = dict(re.findall(r'data-(quote|amount|currency)="([^"]*)"', (await self.look()).text))
        wish = {
            "quote_id": told.get("quote", ""),
            "amount_minor": int(told.get("amount", 0)),
            "currency": told.get("currency", "EUR"),
            "email": GUEST,
            "payment_method": card,
        }
        return await self.http.post(f"{self.page}/start", json=wish | fields)

    async def post(self, what: str, **form: str) -> httpx.Response:
        """Send a form of the page."""
        return await self.http.post(f"{self.page}/{what}", data=form, headers=HTML)

    async def charge(self) -> ChargingSession:
        """Return the newest charge as stored."""
        (found,) = await self.bench.rows("SELECT id FROM charging_session ORDER BY created_at DESC, id DESC LIMIT 1")
        async with self.bench.work() as db:
            return await db.get_one(ChargingSession, found[0])


async def fresh_path(bench: Bench, evse_id: str = EVSE) -> str:
    """Return the path in a code that is made now."""
    async with bench.work() as db:
        code, _ = await code_for_evse(db=db, ports=bench.ports, now=bench.clock.now(), evse_id=evse_id)
    return code.url.removeprefix(bench.ports.policy.public_url)
