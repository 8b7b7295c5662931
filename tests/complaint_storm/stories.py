"""Playing one story through the real services: the charge with its planted fault, then the complaint about it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from api.domain.charging.facts import Timer
from api.domain.charging.state import ChargingStatus
from api.domain.pricing.periods import ChargingPeriod, Dimension
from api.domain.pricing.tariff import DimensionType
from api.domain.roaming.session import Price, SessionStatus
from api.domain.support.complaint import Cause
from api.models.charging import ChargingSession
from api.models.complaint import Complaint
from api.services.charging.fire import fire_timer
from api.services.support.complaint_sweep import sweep_complaints
from tests.api.services.charging.given_back import credit
from tests.bench import Bench
from tests.builders import a_cdr, a_session, after, connector_of, push_cdr, push_session
from tests.charges import a_charge
from tests.complaint_storm.stays import Stay
from tests.complaint_storm.truth import GIFT, KWH, PARKED_HOUR, SESSION, Plot, price
from tests.complaints import complain


@dataclass
class Story:
    """One driver at one charger."""

    bench: Bench
    number: int
    plot: Plot
    stay: Stay

    @property
    def driver(self) -> str:
        """Return the driver's id."""
        return f"drv_s{self.number}"

    async def begin(self) -> ChargingSession:
        """Return a charge that the charger has taken on."""
        there = connector_of("STORM", f"E{self.number}")
        return await a_charge(self.bench, ChargingStatus.START_ACCEPTED, driver_id=self.driver, connector=there)

    def ends(self, later: timedelta = timedelta(0)) -> tuple[datetime, datetime]:
        """Return begin and end of the stay."""
        hours = self.stay.charging_hours + self.stay.parked_hours
        return after(0) + later, after(float(hours) * 60) + later

    async def meter(
        self, charge: ChargingSession, name: str, *, over: bool = True, later: timedelta = timedelta(0)
    ) -> None:
        """Let the operator tell how the session ended, or that it goes on."""
        began, ended = self.ends(later)
        told = a_session(
            charge,
            id=f"S{self.number}-{name}",
            starts_at=began,
            kwh=self.stay.kwh if over else Decimal(0),
            charging_periods=(),
            status=SessionStatus.COMPLETED if over else SessionStatus.ACTIVE,
            ended_at=ended if over else None,
            last_updated=ended if over else began,
        )
        await push_session(self.bench, told)

    async def bill(self, charge: ChargingSession, name: str, session: str = "A", **fields: Any) -> None:
        """Let the operator bill the stay by its price list, unless told otherwise."""
        began, ended = self.ends(fields.pop("later", timedelta(0)))
        stay = fields.pop("stay", self.stay)
        net = SESSION + KWH * stay.kwh + PARKED_HOUR * stay.parked_hours
        values: dict[str, Any] = {
            "id": f"B{self.number}-{name}",
            "session_id": f"S{self.number}-{session}",
            "starts_at": began,
            "ended_at": ended,
            "charging_periods": _periods(stay, began),
            "total_cost": Price(net, None),
            "total_energy_kwh": stay.kwh,
            "total_time_hours": stay.charging_hours + stay.parked_hours,
            "total_parking_time_hours": stay.parked_hours or None,
            "last_updated": ended,
        }
        await push_cdr(self.bench, a_cdr(charge, **(values | fields)))

    async def take_back(self, charge: ChargingSession, name: str) -> None:
        """Let the operator take a bill back, and the pause pass after which that is paid out."""
        net = SESSION + KWH * self.stay.kwh + PARKED_HOUR * self.stay.parked_hours
        whole: dict[str, Any] = {"credit": True, "credit_reference_id": f"B{self.number}-{name}"}
        await self.bill(charge, f"{name}-back", total_cost=Price(-net, None), **whole)
        await self.bench.drain()

    async def pause(self, charge: ChargingSession) -> None:
        """Let what is kept above the bill go back."""
        self.bench.clock.advance(timedelta(hours=2).total_seconds())
        await fire_timer(
            work=self.bench.work, ports=self.bench.ports, charging_session_id=charge.id, timer=Timer.REFUND_DUE
        )
        await self.bench.drain()


def _periods(stay: Stay, began: datetime) -> tuple[ChargingPeriod, ...]:
    """Return a stay as an operator tells it: charging, then parked."""
    volumes = ((DimensionType.energy, stay.kwh), (DimensionType.time, stay.charging_hours))
    charging = ChargingPeriod(began, tuple(Dimension(kind, volume) for kind, volume in volumes))
    if not stay.parked_hours:
        return (charging,)
    full = began + timedelta(minutes=float(stay.charging_hours * 60))
    return charging, ChargingPeriod(full, (Dimension(DimensionType.parking_time, stay.parked_hours),))


async def play(story: Story) -> tuple[Complaint, list[ChargingSession]]:
    """Play a story up to its complaint and past it; return the complaint and all its charges."""
    charges = await _PLAYS.get(story.plot, _plain)(story)
    await story.bench.drain()
    complaint = await complain(story.bench, charges[-1], _CAUSES.get(story.plot, Cause.WRONG_PRICE), **_told(story))
    await story.bench.drain()
    if story.plot is Plot.NO_ENERGY_CREDITED_LATER:
        await story.take_back(charges[0], "1")
    for charge in charges:
        await story.pause(charge)
    await sweep_complaints(work=story.bench.work, ports=story.bench.ports)
    await story.bench.drain()
    return complaint, charges


_CAUSES = {
    Plot.HOLD_SEEN: Cause.UNRELEASED_HOLD,
    Plot.SEEN_TWICE: Cause.CHARGED_TWICE,
    Plot.NO_ENERGY: Cause.NOTHING_CHARGED,
    Plot.NO_ENERGY_CREDITED_LATER: Cause.NOTHING_CHARGED,
    Plot.BLOCKED_WITH_A_FULL_CAR: Cause.NOTHING_CHARGED,
    Plot.BILLED_TWICE_AT_ONCE: Cause.CHARGED_TWICE,
    Plot.BILLED_TWICE_LATER: Cause.CHARGED_TWICE,
    Plot.TOLD_UNDER_TWO_SESSIONS: Cause.CHARGED_TWICE,
    Plot.TWO_CHARGES_FOR_ONE: Cause.CHARGED_TWICE,
    Plot.ONE_AFTER_THE_OTHER: Cause.CHARGED_TWICE,
    Plot.METER_DOUBTED: Cause.TOO_MUCH_ENERGY,
    Plot.METER_LIES: Cause.TOO_MUCH_ENERGY,
    Plot.GREEDY: Cause.NOTHING_CHARGED,
}


def _told(story: Story) -> dict[str, Any]:
    """Return what the driver expects, where the charge does not tell it."""
    asked = price(story.stay)
    if story.plot in (Plot.BILLED_TWICE_AT_ONCE, Plot.HOLD_SEEN):
        return {}
    if story.plot is Plot.METER_CAME_LATE:
        return {"expected_minor": asked}
    return {"expected_minor": 0 if story.plot is Plot.GREEDY else min(asked, max(asked - 200, 1))}


async def _plain(story: Story) -> list[ChargingSession]:
    charge = await story.begin()
    await story.meter(charge, "A")
    await story.bill(charge, "1")
    return [charge]


async def _twice_at_once(story: Story) -> list[ChargingSession]:
    charge = await story.begin()
    await story.meter(charge, "A")
    await story.bill(charge, "1")
    await story.bill(charge, "2")
    return [charge]


async def _twice_later(story: Story) -> list[ChargingSession]:
    (charge,) = await _plain(story)
    await story.bench.drain()
    await story.bill(charge, "2")
    return [charge]


async def _two_sessions(story: Story) -> list[ChargingSession]:
    charge = await story.begin()
    await story.meter(charge, "A")
    await story.meter(charge, "B")
    await story.bill(charge, "1", "A")
    await story.bill(charge, "2", "B")
    return [charge]


async def _two_charges(story: Story, later: timedelta = timedelta(0)) -> list[ChargingSession]:
    (first,) = await _plain(story)
    await story.bench.drain()
    second = await story.begin()
    await story.meter(second, "B", later=later)
    await story.bill(second, "2", "B", later=later)
    return [first, second]


async def _one_after_the_other(story: Story) -> list[ChargingSession]:
    return await _two_charges(story, timedelta(hours=float(story.stay.charging_hours + story.stay.parked_hours)))


async def _dearer(story: Story) -> list[ChargingSession]:
    charge = await story.begin()
    await story.meter(charge, "A")
    net = SESSION + KWH * story.stay.kwh + PARKED_HOUR * story.stay.parked_hours
    await story.bill(charge, "1", total_cost=Price(net * Decimal("1.5"), None))
    return [charge]


async def _parking_dearer(story: Story) -> list[ChargingSession]:
    charge = await story.begin()
    await story.meter(charge, "A")
    net = SESSION + KWH * story.stay.kwh + 12 * story.stay.parked_hours
    await story.bill(charge, "1", total_cost=Price(net, None))
    return [charge]


async def _meter_late(story: Story) -> list[ChargingSession]:
    charge = await story.begin()
    await story.meter(charge, "A", over=False)
    more = replace(story.stay, kwh=story.stay.kwh + 20)
    await story.bill(charge, "1", stay=more)
    await story.bench.drain()
    await story.meter(charge, "A")
    return [charge]


async def _corrected(story: Story) -> list[ChargingSession]:
    (charge,) = await _plain(story)
    await story.bench.drain()
    await story.take_back(charge, "1")
    await story.bill(charge, "2")
    await story.bench.drain()
    await story.pause(charge)
    return [charge]


async def _staff_first(story: Story) -> list[ChargingSession]:
    (charge,) = await _plain(story)
    await story.bench.drain()
    await credit(story.bench, charge, GIFT)
    return [charge]


_PLAYS = {
    Plot.BILLED_TWICE_AT_ONCE: _twice_at_once,
    Plot.BILLED_TWICE_LATER: _twice_later,
    Plot.TOLD_UNDER_TWO_SESSIONS: _two_sessions,
    Plot.TWO_CHARGES_FOR_ONE: _two_charges,
    Plot.ONE_AFTER_THE_OTHER: _one_after_the_other,
    Plot.DEARER: _dearer,
    Plot.PARKING_AT_A_HIGHER_RATE: _parking_dearer,
    Plot.METER_CAME_LATE: _meter_late,
    Plot.CORRECTED_BEFORE: _corrected,
    Plot.STAFF_WERE_FIRST: _staff_first,
}
"""All others are a plain charge; its stay says what is wrong."""
