"""One new CDR by two ways at the same moment: it is there once, and neither way breaks off."""

from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.models.roaming import CdrRow
from api.services.charging.pull import pull_cdrs
from api.services.roaming import cdrs
from api.services.roaming.cdrs import cdr_values
from api.services.roaming.messages import How, Said
from tests.api.services.charging.test_pull import pulled
from tests.bench import Bench
from tests.builders import a_cdr, a_partner
from tests.charges import a_charge


@pytest.mark.parametrize("said", ["{}", '{"another": "content"}'])
async def test_a_push_that_overtakes_the_pull_of_the_same_bill(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """The short way of a push holds no place: whoever comes second finds the bill there, alike or in conflict."""
    charge = await a_charge(bench, ChargingStatus.ENDED)
    partner, find = await a_partner(bench), cdrs.charge_of_cdr

    async def overtaken(db: Any, partner_id: str, cdr: Any) -> str | None:
        async with bench.work() as faster:
            values = cdr_values(bench.ports, bench.clock.now(), partner, cdr, Said(said, How.POST, "2.2.1"))
            faster.add(CdrRow(**values, charging_session_id=charge.id))
        return await find(db, partner_id, cdr)

    monkeypatch.setattr(cdrs, "charge_of_cdr", overtaken)
    bench.roaming.cdrs = [pulled(a_cdr(charge))]
    assert await pull_cdrs(work=bench.work, ports=bench.ports, partner_id="prt_1") == 1
    monkeypatch.undo()
    assert await bench.value("SELECT count(*) FROM cdr") == 1
    assert await bench.value("SELECT cdrs_pulled_at IS NOT NULL FROM partner") is True
    assert ("cdr_conflict" in await bench.findings()) is (said != "{}")
    assert "unreadable_object" not in await bench.findings()
