"""A whole installation in one process: the real faces and services over PostgreSQL, the real Stripe client.

The processor is the stand-in on loopback, the operator is JSON pushed through the real receiver, commands to it are
answered by a scripted gateway. Jobs are drained by hand, webhooks are taken from the stand-in's event list and posted,
signed, to the real endpoint: in any order, twice, or not at all. There is one clock, moved by hand.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import httpx
import stripe
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.access_tokens import AccessTokens
from api.db import UnitOfWork
from api.factory import create_app
from api.models.driver import Driver
from api.ports.policy import STANDARD_TIMERS
from api.services.charging.sweep import sweep_cdrs, sweep_events, sweep_operations, sweep_timers
from api.services.charging.sweep_alarms import sweep_captures_at_risk
from api.services.drivers.passwords import CHEAP
from api.services.drivers.signup import add_driver
from api.settings import Settings
from tests.api.routes.ocpi.payloads import Json, evse_body, location_body, tariff_body
from tests.api.services.roaming.builders import OUR_TOKEN, a_partner
from tests.bench import Bench, a_policy
from tests.builders import connector_of
from tests.clients.stripe.harness import API_KEY, WEBHOOK_SECRET, StripeHarness
from tests.clients.stripe.money_harness import StripeMoneyHarness
from tests.failures.charge import Charge
from tests.fakes import FakeCheckpoints, FakePayments, FakeRoaming, fake_ports

EMSP = "/ocpi/2.2.1/emsp"
HOLD = 5000
"""What is held for a charge that nobody can estimate, in cents."""


@dataclass
class Stage(Bench):
    """One installation with its processor; ``payments`` is the real port, steered through ``wire``."""

    wire: StripeHarness = field(kw_only=True)
    app: FastAPI = field(kw_only=True)
    delivered: set[str] = field(default_factory=set)
    """Events that were posted to us."""
    webhooks: bool = True
    """Whether ``settles`` delivers what the processor has to tell."""
    away: bool = False
    """Whether no request reaches the processor."""

    # --- the faces ----------------------------------------------------------------------------------------------------

    def client(self, **headers: str) -> httpx.AsyncClient:
        """Return a client of the whole application."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url="http://chargehand.test", headers=headers)

    async def cpo(self, method: str, path: str, body: Json) -> httpx.Response:
        """Let the operator push an object to our receiver."""
        async with self.client(Authorization=f"Token {OUR_TOKEN}") as client:
            return await client.request(method, f"{EMSP}/{path}", json=body)

    async def a_driver(self, name: str = "ada", *, card: str = "pm_card_visa") -> "Phone":
        """Return a new driver with a card at the processor, signed in."""
        driver = await add_driver(
            work=self.work,
            ports=self.ports,
            now=self.clock.now(),
            email=f"{name}@example.test",
            name=name,
            password="correct horse",
            payment_method=card,
            hasher=CHEAP,
        )
        return Phone(self, driver)

    async def a_driver_without_card(self, name: str) -> "Phone":
        """Return a new driver who saved no card, signed in."""
        driver = await add_driver(
            work=self.work,
            ports=self.ports,
            now=self.clock.now(),
            email=f"{name}@example.test",
            name=name,
            password="correct horse",
            hasher=CHEAP,
        )
        return Phone(self, driver)

    async def another_charger(self, uid: str) -> str:
        """Let the operator publish another charger at the same place; return its connector's public id."""
        evse = evse_body(uid=uid, evse_id=f"DE*CPO*{uid}")
        assert (await self.cpo("PUT", f"locations/DE/CPO/LOC1/{uid}", evse)).status_code == 200
        return connector_of("LOC1", uid)

    # --- the processor ------------------------------------------------------------------------------------------------

    async def asked(self, path: str, **params: Any) -> Any:
        """Return what the processor's API answers to a GET, as any client of the account sees it."""
        async with httpx.AsyncClient(trust_env=False) as client:
            url = f"{self.wire.base_url}/v1/{path}"
            answer = await client.get(url, params=params, headers={"Authorization": f"Bearer {API_KEY}"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def intents(self) -> list[Json]:
        """Return every PaymentIntent, oldest first."""
        return list(reversed((await self.asked("payment_intents", limit=100))["data"]))

    async def events(self) -> list[Json]:
        """Return every event, oldest first."""
        return list(reversed((await self.asked("events", limit=100))["data"]))

    async def deliver(self, event: Json, *secrets: str, at: datetime | None = None) -> int:
        """Post an event to our endpoint, signed at ``at`` with each secret; return the status of the answer."""
        body = json.dumps(event)
        moment = int((at or self.clock.now()).timestamp())
        signed = [
            stripe.WebhookSignature.generate_signature_header(body, secret, moment)
            for secret in secrets or (WEBHOOK_SECRET,)
        ]
        header = ",".join([f"t={moment}", *(each.split(",", 1)[1] for each in signed)])
        async with self.client(**{"Stripe-Signature": header}) as client:
            answer = await client.post("/webhooks/stripe", content=body.encode())
        self.delivered.add(event["id"])
        return answer.status_code

    def outage(self) -> None:
        """Let no request reach the processor until ``is_back``."""
        self.away = True
        for method in ("GET", "POST"):
            self.wire.fault("drop_request", ".*", method=method, times=1_000_000)

    def is_back(self) -> None:
        """End the outage."""
        self.away = False
        self.wire.steer("faults/clear", {})

    # --- time ---------------------------------------------------------------------------------------------------------

    async def settles(self) -> None:
        """Run every due job and deliver every event, until nothing is left to do."""
        while True:
            done = await self.drain()
            fresh = await self._fresh_events()
            for event in fresh:
                assert await self.deliver(event) == 200
            if not done and not fresh:
                return

    async def _fresh_events(self) -> list[Json]:
        """Return the events that the processor would deliver now."""
        if self.away or not self.webhooks:
            return []
        return [each for each in await self.events() if each["id"] not in self.delivered]

    async def sweeps(self) -> None:
        """Let the sweeper make one round, then run what follows."""
        for sweep in (sweep_timers, sweep_operations, sweep_captures_at_risk, sweep_events, sweep_cdrs):
            await sweep(work=self.work, ports=self.ports)
        await self.settles()

    async def passes(self, **time: float) -> None:
        """Let time pass in one leap, with a round of the sweeper at its end."""
        self.clock.advance(timedelta(**time).total_seconds())
        await self.sweeps()

    async def charge_of(self, charge_id: str) -> Charge:
        """Return a handle on a charge."""
        return Charge(self, charge_id)


@dataclass
class Phone:
    """A driver with the app in their hand."""

    stage: Stage
    driver: Driver

    async def asks(self, method: str, path: str, body: Json | None = None, **headers: str) -> httpx.Response:
        """Send one request of the app, with a fresh access token."""
        tokens = _access_tokens(self.stage.app)
        token = tokens.issue(driver_id=self.driver.id, family_id="fam", jti="jti", now=self.stage.clock.now())
        async with self.stage.client(Authorization=f"Bearer {token}", **headers) as client:
            return await client.request(method, f"/v1/{path}", json=body)

    async def quotes(self, connector: str | None = None) -> Json:
        """Ask for a quote and return it."""
        answer = await self.asks("POST", "quotes", {"connector_id": connector or connector_of()})
        assert answer.status_code == 201, answer.text
        return cast(Json, answer.json())

    async def accepts(self, quote: Json, *, key: str) -> httpx.Response:
        """Tap on start: accept a quote with the exact amount of its hold."""
        body = {"quote_id": quote["id"], "consent": quote["hold"]}
        return await self.asks("POST", "charging-sessions", body, **{"Idempotency-Key": key})

    async def taps(self, connector: str | None = None) -> Charge:
        """Quote and start; nothing but the request itself has run afterwards."""
        quote = await self.quotes(connector)
        answer = await self.accepts(quote, key=f"tap-{quote['id']}")
        assert answer.status_code == 202, answer.text
        return await self.stage.charge_of(answer.json()["id"])

    async def was_told(self) -> list[str]:
        """Return the notices to this driver, oldest first, each as ``message`` or ``message:code``."""
        query = "SELECT message, detail->>'code' AS code FROM notice WHERE driver_id = :id ORDER BY created_at, id"
        rows = await self.stage.rows(query, id=self.driver.id)
        return [f"{row.message}:{row.code}" if row.code else row.message for row in rows]


def _access_tokens(app: FastAPI) -> AccessTokens:
    """Return what issues the tokens of the app API mounted below ``/v1``."""
    found = next(route for route in app.routes if getattr(route, "path", "") == "/v1")
    return cast(AccessTokens, found.app.state.access_tokens)  # type: ignore[attr-defined]  # a mount has an app


async def a_stage(engine: AsyncEngine, money: StripeMoneyHarness, **policy: Any) -> Stage:
    """Return an installation with one operator, one charger of 0.39 EUR per kWh and 19 % tax, and all of its rules."""
    roaming, checkpoints = FakeRoaming(), FakeCheckpoints()
    rules = a_policy(**policy)
    rules.timers.update(STANDARD_TIMERS)
    work = UnitOfWork(engine)
    ports = fake_ports(
        clock=money.clock,
        payments=money.payments,
        refunds=money.refunds,
        payins=money.payins,
        settlement=money.settlement,
        cards=money.cards,
        roaming=roaming,
        checkpoints=checkpoints,
        policy=rules,
    )
    app = create_app(Settings(public_url="http://chargehand.test"), ports, engine)
    stage = Stage(
        work,
        ports,
        money.clock,
        cast(FakePayments, money.payments),
        roaming,
        checkpoints,
        wire=money.wire,
        app=app,
    )
    async with work() as db:
        await a_partner(db)
    assert (await stage.cpo("PUT", "tariffs/DE/CPO/T1", tariff_body())).status_code == 200
    assert (await stage.cpo("PUT", "locations/DE/CPO/LOC1", location_body())).status_code == 200
    return stage
