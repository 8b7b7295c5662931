"""A charge whose charger takes wishes, and the fake that its operator is."""

from typing import Any

from api.domain.charging.state import ChargingStatus
from api.models.charging import ChargingSession
from tests.bench import Bench
from tests.builders import a_location, an_evse
from tests.charges import a_charge
from tests.fakes import FakeSmartCharging

CAPABLE = frozenset({"remote_start_stop_capable", "charging_preferences_capable"})


def operator_of(bench: Bench) -> FakeSmartCharging:
    """Return the operator's side of smart charging."""
    assert isinstance(bench.ports.smart_charging, FakeSmartCharging)
    return bench.ports.smart_charging


async def a_smart_charge(
    bench: Bench, status: ChargingStatus = ChargingStatus.CHARGING, **fields: Any
) -> ChargingSession:
    """Return a charge at a charger that takes wishes."""
    await a_location(bench, evses=(an_evse(capabilities=CAPABLE),))
    return await a_charge(bench, status, **fields)
