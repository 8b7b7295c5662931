"""The builders of charges keep their word: each status is reached by the real services."""

import pytest

from api.domain.charging.state import ChargingStatus
from tests.bench import Bench
from tests.charges import a_charge


@pytest.mark.parametrize("status", list(ChargingStatus))
async def test_a_charge_comes_to_every_status(bench: Bench, status: ChargingStatus) -> None:
    """Every status can be reached by services and jobs alone, and its history ends in it."""
    charge = await a_charge(bench, status)

    history = await bench.rows("SELECT status FROM charging_event ORDER BY id")
    assert status is ChargingStatus.AWAITING_HOLD or history[-1][0] == charge.status
