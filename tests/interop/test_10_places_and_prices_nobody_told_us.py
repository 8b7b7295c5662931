"""Behavior 10: places that nobody told us of, hidden ones, and prices that go while somebody charges by them.

Everything is accepted, what is missing is fetched, and a session is priced by the tariff that was promised at its
start. What may not be shown is never shown, and what was charged there is billed all the same.
"""

from decimal import Decimal
from typing import Any

import pytest

from api.services.charging.quote_place import NotStartable
from api.services.finding.filters import Filters
from api.services.finding.places import locations_in_box
from api.services.roaming.find import Box
from tests.charges import a_quote
from tests.interop.stage import AC, PAID_IN_FULL, Stage

GERMANY = Box(Decimal(5), Decimal(47), Decimal(15), Decimal(55))


async def shown(stage: Stage) -> set[str]:
    """Return what the map shows."""
    async with stage.work() as db:
        found, _ = await locations_in_box(
            db=db,
            policy=stage.ports.policy,
            now=stage.clock.now(),
            box=GERMANY,
            filters=Filters(app_charging=True),
            limit=100,
        )
    return {each.location.id for each in found}


async def test_a_session_at_a_location_nobody_knows_is_the_drivers_all_the_same(staged: Stage) -> None:
    """Session and CDR name a place that is not listed: by their token they are of this charge, and are paid."""
    await staged.fault("unknown_location")
    charge = await staged.taps()

    await staged.passes(hours=2)

    assert {each["status_code"] for each in staged.sent("session") + staged.sent("cdr")} == {1000}
    assert await staged.now(charge) == PAID_IN_FULL
    [cdr] = await staged.cdrs()
    assert cdr.charging_session_id == charge.id


async def test_an_evse_in_a_location_nobody_knows_has_the_location_fetched(staged: Stage) -> None:
    """It cannot be stored without its place, which is no reason to refuse it: the place is asked for."""
    await staged.fault("evse_of_unknown_location")
    charge = await staged.taps()

    await staged.passes(hours=2)

    assert [each["status_code"] for each in staged.sent("evse", "PUT")] == [1000]
    asked = [each for each in staged.transport.requests if "locations/VCP-AC-MARKET-hidden" in each]
    assert asked != []
    assert await staged.rows("SELECT 1 FROM awaited_place") == []
    assert await staged.now(charge) == PAID_IN_FULL


async def test_a_session_is_priced_by_the_tariff_of_its_start(staged: Stage) -> None:
    """The tariff is withdrawn while the car charges by it: the promise stands, in the app and on the bill."""
    await staged.fault("tariff_deleted")
    charge = await staged.taps()
    await staged.passes(minutes=20)
    assert await staged.rows("SELECT 1 FROM tariff WHERE id = 'vcp-ac-vat'") == []
    running = (await staged.charge(charge)).running
    assert running is not None
    assert running["total_minor"] > 60

    await staged.passes(hours=2)

    assert await staged.now(charge) == PAID_IN_FULL
    assert await staged.open_findings() == []


async def test_a_tariff_dearer_since_the_start_changes_nothing_for_who_charges(staged: Stage) -> None:
    """Told in the middle of a session, a new price is for the next driver."""
    charge = await staged.taps()
    await staged.passes(minutes=20)
    await staged.hand("tariffs", {"tariff_id": "vcp-ac-vat", "percent": 100})

    await staged.passes(hours=2)

    assert await staged.now(charge) == PAID_IN_FULL


async def test_a_hidden_location_is_never_shown_and_what_happens_there_is_billed(stage: Stage) -> None:
    """``publish`` false while somebody charges: no map, no new start; session and CDR are as good as anywhere."""
    charge = await stage.taps()
    await stage.passes(minutes=10)
    assert "VCP-AC-MARKET" in await shown(stage)
    hidden = {"publish": False, "last_updated": stage.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")}

    answer = await stage.says("PATCH", "locations/DE/VCP/VCP-AC-MARKET", hidden)

    assert answer.json()["status_code"] == 1000
    assert "VCP-AC-MARKET" not in await shown(stage)
    with pytest.raises(NotStartable):
        await a_quote(stage, driver_id="drv_2", connector=await stage.connector("vcp-evse-0014"))
    await stage.passes(hours=2)
    assert await stage.now(charge) == PAID_IN_FULL
    assert await stage.open_findings() == []


async def test_a_cdr_at_a_hidden_location_without_a_session_is_kept(stage: Stage) -> None:
    """Somebody else's card at a hidden post: accepted, kept, told to finance, billed to nobody."""
    charge = await stage.taps()
    await stage.passes(hours=2)
    [sent] = stage.sent("cdr", "POST")
    foreign: dict[str, Any] = sent["body"] | {"id": "HIDDEN-1", "session_id": None, "authorization_reference": None}
    foreign["cdr_token"] = foreign["cdr_token"] | {"uid": "SOMEBODY", "contract_id": "DE-XXX-C12345678"}
    foreign["cdr_location"] = foreign["cdr_location"] | {"id": "NOT-PUBLISHED"}

    answer = await stage.says("POST", "cdrs", foreign)
    await stage.settles()

    assert answer.json()["status_code"] == 1000
    assert await stage.open_findings() == ["cdr_without_charge"]
    assert await stage.now(charge) == PAID_IN_FULL


async def test_an_evse_removed_while_it_charges_is_billed(staged: Stage) -> None:
    """The post is taken from the list in the middle of a session; the session goes on and is paid."""
    charge = await staged.taps()
    await staged.passes(minutes=10)
    change = {"status": "REMOVED"}
    if staged.version != "2.1.1":
        change["last_updated"] = staged.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = await staged.says("PATCH", f"locations/DE/VCP/VCP-AC-MARKET/{AC}", change)
    assert answer.json()["status_code"] == 1000

    await staged.passes(hours=2)

    assert await staged.now(charge) == PAID_IN_FULL


async def test_a_connector_that_names_an_unknown_tariff_has_the_prices_pulled(stage: Stage) -> None:
    """Single tariffs cannot be asked for: the list is."""
    await stage.passes(minutes=6)
    stage.transport.requests.clear()
    change = {"tariff_ids": ["nobody-told"], "last_updated": stage.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")}

    answer = await stage.says("PATCH", f"locations/DE/VCP/VCP-AC-MARKET/{AC}/1", change)
    await stage.settles()

    assert answer.json()["status_code"] == 1000
    assert any("/tariffs" in each for each in stage.transport.requests)
