"""One charge with everything that happened to it: its money adds up, its bill is compared, every source is told."""

import html
import re

from fastapi import FastAPI
from sqlmodel import select

from api.domain.charging.state import ChargingStatus
from api.models.finance import MismatchRow
from api.models.roaming import CdrRow
from tests.api.services.charging.given_back import approves, credit, paid, write_off
from tests.bench import Bench
from tests.charges import a_charge
from tests.staff import signed_in

S = ChargingStatus


def told(page: str) -> str:
    """Return a page's words without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


async def test_a_settled_charge_is_told_from_tap_to_refund(app: FastAPI, bench: Bench) -> None:
    """Command, session, hold, CDR, capture, receipt, credit and refund, in order, with the sums at the top."""
    charge = await paid(bench)
    waived = await credit(bench, charge, 1000)
    await bench.drain()
    clerk = await signed_in(bench, app, "finance_clerk")
    page = (await clerk.get(f"/charges/{charge.id}")).text
    words = told(page)
    sums = "Authorized 50.00 EUR = Captured 23.80 EUR + Released 26.20 EUR Owed 23.80 EUR"
    assert f"{sums} Paid, net of refunds 13.80 EUR" in words
    assert "Refunded 10.00 EUR" in words
    assert "d…1@example.test" in words
    assert "drv_1@example.test" not in words
    story = words[words.index("Timeline") :]
    for each in (
        "Call to the processor: place",
        "OCPI start sent",
        "OCPI start answered accepted",
        "Partner's session seen",
        "CDR arrived",
        "Hold: capture succeeded",
        "Receipt CHH-",
        "Mail of CHH-",
        "Driver told:",
        "Booked: hold captured",
        "Credit requested 10.00 EUR by Ada",
        "Refund succeeded 10.00 EUR",
        waived.id,
    ):
        assert each in story, each
    assert (story.count("Credit requested"), story.count("Credit approved 10.00 EUR")) == (1, 1)
    moments = re.findall(r'<time class="muted" datetime="([^"]+)"', page)
    assert len(moments) > 20
    assert moments == sorted(moments)
    # The bill: 20.00 billed, 20.00 computed, 19 % on top.
    assert "CDR1 equal" in words
    assert "Driver's price 23.80 EUR" in words
    assert (await clerk.get(f"/charges/{charge.id}", lane="books")).text.count("Booked:") > 2
    assert "OCPI start sent" not in (await clerk.get(f"/charges/{charge.id}", lane="money")).text


async def test_support_sees_the_charge_and_not_the_books(app: FastAPI, bench: Bench) -> None:
    """What happened and what was paid is theirs to tell; bookings and payouts are finance's."""
    charge = await paid(bench)
    support = await signed_in(bench, app, "support_1")
    page = (await support.get(f"/charges/{charge.id}")).text
    assert "CDR arrived" in page
    assert "Booked:" not in page
    assert "Booked:" not in (await support.get(f"/charges/{charge.id}", lane="books")).text


async def test_what_is_open_stands_at_the_top(app: FastAPI, bench: Bench) -> None:
    """A bill above the hold: what the driver still owes, what was given up of it, and the finding about it."""
    charge = await paid(bench, cost="60.00")
    clerk = await signed_in(bench, app, "finance_clerk")
    page = told((await clerk.get(f"/charges/{charge.id}")).text)
    assert "Owed 71.40 EUR Paid 50.00 EUR Open: driver owes 21.40 EUR" in page
    assert "Finding: owed above hold" in page
    row = await write_off(bench, charge, 1000)
    if row.state == "requested":
        await approves(bench, row.id)
    page = told((await clerk.get(f"/charges/{charge.id}")).text)
    assert "Written off 10.00 EUR Open: driver owes 11.40 EUR" in page


async def test_a_partner_who_bills_too_much_is_shown_line_by_line(app: FastAPI, bench: Bench) -> None:
    """Billed, computed and the difference, as the audit stored them."""
    charge = await paid(bench)
    async with bench.work() as db:
        summary = {
            "verdict": "wrong_tariff",
            "billed": "20",
            "computed": "18.5",
            "difference": "1.5",
            "is_ceiling": False,
            "lines": [{"kind": "energy", "billed": "20", "computed": "18.5", "difference": "1.5"}],
            "notes": [{"code": "step_size_ignored", "kind": "energy"}],
        }
        row = (await db.exec(select(CdrRow))).one()
        row.audit = {"summary": summary}
        db.add(row)
    clerk = await signed_in(bench, app, "finance_clerk")
    page = told((await clerk.get(f"/charges/{charge.id}")).text)
    assert "CDR1 wrong tariff" in page
    assert "energy 20 18.5 1.5 total 20 18.5 1.5" in page
    assert "step size ignored: kind energy" in page


async def test_what_others_write_is_text(app: FastAPI, bench: Bench) -> None:
    """A finding's detail and a partner's words are shown, never run; secrets of the processor are not shown at all."""
    charge = await a_charge(bench, S.CHARGING)
    async with bench.work() as db:
        db.add(
            MismatchRow(
                id="mis_x",
                reason="odd",
                subject="x",
                charging_session_id=charge.id,
                detail={
                    "said": "<script>alert(1)</script>",
                    "client_secret": "pi_secret",
                    "amounts": [{"minor": 5, "currency": "EUR"}],
                },
                opened_at=bench.clock.now(),
            )
        )
    clerk = await signed_in(bench, app, "finance_clerk")
    page = (await clerk.get(f"/charges/{charge.id}")).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "0.05 EUR" in page
    assert "secret" not in page
    assert (await clerk.get("/charges/chs_nobody")).status_code == 404


async def test_the_meter_is_drawn(app: FastAPI, bench: Bench) -> None:
    """The curve is a picture for both themes; a page of a running charge shows what it costs so far."""
    charge = await a_charge(bench, S.ENDED)
    clerk = await signed_in(bench, app, "finance_clerk")
    for theme in ("light", "dark"):
        drawn = await clerk.get(f"/charges/{charge.id}/meter.svg", theme=theme)
        assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
        assert "kWh" in drawn.text
    assert (await clerk.get(f"/charges/{charge.id}/meter.svg", theme="pink")).status_code == 422
