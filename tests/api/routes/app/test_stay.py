"""What staying plugged in costs, through HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from api.domain.pricing.tariff import ComponentType
from api.models.charging import ChargingSession
from api.models.roaming import MeterReading
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST, SESSIONS, charging
from tests.api.routes.app.test_quotes import element, euros, publish
from tests.fakes import START


@pytest.fixture
async def charge_id(app: App, ada: Someone, places: dict[str, str]) -> str:
    """Return a charge of 10 kWh that stopped half an hour ago, with parking at 6.00."""
    await publish(app, element((ComponentType.energy, "0.5"), (ComponentType.parking_time, "6")))
    started = (await ada.start(places[POST])).json()["id"]
    await charging(app, started)
    async with app.work() as db:
        for minutes, kwh in ((-60, "0"), (-30, "10")):
            at = START + timedelta(minutes=minutes)
            db.add(MeterReading(charging_session_id=started, at=at, kwh=Decimal(kwh), charging=minutes == -60))
    return str(started)


async def test_the_stay_from_now_on(ada: Someone, charge_id: str) -> None:
    """Half an hour after the energy stopped 5.95 + 3.57 are due for who leaves now, and 7.14 an hour go on."""
    shown = (await ada.http.get(f"{SESSIONS}/{charge_id}/stay")).json()

    assert shown["time_zone"] == "Europe/Berlin"
    assert (shown["stay"]["text"], shown["stay"]["total_now"]) == ("7.14 EUR/h", euros(952))
    (entry,) = shown["stay"]["entries"]
    assert (entry["starts_at"], entry["per_hour"]) == ("2026-03-02T09:00:00Z", {"net": "6", "gross": "7.14"})


async def test_who_is_gone_stays_no_more(app: App, ada: Someone, charge_id: str) -> None:
    """After the unplugging there is nothing to tell, which is null and not free."""
    async with app.work() as db:
        row = (await db.exec(select(ChargingSession))).one()
        row.unplugged_at = app.clock.now()
        db.add(row)

    assert (await ada.http.get(f"{SESSIONS}/{charge_id}/stay")).json()["stay"] is None
