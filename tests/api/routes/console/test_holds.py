"""The list of holds: what ends first on top, filters, totals, one part at a time, and no address in full."""

import re
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI

from api.domain.charging.state import ChargingStatus
from api.services.charging.queries import hold_of_charge
from api.services.console import holds
from tests.bench import Bench
from tests.builders import a_location, an_evse, connector_of
from tests.charges import a_charge
from tests.staff import Browser, signed_in

S = ChargingStatus


async def three_holds(bench: Bench) -> list[str]:
    """Return three running charges that end in 5, 30 and 100 hours."""
    await a_location(bench, evses=[an_evse(f"EVSE{each}") for each in (1, 2, 3)])
    found = []
    for number, hours in ((1, 5), (2, 30), (3, 100)):
        charge = await a_charge(
            bench, S.STARTING, driver_id=f"drv_{number}", connector=connector_of(uid=f"EVSE{number}")
        )
        await ends(bench, charge.id, bench.clock.now() + timedelta(hours=hours))
        found.append(charge.id)
    return found


async def ends(bench: Bench, charge_id: str, at: datetime | None) -> None:
    """Let the processor have told when a hold lapses."""
    async with bench.work() as db:
        hold = await hold_of_charge(db=db, charging_session_id=charge_id)
        assert hold is not None
        hold.capture_before = at
        db.add(hold)


async def shown(browser: Browser, **values: str) -> list[str]:
    """Return the charges of a list, in its order."""
    page = await browser.get("/holds", **values)
    assert page.status_code == 200
    return re.findall(r'href="/console/charges/(chs_[^"]+)"', page.text)


async def test_what_ends_first_is_on_top(app: FastAPI, bench: Bench) -> None:
    """With its countdown in words and band, its totals, and the driver's address masked."""
    charges = await three_holds(bench)
    clerk = await signed_in(bench, app, "finance_clerk")
    assert await shown(clerk) == charges
    page = (await clerk.get("/holds")).text
    assert '<span class="tag breach">5 h 0 min</span><br><span class="muted small">under 6 h</span>' in page
    assert '<span class="tag warning">1 d 6 h</span><br><span class="muted small">24-48 h</span>' in page
    assert '<span class="tag good">4 d 4 h</span></td>' in page
    assert "<b>150.00 EUR</b>" in page
    assert "d…1@example.test" in page
    assert "drv_1@example.test" not in page
    assert "Visa ·· 4242" in page


async def test_each_filter_narrows_list_and_totals(app: FastAPI, bench: Bench) -> None:
    """By band, place, partner, amount, status and bill; a word that means nothing is named and narrows nothing."""
    first, second, third = await three_holds(bench)
    clerk = await signed_in(bench, app, "finance_clerk")
    for values, expected in (
        ({"left": "under_6h"}, [first]),
        ({"left": "under_48h"}, [second]),
        ({"left": "unknown"}, []),
        ({"age": "over_5d"}, []),
        ({"age": "under_1h"}, [first, second, third]),
        ({"text": third}, [third]),
        ({"text": "DRV_2@example.test"}, [second]),
        ({"text": "evse3"}, [third]),
        ({"text": "%"}, []),
        ({"currency": "CHF"}, []),
        ({"partner": "prt_1", "currency": "EUR", "least": "50", "most": "50,00"}, [first, second, third]),
        ({"least": "50.01"}, []),
        ({"standing": "placed", "cdr": "none"}, [first, second, third]),
        ({"standing": "ended"}, []),
        ({"cdr": "arrived"}, []),
        ({"payer": "wallet"}, []),
        ({"sort": "newest"}, [third, second, first]),
    ):
        assert await shown(clerk, **values) == expected, values
    page = (await clerk.get("/holds", least="many", left="x", currency="EUR")).text
    assert "This could not be read and narrows nothing: least, left." in page
    assert "<b>150.00 EUR</b>" in page


async def test_parts_follow_each_other_without_a_gap(
    app: FastAPI, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the order, and with holds whose end is not known at the end."""
    charges = await three_holds(bench)
    await ends(bench, charges[0], None)
    monkeypatch.setattr(holds, "PAGE", 1)
    clerk = await signed_in(bench, app, "finance_clerk")
    for sort, expected in (("left", [*charges[1:], charges[0]]), ("newest", charges[::-1])):
        seen, there = [], f"/console/holds?sort={sort}"
        while there:
            page = (await clerk.http.get(there)).text
            seen += re.findall(r'href="/console/charges/(chs_[^"]+)"', page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            there = following[1].replace("&amp;", "&") if following else ""
        assert seen == expected
    assert await shown(clerk, behind="nonsense") == charges[1:2]
