"""The story of one charge, step by step, as the demo tells it. What is printed was read from the API or the parties."""

from datetime import timedelta
from typing import Any

from sandbox.car import Car
from sandbox.phone import PhoneError
from sandbox.quote_text import quote_lines
from sandbox.scene import Scene
from sandbox.tell import Teller, amount

STEP = timedelta(minutes=10)
QUIET_STEP = timedelta(minutes=30)


class ChargeStory:
    """Plays one driver with one car at one charger."""

    def __init__(self, scene: Scene, teller: Teller, car: Car) -> None:
        """Play ``car`` in ``scene`` and tell it through ``teller``."""
        self.scene, self.teller, self.car = scene, teller, car
        self.reminders = 0

    def say(self, who: str, text: str) -> None:
        """Print one line at the sandbox's present time."""
        self.teller.say(self.scene.stack.clock.now(), who, text)

    async def play(self) -> None:
        """Play everything from the registration to the receipt."""
        await self._register()
        self.phone = await self.scene.driver("Ada Example")
        self.say("driver", "Ada signed in; her saved card is a Visa ending in 4242")
        quote = await self._quote(*await self._find())
        await self._start(quote)
        await self._charge()
        await self._stop()
        await self._stay_plugged()
        await self._receipt()

    async def _register(self) -> None:
        known = await self.scene.register()
        self.say("partner", f"{known['party']} registered over OCPI {known['version']}: tokens exchanged both ways")
        self.say(
            "partner",
            f"pulled {known['locations']} locations with {known['evses']} EVSEs, and {known['tariffs']} tariffs",
        )

    async def _find(self) -> tuple[str, dict[str, Any]]:
        """Find the connector by what is printed on the post; an ambiguous number is never picked silently."""
        row = await self._free_evse()
        printed = row["physical_reference"] or row["evse_id"].replace("-", "*").rsplit("*", 1)[-1]
        found = await self.phone.resolve(printed)
        if found["outcome"] != "one":
            places = {candidate["place"]["name"] for candidate in found["candidates"]}
            self.say(
                "driver",
                f"types “{printed}”: {len(found['candidates'])} candidates at {len(places)} sites, none picked",
            )
            near = f"{row['latitude']},{row['longitude']}"
            found = await self.phone.resolve(printed, near=near)
        if found["outcome"] != "one":
            printed = row["evse_id"]
            found = await self.phone.resolve(printed)
        place, connector = found["place"], found["connector"]
        self.say("driver", f"found “{printed}” at {place['name']}, {place['address']}, {place['city']}")
        self.teller.more(f"{connector['evse_id']} · {connector['standard']} · {(connector['power_w'] or 0) // 1000} kW")
        await self.scene.plan(row["uid"], self.car.plan())
        return printed, connector

    async def _free_evse(self) -> Any:
        """Return an EVSE where this car can charge now: the first available one that the app may start."""
        return await self.scene.connection.fetchrow(
            "SELECT e.uid, e.evse_id, e.physical_reference, l.latitude, l.longitude FROM evse e"
            " JOIN location l ON l.key = e.location_key WHERE e.status = 'available'"
            " AND e.capabilities ? 'remote_start_stop_capable' ORDER BY e.key LIMIT 1"
        )

    async def _quote(self, printed: str, connector: dict[str, Any]) -> dict[str, Any]:
        quote = await self.phone.quote(connector["id"], printed, **await self._wish())
        self.say("price", "quote, valid 15 min; all of it is shown before anything is agreed")
        for line in quote_lines(quote):
            self.teller.more(line)
        return quote

    async def _wish(self) -> dict[str, object]:
        """Tell the quote of one's car, if it is in the catalogue."""
        model = self.car.model
        if model is None:
            return {}
        await self.scene.catalogue(model)
        return {"vehicle_model_id": await self.phone.vehicle_model(f"{model.brand} {model.model}")} | self.car.wish

    async def _start(self, quote: dict[str, Any]) -> None:
        started = await self.phone.start(quote)
        self.charge_id = started["id"]
        self.say("driver", f"agreed to the hold and tapped Start ({self.charge_id[:12]}…)")
        shown = await self.phone.wait_for(self.charge_id, "starting", "start_accepted", "charging")
        hold = shown["hold"]
        self.say(
            "card",
            f"{amount(hold['authorized'])} held on {hold['card_brand']} {hold['card_last4']},"
            f" capturable until {hold['capture_before'][:16].replace('T', ' ')}",
        )
        self.say("partner", "START_SESSION sent with a fresh token; answered ACCEPTED")
        await self.phone.wait_for(self.charge_id, "start_accepted", "charging")
        await self.phone.wait_for(self.charge_id, "charging", seconds=30)
        self.say("partner", "asynchronous CommandResult ACCEPTED, then a Session: the charge has started")
        self.say("driver", "sees “charging has started, waiting for data”")

    async def _charge(self) -> None:
        """Watch energy and cost grow until the car is nearly full."""
        end = self.scene.stack.clock.now() + timedelta(seconds=self.car.charging_seconds)
        step = max(STEP, timedelta(seconds=self.car.charging_seconds / 12))
        while True:
            left = end - self.scene.stack.clock.now() - timedelta(seconds=90)
            if left < timedelta(minutes=1):
                return
            await self._travel(min(step, left))
            shown = await self.phone.poll(self.charge_id)
            if shown["status"] != "charging":
                return
            self._show(shown)

    async def _travel(self, ahead: timedelta) -> None:
        """Let time pass, event by event, so that nothing that is due is skipped."""
        until = self.scene.stack.clock.now() + ahead
        while (left := until - self.scene.stack.clock.now()) > timedelta(seconds=5):
            await self.scene.quiet.travel(at_least=timedelta(seconds=1), at_most=left)

    def _show(self, shown: dict[str, Any]) -> None:
        kwh, minutes = shown["energy_wh"] / 1000, (shown["duration_s"] or 0) // 60
        self.say(
            "charger", f"{kwh:6.2f} kWh · {minutes:3d} min · {amount(shown['running_cost'])} · data {shown['metering']}"
        )

    async def _stop(self) -> None:
        shown = await self.phone.poll(self.charge_id)
        if not shown["can_stop"]:
            return
        try:
            await self.phone.stop(self.charge_id, confirm=False)
        except PhoneError as asked:
            self.say("driver", f"tapped Stop; asked to confirm ({asked.problem.get('code')})")
        await self.phone.stop(self.charge_id, confirm=True)
        self.say("driver", "confirmed; STOP_SESSION sent")
        for _ in range(10):
            await self._travel(timedelta(seconds=30))
            if (await self.phone.poll(self.charge_id))["status"] in {"idle", "ended", "settling", "settled"}:
                break
        shown = await self.phone.poll(self.charge_id)
        self.say("charger", f"energy ended at {shown['energy_wh'] / 1000:.2f} kWh; the cable is still plugged in")

    async def _stay_plugged(self) -> None:
        """Leave the car plugged in; reminders come with the running parking cost until it is unplugged."""
        while True:
            shown = await self.phone.poll(self.charge_id)
            if shown["status"] != "idle":
                break
            await self._remind(shown)
            await self.scene.quiet.travel(at_least=timedelta(seconds=30), at_most=QUIET_STEP)
        self.say("charger", "unplugged; waiting for the operator's bill")
        while shown["status"] not in {"settled", "needs_finance"}:
            await self.scene.quiet.travel(at_least=timedelta(seconds=30), at_most=QUIET_STEP)
            shown = await self.phone.poll(self.charge_id)

    async def _remind(self, shown: dict[str, Any]) -> None:
        """Tell of the newest unplug reminder, the first ones and then every fourth."""
        told = [notice for notice in await self.phone.notices() if notice["message"] == "unplug"]
        if len(told) <= self.reminders:
            return
        self.reminders = len(told)
        if self.reminders <= 3 or self.reminders % 4 == 0:
            minutes = (shown["duration_s"] or 0) // 60
            cost = amount(shown["running_cost"])
            stay = told[0]["detail"]["stay"]
            staying = f"; staying: {stay['text']}" if stay else ""
            self.say("driver", f"reminder {self.reminders}: please unplug; {minutes} min, {cost} so far{staying}")

    async def _receipt(self) -> None:
        checks = await self.scene.connection.fetchrow(
            "SELECT c.total_cost, c.currency, c.audit FROM cdr c WHERE c.charging_session_id = $1", self.charge_id
        )
        receipt = await self._wait_receipt()
        verdicts = ", ".join(check["verdict"] for check in receipt["checks"])
        self.say(
            "partner", f"CDR received: {checks['total_cost']} {checks['currency']} net; our own computation: {verdicts}"
        )
        shown = await self.phone.poll(self.charge_id)
        hold = shown["hold"]
        self.say("card", f"captured {amount(hold['captured'])}, released {amount(hold['released'])}")
        self.say("driver", f"receipt {receipt['id'][:12]}… for {amount(receipt['total'])}")
        for line in receipt["lines"]:
            self.teller.more(_receipt_line(line))
        self.teller.more(f"polls answered “not modified”: {self.phone.not_modified}")

    async def _wait_receipt(self) -> dict[str, Any]:
        await self.scene.quiet.wait()
        return await self.phone.receipt(self.charge_id)


def _receipt_line(line: dict[str, Any]) -> str:
    """Return one explained line of the receipt for people."""
    name, quantity = line["component_type"], f"{float(line['billed_quantity']):.3f}".rstrip("0").rstrip(".")
    return f"{name}: {quantity} {line['unit']} × {line['unit_price']} = {line['amount']} net"
