"""Rules of drivers, chargers and cars: tap, the bank's question, start, meter, stop, unplug."""

import contextlib
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from api.services.charging.payers import ReceivableOpen
from api.services.charging.start import ConnectorBusy, DriverBusy
from api.services.charging.stop import NothingToStop, cancel_start, stop_charging
from api.services.payments.availability import PaymentUnavailable
from tests.soak.base import NTH, USUALLY, Base, nth
from tests.soak.partner import Received, Stay
from tests.soak.town import EVSES

CARDS = st.sampled_from(
    ["pm_card_visa", "pm_card_visa", "pm_card_authenticationRequired", "pm_card_chargeCustomerFail"]
)
KWH = st.sampled_from([1, 8, 31, 109, 150])
"""What a car took when we look at it first; with a fifth of these a hold of 50.00 is not enough."""
KW = 20
"""How fast cars charge here."""


class ChargeRules(Base):
    """What happens at the chargers."""

    @rule(card=CARDS, which=st.integers(0, 1), evse=st.sampled_from(EVSES), works=USUALLY)
    def tap(self, card: str, which: int, evse: str, works: bool) -> None:
        """Somebody starts a charge; whoever is charging already, or finds the connector taken, is refused."""

        async def part() -> None:
            driver = await self.town.driver(card, which)
            with contextlib.suppress(DriverBusy, ConnectorBusy, ReceivableOpen, PaymentUnavailable):
                await self.town.tap(driver, evse)
            if works:
                await self.town.drain()

        self.play(part())

    @initialize(evse=st.sampled_from(EVSES), kwh=KWH)
    def first(self, evse: str, kwh: int) -> None:
        """No example without a charge."""
        self.arrive(evse, kwh)

    @rule(evse=st.sampled_from(EVSES), kwh=KWH)
    def arrive(self, evse: str, kwh: int) -> None:
        """A charge begins as nearly all do, and its car takes some energy."""

        async def part() -> None:
            driver = await self.town.driver("pm_card_visa", 2 + self.town.next_number())
            try:
                charge_id = await self.town.tap(driver, evse)
            except (DriverBusy, ConnectorBusy, PaymentUnavailable):
                return
            await self.town.drain()
            for start in [each for each in self.town.startable() if each.charge_id == charge_id]:
                await self.town.push("POST", start.path, {"result": "ACCEPTED"})
                stay = self.plugged_in(start, kwh)
                await self.town.time_passes(timedelta(hours=kwh / KW))
                await self.town.push_session(stay)
                await self.town.drain()

        self.play(part())

    def plugged_in(self, start: Received, kwh: int) -> Stay:
        """Let a car begin to charge."""
        now, number = self.town.clock.now(), self.town.next_number()
        stay = Stay(start.charge_id, start.token_uid, start.evse_uid, now, number, kwh)
        self.town.operator.stays[start.charge_id] = stay
        return stay

    @rule(which=NTH, outcome=st.sampled_from(["pass", "pass", "fail"]))
    def bank(self, which: int, outcome: str) -> None:
        """A driver answers the bank."""
        asked = [pi["id"] for pi in self.house.listed("payment_intents") if pi["status"] == "requires_action"]
        if asked:
            self.house.steer(f"payment_intents/{nth(asked, which)}/authenticate", outcome=outcome)

    @rule(how=st.sampled_from(["reject", "lose", "away"]))
    def next_start_goes_wrong(self, how: str) -> None:
        """The next START_SESSION is rejected, its answer gets lost, or it never arrives."""
        self.town.operator.next_start = how
        self.town.nobody_is_safe(self.town.not_charging())

    @precondition(lambda self: self.town.operator.starts)
    @rule(which=NTH, result=st.sampled_from(["ACCEPTED", "ACCEPTED", "REJECTED", "TIMEOUT", "FAILED"]), works=USUALLY)
    def start_result(self, which: int, result: str, works: bool) -> None:
        """The charger's word on a start comes in, perhaps again, perhaps another one than before."""
        start = nth(self.town.operator.starts, which)
        if result != "ACCEPTED":
            self.town.troubled.add(start.charge_id)
        if result == "REJECTED" and start.charge_id not in self.town.operator.stays:
            self.town.operator.refused.add(start.charge_id)

        async def part() -> None:
            await self.town.push("POST", start.path, {"result": result})
            if works:
                await self.town.drain()

        self.play(part())

    @precondition(lambda self: self.town.startable())
    @rule(which=NTH, tells=USUALLY)
    def plug_in(self, which: int, tells: bool) -> None:
        """A car begins to charge, though we may have been told that it would not."""
        stay = self.plugged_in(nth(self.town.startable(), which), 1)
        if tells:
            self.play(self.town.push_session(stay))

    @precondition(lambda self: self.town.charging())
    @rule(which=NTH, kwh=st.sampled_from([1, 8, 31, 75]), tells=USUALLY)
    def meter(self, which: int, kwh: int, tells: bool) -> None:
        """Energy flows, which takes its time."""
        stay = nth(self.town.charging(), which)

        async def part() -> None:
            await self.town.time_passes(timedelta(hours=kwh / KW))
            stay.kwh += kwh
            if tells:
                await self.town.push_session(stay)
                await self.town.drain()

        self.play(part())

    @precondition(lambda self: self.town.charging())
    @rule(which=NTH, tells=USUALLY)
    def unplug(self, which: int, tells: bool) -> None:
        """A car leaves."""
        stay = nth(self.town.charging(), which)

        async def part() -> None:
            await self.town.time_passes(timedelta(minutes=2))
            stay.ended_at = self.town.clock.now()
            if tells:
                await self.town.push_session(stay)

        self.play(part())

    @precondition(lambda self: self.town.operator.stays)
    @rule(which=NTH)
    def session_again(self, which: int) -> None:
        """The partner tells of a session once more, as it stands."""
        self.play(self.town.push_session(nth(list(self.town.operator.stays.values()), which)))

    @precondition(lambda self: self.town.ledgers)
    @rule(which=NTH, answer=st.sampled_from(["accept", "reject", "away"]))
    def stop(self, which: int, answer: str) -> None:
        """A driver stops a charge, if there is something to stop."""

        async def part() -> None:
            charge = await self.town.charge(nth(list(self.town.ledgers), which))
            self.town.operator.next_stop = answer
            try:
                async with self.town.work() as db:
                    await stop_charging(
                        db=db, ports=self.town.ports, now=self.town.clock.now(), driver_id=charge.driver_id,
                        charging_session_id=charge.id, confirmed=True,
                    )  # fmt: skip
            except NothingToStop:
                pass

        self.play(part())

    @precondition(lambda self: self.town.ledgers)
    @rule(which=NTH)
    def give_up(self, which: int) -> None:
        """A driver gives a start up."""

        async def part() -> None:
            charge = await self.town.charge(nth(list(self.town.ledgers), which))
            async with self.town.work() as db:
                await cancel_start(
                    db=db, ports=self.town.ports, now=self.town.clock.now(), driver_id=charge.driver_id,
                    charging_session_id=charge.id,
                )  # fmt: skip
            if charge.id not in self.town.operator.stays:
                self.town.troubled.add(charge.id)

        self.play(part())
