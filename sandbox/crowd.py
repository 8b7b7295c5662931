"""The drivers of a storm: hundreds at once, with phones that try again, and habits of their own.

A phone repeats a start with the same ``Idempotency-Key`` until somebody answers. Some drivers give up before a car
charges, some stop, some tap twice, some fail at their bank, some walk away from it; the rest charge until they leave.
"""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from api.services.drivers.passwords import CHEAP
from api.services.drivers.signup import add_driver
from sandbox.phone import Phone, PhoneError
from sandbox.scene import PASSWORD, Scene

T = TypeVar("T")

_AGAIN = frozenset({"request-in-flight", "too-many-attempts"})
_FRESH_PRICE = "quote-expired"
CARDS = ("pm_card_visa",) * 8 + ("pm_card_authenticationRequired", "pm_card_chargeCustomerFail")
PATIENCE = 600.0
"""Real seconds for which a phone tries again: a killed process may be long in coming back on a busy machine."""
HABITS = ("stays",) * 6 + ("stops", "stops", "gives_up", "taps_twice")
OVER = frozenset({"settled", "declined", "abandoned", "start_failed", "needs_finance", "ended", "settling"})


@dataclass
class Visitor:
    """One driver at one charger."""

    number: int
    evse_uid: str
    connector_id: str
    card: str
    habit: str
    patience_s: float
    phone: Phone | None = None
    charge_id: str = ""
    refused: str = ""
    lost: str = ""
    """Why the phone gave up for good: a phone that nobody answers for long."""

    def plan(self, chance: random.Random) -> dict[str, Any]:
        """Return what the car will do."""
        return {
            "energy_kwh": chance.choice((4, 8, 12, 20)), "charging_s": chance.randrange(900, 5400),
            "parked_s": chance.randrange(60, 1200), "update_every_s": 1500, "connect_after_s": chance.randrange(3, 40),
            "cdr_after_s": chance.randrange(20, 900), "disconnect_after_stop_s": chance.randrange(20, 300),
        }  # fmt: skip


async def persistently(call: Callable[[], Awaitable[T]], *, seconds: float) -> T:
    """Call until somebody answers with something other than a mistake of theirs; raises what the last one raised."""
    deadline, pause = time.monotonic() + seconds, 0.2
    while True:
        try:
            return await call()
        except PhoneError as refused:
            if (refused.status < 500 and refused.problem.get("code") not in _AGAIN) or time.monotonic() > deadline:
                raise
        except (httpx.HTTPError, ValueError):  # a killed server answers nothing, or half of something
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 1.6, 3.0)


async def sign_up(scene: Scene, visitor: Visitor, client: httpx.AsyncClient) -> None:
    """Give a driver an account, a card and a phone that is signed in."""
    email = f"driver-{visitor.number}@example.com"
    await add_driver(
        work=scene.work, ports=scene.ports, now=scene.ports.clock.now(), email=email, name=f"Driver {visitor.number}",
        password=PASSWORD, payment_method=visitor.card, hasher=CHEAP,
    )  # fmt: skip
    visitor.phone = Phone(scene.stack.web_url, client)
    await persistently(lambda: _phone(visitor).sign_in(email, PASSWORD), seconds=PATIENCE)


def _phone(visitor: Visitor) -> Phone:
    assert visitor.phone is not None
    return visitor.phone


async def visit(scene: Scene, visitor: Visitor, chance: random.Random) -> None:
    """Come, start, and do what this driver does; what the API refuses is remembered."""
    await asyncio.sleep(visitor.patience_s * chance.random())
    try:
        await _start(visitor, chance)
        if visitor.charge_id:
            await _see_it_through(scene, visitor, chance)
    except PhoneError as refused:
        visitor.refused = str(refused.problem.get("code"))
    except (httpx.HTTPError, ValueError) as lost:
        visitor.lost = repr(lost)


async def _start(visitor: Visitor, chance: random.Random) -> None:
    """Ask for the price and start; a price that ran out while nobody answered is asked for anew."""
    for _ in range(3):
        try:
            await _tap(_phone(visitor), visitor, uuid.UUID(int=chance.getrandbits(128)).hex)
        except PhoneError as refused:
            if refused.problem.get("code") != _FRESH_PRICE:
                raise
        else:
            return
    visitor.refused = _FRESH_PRICE


async def _tap(phone: Phone, visitor: Visitor, key: str) -> None:
    """Look at a price and accept it, with one key for all repetitions of the tap."""
    quote = await persistently(lambda: phone.quote(visitor.connector_id), seconds=PATIENCE)

    async def tap() -> dict[str, Any]:
        return await phone.start(quote, key=key)

    if visitor.habit == "taps_twice":
        both = await asyncio.gather(*(persistently(tap, seconds=PATIENCE) for _ in range(2)))
        ids = {each["id"] for each in both}
        if len(ids) > 1:
            raise AssertionError(f"one key made two charges: {ids}")
        started = both[0]
    else:
        started = await persistently(tap, seconds=PATIENCE)
    visitor.charge_id = started["id"]


async def _see_it_through(scene: Scene, visitor: Visitor, chance: random.Random) -> None:
    """Watch the charge until it charges or fails, and do on the way what this driver does."""
    phone, asked = _phone(visitor), False
    deadline, pause = time.monotonic() + PATIENCE, 0.5
    while time.monotonic() < deadline:
        shown = await persistently(lambda: phone.poll(visitor.charge_id), seconds=PATIENCE)
        if shown["status"] in OVER:
            return
        if visitor.habit == "gives_up":
            await persistently(
                lambda: phone.call("POST", f"/charging-sessions/{visitor.charge_id}/cancel"), seconds=PATIENCE
            )
            return
        if shown["status"] == "awaiting_driver" and not asked:
            asked = True
            await _answer_the_bank(scene, shown, chance)
        if shown["status"] == "charging":
            if visitor.habit == "stops" and shown.get("can_stop"):
                await persistently(lambda: phone.stop(visitor.charge_id, confirm=True), seconds=PATIENCE)
            return
        await asyncio.sleep(pause)
        pause = min(pause * 1.4, 4.0)


async def _answer_the_bank(scene: Scene, shown: dict[str, Any], chance: random.Random) -> None:
    """Pass, fail, or walk away."""
    outcome = chance.choice(("pass", "pass", "fail", None))
    if outcome is not None:
        intent = str(shown["hold"]["client_secret"]).split("_secret", 1)[0]
        url = f"{scene.stack.stripe_url}/_sandbox/payment_intents/{intent}/authenticate"
        await scene.client.post(url, json={"outcome": outcome})


def refusals(visitors: list[Visitor]) -> list[str]:
    """Return why starts were refused before there was a charge, and phones that were never answered."""
    return [visitor.refused for visitor in visitors if visitor.refused]
