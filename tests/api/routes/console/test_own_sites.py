"""Owners of sites: what they see, the prices they set, what they are paid; nothing of another owner (CN27, 28, 30)."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError

from api.domain.charging.state import ChargingStatus
from api.domain.pricing.rulebook import RetailTerms, RulesRefused
from api.domain.staff.roles import ALLOWS, Role
from api.domain.support.case import CaseKind, Channel
from api.models.owner import SiteOwner
from api.ports import Ports
from api.services.owners.owners import SiteTaken, add_owner, give_site, take_site
from api.services.owners.prices import set_own_price
from api.services.support.open import About, Customer, NewCase, open_case
from tests.api.routes.console.test_roles_matrix import guarded
from tests.api.services.charging.given_back import approves, credit, paid
from tests.bench import Bench
from tests.builders import a_location, connector_of
from tests.charges import a_charge, a_quote, start
from tests.owners import bound
from tests.staff import Browser, signed_in

SITE, OTHER_SITE = "prt_1/DE/CPO/LOC1", "prt_1/DE/CPO/LOC2"


async def an_owner(bench: Bench, series: str, *sites: str, fee: str = "10") -> SiteOwner:
    """Return an owner with these sites, since before every story."""
    now = bench.clock.now()
    async with bench.work() as db:
        owner = await add_owner(
            db=db,
            ports=bench.ports,
            now=now,
            name=f"Owner {series}",
            street="Street 1",
            postal_code="70173",
            city="Town",
            country="DEU",
            series=series,
            fee_percent=Decimal(fee),
            by="test",
        )
        for site in sites:
            since = now - timedelta(days=365)
            await give_site(
                db=db, ports=bench.ports, now=now, owner_id=owner.id, location_key=site, since=since, by="test"
            )
    return owner


def month(bench: Bench, number: int) -> None:
    """Let the clock go to the second day of a month of the year of every story."""
    now = bench.clock.now()
    bench.clock.advance((datetime(now.year, number, 2, tzinfo=UTC) - now).total_seconds())


@pytest.mark.capability("CN27")
async def test_an_owner_sees_sites_faults_starts_cases_and_sales(app: FastAPI, bench: Bench) -> None:
    """The figures are those of the site; of a case only what says nothing of who wrote."""
    charge = await paid(bench)
    owner = await an_owner(bench, "OWNA", SITE)
    await bench.rows("UPDATE evse SET status = 'out_of_order' RETURNING key")
    async with bench.work() as db:
        case = await open_case(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            new=NewCase(
                kind=CaseKind.DRIVER,
                topic="cable_stuck",
                queue="drivers",
                channel=Channel.APP,
                customer=Customer(driver_id="drv_1", name="Robin Example", email="robin@example.test"),
                title="Robin's cable",
                description="Call me, Robin",
                about=About(charging_session_id=charge.id, location_key=SITE),
            ),
        )
    person = await bound(bench, app, "owner", owner_id=owner.id, name="Oda Owner")
    sites = re.sub(r"<[^>]+>", " ", (await person.get("/own/sites")).text)
    for told in ("1 out of order", "100 % of 1", "2026-03: 20.00 EUR"):
        assert told in sites, told
    page = (await person.get(f"/own/sites/{SITE}")).text
    assert case.number in page
    assert "20.00 EUR" in page
    assert "Robin" not in page
    story = (await person.get(f"/own/charges/{charge.id}")).text
    assert "CDR arrived" in story
    assert "/refund" not in story
    assert (await person.post(f"/own/charges/{charge.id}/refund", amount="1")).status_code == 403
    agent = await bound(bench, app, "operator_agent", partner_id="prt_1", name="Olu Agent")
    assert "2026-03" not in (await agent.get("/own/sites")).text, "what is sold is the owner's"


@pytest.mark.capability("CN28")
async def test_a_price_begins_now_or_later_and_never_counts_back(app: FastAPI, bench: Bench) -> None:
    """Quoted and running charges keep their price; the history stays; nobody prices another's site or the past."""
    await a_location(bench)
    await a_location(bench, location_id="LOC2")
    owner = await an_owner(bench, "OWNA", SITE)
    person = await bound(bench, app, "owner", owner_id=owner.id, name="Oda Owner")
    running = await a_charge(bench, ChargingStatus.CHARGING)
    quoted = await a_quote(bench, driver_id="drv_2", connector=connector_of("LOC2"))
    await bench.rows("UPDATE charging_session SET final_at = now(), freed_at = now() RETURNING id")
    before = await a_quote(bench, driver_id="drv_2")

    at = f"/own/prices/{SITE}"
    assert (await person.post(at, markup_percent="25", session_fee="0.50")).status_code == 303
    assert (await person.post(at, markup_percent="5", starts_at="2026-03-01T00:00")).status_code == 422
    assert (await person.post(at, markup_percent="-101")).status_code == 422
    assert (await person.post(at, markup_percent="-1")).status_code == 422, "the operator bills us more than that"
    assert (await person.post(f"/own/prices/{OTHER_SITE}", markup_percent="5")).status_code == 404
    later = bench.clock.now() + timedelta(days=1)
    assert (await person.post(at, markup_percent="50", starts_at=f"{later:%Y-%m-%dT%H:%M}")).status_code == 303

    bench.clock.advance(2)
    assert (await start(bench, before)).retail == before.retail
    assert before.retail is not None
    assert before.retail["markup_percent"] == "0"
    assert ((await bench.charge(running)).retail or {})["rule_id"] is None
    after = await a_quote(bench, driver_id="drv_3")
    assert (after.retail or {})["markup_percent"] == "25"
    assert (await a_quote(bench, driver_id="drv_3", connector=connector_of("LOC2"))).retail == quoted.retail
    bench.clock.advance(timedelta(days=1).total_seconds())
    assert ((await a_quote(bench, driver_id="drv_3")).retail or {})["markup_percent"] == "50"
    history = await bench.rows("SELECT markup_percent, ends_at IS NULL FROM retail_terms ORDER BY starts_at")
    assert [(int(markup), is_open) for markup, is_open in history] == [(25, False), (50, True)]
    _, again = await _again(bench, app, owner)
    assert (await again.get(f"/own/sites/{SITE}")).text.count("Oda Owner,") == 2
    assert await bench.value("SELECT count(*) FROM staff_action WHERE action = 'own_price_set'") == 2


async def test_only_at_our_own_chargers_an_owner_asks_less_than_the_operator(bench: Bench) -> None:
    """Below the price of an operator who bills us, each charge would be our loss; at chargers of ours it is no loss."""
    await a_location(bench)
    owner = await an_owner(bench, "OWNA", SITE)
    wish = RetailTerms(starts_at=bench.clock.now(), currency="EUR", location_key=SITE, markup_percent=Decimal("-0.01"))

    async def asks(ports: Ports) -> None:
        async with bench.work() as db:
            await set_own_price(db=db, ports=ports, now=bench.clock.now(), owner_id=owner.id, wish=wish, by="Oda")

    with pytest.raises(RulesRefused, match="markup_below_cost"):
        await asks(bench.ports)
    ours = replace(bench.ports.policy, operated_parties=frozenset({"DE-CPO"}))
    await asks(replace(bench.ports, policy=ours))
    assert await bench.value("SELECT markup_percent FROM retail_terms") == Decimal("-0.01")


@pytest.mark.capability("CN30")
async def test_a_month_is_stated_once_and_corrected_in_the_next(app: FastAPI, bench: Bench) -> None:
    """Its sum is that of the settled charges; a credit of later is a line of the next month that names the first."""
    charge = await paid(bench)
    owner = await an_owner(bench, "OWNA", SITE)
    lead = await signed_in(bench, app, "finance_lead", name="Ada Lead")
    to = f"/owners/{owner.id}/statements"
    assert (await lead.post(to, period="2026-03")).status_code == 409, "the month goes on"
    month(bench, 4)
    lead, _ = await _again(bench, app, owner)
    assert (await lead.post(to, period="2026-03")).headers["location"].endswith("told=stated")
    assert (await lead.post(to, period="2026-03")).status_code == 409
    settled = await bench.value("SELECT sum(owed_minor) FROM charging_session WHERE status = 'settled'")
    row = (await bench.rows("SELECT * FROM owner_statement"))[0]
    assert (row.number, row.sessions, row.gross_minor) == ("OWNA-2026-0001", 1, settled)
    # 20.00 net, a fee of 10 % and 19 % tax on it: 23.80 less 2.00 less 0.38.
    assert (row.net_minor, row.vat_minor, row.fee_minor, row.fee_vat_minor, row.payout_minor) == (
        2000,
        380,
        200,
        38,
        2142,
    )

    waived = await credit(bench, charge, 1190)
    if waived.state == "requested":
        await approves(bench, waived.id)
    await bench.drain()
    month(bench, 5)
    lead, person = await _again(bench, app, owner)
    assert (await lead.post(to, period="2026-04")).headers["location"].endswith("told=stated")
    line = (await bench.rows("SELECT * FROM owner_statement_line WHERE statement_number = 'OWNA-2026-0002'"))[0]
    assert (line.kind, line.corrects, line.gross_minor, line.net_minor) == ("correction", row.number, -1190, -1000)
    both = await bench.value("SELECT sum(gross_minor) FROM owner_statement_line")
    booked = await bench.value(
        "SELECT -sum(e.amount_minor) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
        " WHERE e.layer = 'posted' AND a.name IN ('revenue', 'revenue_tax_unknown', 'vat')"
    )
    assert both == booked == settled - 1190

    await _reads(bench, person, charge.id)


async def _reads(bench: Bench, person: Browser, charge_id: str) -> None:
    """Let an owner read both statements; nobody changes them, not even by hand."""
    page = (await person.get("/own/statements/OWNA-2026-0002")).text
    assert "correction of OWNA-2026-0001" in page
    assert "adds up" in page
    csv = (await person.get("/own/statements/OWNA-2026-0001.csv")).text
    assert f"OWNA-2026-0001,{charge_id},charge,,{SITE}" in csv
    assert "payout_minor,2142" in csv
    for change in ("UPDATE owner_statement SET payout_minor = 1", "DELETE FROM owner_statement_line"):
        with pytest.raises(DBAPIError):
            await bench.rows(f"{change} RETURNING 1")


async def _again(bench: Bench, app: FastAPI, owner: SiteOwner) -> tuple[Browser, Browser]:
    """Return fresh browsers: those of before are signed out by then."""
    name = f"{bench.clock.now():%B}"
    lead = await signed_in(bench, app, "finance_lead", name=f"Ada {name}")
    return lead, await bound(bench, app, "owner", owner_id=owner.id, name=f"Oda {name}")


@pytest.mark.capability("CN27", "CN30")
async def test_nothing_of_another_owner_leaks(app: FastAPI, bench: Bench) -> None:
    """Every route that an owner's person may open, with another owner's ids: not found, and no list tells of theirs."""
    charge = await paid(bench)
    theirs = await an_owner(bench, "OWNB", SITE)
    await a_location(bench, location_id="LOC2")
    mine = await an_owner(bench, "OWNA", OTHER_SITE)
    month(bench, 4)
    lead = await signed_in(bench, app, "finance_lead", name="Ada Lead")
    await lead.post(f"/owners/{theirs.id}/statements", period="2026-03")
    number = "OWNB-2026-0001"
    ids = {"charge_id": charge.id, "location_key": SITE, "number": number, "unlock_request_id": "x"}
    person = await bound(bench, app, "owner", owner_id=mine.id, name="Oda Owner")
    tried = 0
    for route, permission in guarded():
        if permission in ALLOWS[Role.OWNER]:
            for method in route.methods or ():
                to = re.sub(r"\{([a-z_]+)(:[a-z]+)?\}", lambda each: ids[each[1]], route.path)
                answer = await person.get(to) if method == "GET" else await person.post(to, markup_percent="1")
                assert answer.status_code == (404 if "{" in route.path else 200), route.path
                assert not any(each in answer.text for each in (charge.id, SITE, number)), route.path
                tried += 1
    assert tried >= 8
    other = await bound(bench, app, "owner", owner_id=theirs.id, name="Bea Owner")
    assert (await other.get(f"/own/statements/{number}")).status_code == 200


async def test_a_site_that_is_sold_keeps_its_past_with_its_owner(app: FastAPI, bench: Bench) -> None:
    """The new owner sees nothing of before, the old one nothing of after; a site has one owner at a time."""
    charge = await paid(bench)
    old = await an_owner(bench, "OWNA", SITE)
    new = await an_owner(bench, "OWNB")
    now = bench.clock.now() + timedelta(minutes=1)
    give = {"ports": bench.ports, "now": now, "owner_id": new.id, "location_key": SITE, "since": now, "by": "test"}
    with pytest.raises(SiteTaken):
        async with bench.work() as db:
            await give_site(db=db, **give)  # type: ignore[arg-type]  # one mapping of mixed values
    async with bench.work() as db:
        await take_site(db=db, now=now, owner_id=old.id, location_key=SITE, by="test")
    async with bench.work() as db:
        await give_site(db=db, **give)  # type: ignore[arg-type]  # as above
    seller = await bound(bench, app, "owner", owner_id=old.id, name="Oda Owner")
    buyer = await bound(bench, app, "owner", owner_id=new.id, name="Bea Owner")
    assert (await seller.get(f"/own/charges/{charge.id}")).status_code == 200
    assert (await buyer.get(f"/own/charges/{charge.id}")).status_code == 404
    assert (await seller.get(f"/own/sites/{SITE}")).status_code == 404
    for browser, sees in ((buyer, False), (seller, True)):
        assert (charge.id in (await browser.get("/own/charges")).text) is sees
    assert "Sold before tax" not in (await buyer.get(f"/own/sites/{SITE}")).text
