"""Cars for the sandbox: an invented one, or real ones from a file of charging sessions (ACN-Data's JSON layout).

A real car brings its energy and its three moments: connected, done charging, disconnected. Its wall-clock time of day
is kept, in the time zone of the charger it is played at, because tariffs depend on it.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from api.domain.pricing.vehicle import Vehicle, VehicleKind
from api.services.drivers.ev_data import CatalogueCar


@dataclass(frozen=True, slots=True)
class Car:
    """One visit at a charger: energy in kWh as text, durations in seconds, ``local_start`` as the wall clock showed."""

    name: str
    energy_kwh: str
    charging_seconds: int
    parked_seconds: int
    local_start: datetime
    model: CatalogueCar | None = None
    wish: dict[str, object] = field(default_factory=dict)
    """What its driver tells the quote of the charge to come, when the car is in the catalogue."""

    def start_at(self, time_zone: str) -> datetime:
        """Return the moment at which a charger in ``time_zone`` has the car's wall-clock time."""
        return self.local_start.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)

    def plan(self, *, update_every_s: int = 300, cdr_after_s: int = 600) -> dict[str, object]:
        """Return the car as a plan for the virtual CPO, the cable being plugged in at the start."""
        return {
            "connect_after_s": 5,
            "first_data_after_s": 20,
            "energy_kwh": self.energy_kwh,
            "charging_s": self.charging_seconds,
            "parked_s": self.parked_seconds,
            "update_every_s": update_every_s,
            "cdr_after_s": cdr_after_s,
            "disconnect_after_stop_s": self.parked_seconds,
        }


OWN_MODEL = CatalogueCar(
    "ada-1",
    "Example",
    "Compact",
    "",
    2023,
    Vehicle("Example Compact", VehicleKind.bev, Decimal(41), Decimal("7.8"), 3, Decimal("3.7")),
)
"""Ada's car as the catalogue has it: 41 kWh, 7.8 kW from AC, no DC. She charges it from 20 to 80 percent."""

OWN_CAR = Car(
    "Ada's compact",
    "24.6",
    3 * 3600 + 600,
    2 * 3600 + 1500,
    datetime(2026, 3, 2, 8, 5),  # noqa: DTZ001 - wall clock
    OWN_MODEL,
    {"from_percent": "20", "to_percent": "80", "idle_minutes": 150},
)
"""Full after 3 h 10 min and left plugged in for 2 h 25 min: long enough to meet the parking price."""


def cars_from(path: Path) -> list[Car]:
    """Return the usable cars of a session file, in file order; visits without a clear end of charging are left out."""
    found: list[Car] = []
    for item in json.loads(path.read_text())["_items"]:
        if not item.get("doneChargingTime") or item["kWhDelivered"] <= 0:
            continue
        connected, done, gone = (
            parsedate_to_datetime(item[name]) for name in ("connectionTime", "doneChargingTime", "disconnectTime")
        )
        if not connected < done <= gone:
            continue
        local = connected.astimezone(ZoneInfo(item["timezone"])).replace(tzinfo=None)
        charging, parked = int((done - connected).total_seconds()), int((gone - done).total_seconds())
        found.append(Car(f"session {item['_id'][-6:]}", str(item["kWhDelivered"]), charging, parked, local))
    return found
