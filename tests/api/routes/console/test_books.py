"""Pages of the books and the close of a month: what they show is what is exported, and each step has its person."""

import csv
import io
import re
from html import unescape

from fastapi import FastAPI

from api.domain.staff.roles import Role
from tests.api.services.closing.months import EARLY_APRIL, MARCH, a_paid_charge, an_open_hold
from tests.bench import Bench
from tests.staff import signed_in

_CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.S)
_TAGS = re.compile(r"<[^>]+>")


def rows_on(page: str) -> list[list[str]]:
    """Return the cells of a page's table, as they are read."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = body.split("<tr>")[1:]
    return [[unescape(_TAGS.sub("", cell)).strip() for cell in _CELL.findall(row)] for row in rows]


async def test_the_export_is_what_the_screen_shows(app: FastAPI, bench: Bench) -> None:
    """The same rows in the same order under the same filter, however many pages the screen needs."""
    await a_paid_charge(bench)
    await an_open_hold(bench, "drv_2")
    clerk = await signed_in(bench, app, Role.FINANCE_CLERK)
    for name, query in (("journal", "?account=vat"), ("journal", "?state=pending"), ("wallets", ""), ("refunds", "")):
        page = await clerk.get(f"/books/{name}{query}")
        assert page.status_code == 200, page.text
        link = re.search(rf'href="(/console/export/list/{name}\.csv[^"]*)"', page.text)
        assert link is not None
        answer = await clerk.http.get(unescape(link[1]))
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
        exported = list(csv.reader(io.StringIO(answer.text, newline="")))[1:]
        screen = rows_on(page.text)
        assert [row[:3] for row in screen] == [row[:3] for row in exported]
        if name == "journal":
            assert [row[12:14] for row in screen] == [row[12:14] for row in exported]
            assert len(exported) == (1 if "vat" in query else 6)
    book = await clerk.http.get("/console/export/list/holds.xlsx?state=open")
    assert book.content.startswith(b"PK")
    assert (await clerk.get("/books/journal", account="<script>")).status_code == 422
    assert (await clerk.get("/books/nothing")).status_code == 404


async def test_pages_of_a_list_follow_each_other(app: FastAPI, bench: Bench) -> None:
    """More leads on, with the same filter, until there is no more; a made-up place is refused."""
    for number in range(3):
        await a_paid_charge(bench, f"drv_{number}")
    clerk = await signed_in(bench, app, Role.AUDITOR)
    for _ in range(10):
        await bench.rows(
            "WITH j AS (INSERT INTO journal (id, kind, cause_type, cause_id, occurred_at, period)"
            " SELECT 'jrn_x' || gen_random_uuid(), 'payout', 'x', gen_random_uuid()::text, now(), '2026-03'"
            " FROM generate_series(1, 6) RETURNING id) INSERT INTO ledger_entry"
            " (journal_id, account_id, layer, currency, amount_minor)"
            " SELECT j.id, 'psp_clearing::EUR', 'posted', 'EUR', a FROM j, (VALUES (1), (-1)) v (a) RETURNING id"
        )
    seen, address = [], "/console/books/journal?currency=EUR"
    while True:
        page = await clerk.http.get(address)
        seen += [row[0] for row in rows_on(page.text)]
        link = re.search(r'rel="next" href="([^"]+)"', page.text)
        if link is None:
            break
        address = f"/console/books/journal{unescape(link[1])}"
    assert len(seen) == len(set(seen)) == await bench.value("SELECT count(*) FROM ledger_entry") > 120
    assert (await clerk.http.get("/console/books/journal?behind=x")).status_code == 422


async def test_a_journal_is_shown_with_its_entries(app: FastAPI, bench: Bench) -> None:
    """Debits and credits, what it is for, and where its charge's others are."""
    charge = await a_paid_charge(bench)
    clerk = await signed_in(bench, app, Role.FINANCE_CLERK)
    captured = await bench.value("SELECT id FROM journal WHERE kind = 'hold_captured'")

    page = await clerk.get(f"/books/journal/{captured}")
    assert "23.80 EUR" in page.text
    assert "psp_clearing::EUR" in page.text
    assert f"?charge={charge.id}" in page.text
    assert (await clerk.get("/books/journal/jrn_none")).status_code == 404


async def test_a_month_is_closed_on_its_page(app: FastAPI, bench: Bench) -> None:
    """A clerk prepares, a lead signs, exports stay the same; a lead asks to open it again and an admin agrees."""
    await a_paid_charge(bench)
    await an_open_hold(bench, "drv_2")
    bench.clock.set(EARLY_APRIL)
    clerk = await signed_in(bench, app, Role.FINANCE_CLERK, name="Ada")
    lead = await signed_in(bench, app, Role.FINANCE_LEAD, name="Grace")
    admin = await signed_in(bench, app, Role.ADMIN, name="Root")

    assert "Prepare the close" in (await clerk.get(f"/close/{MARCH}")).text
    assert (await clerk.post(f"/close/{MARCH}/prepare")).status_code == 303
    month = (await clerk.get(f"/close/{MARCH}")).text
    assert "open hold" in month
    assert "books and events agree on every day" in month
    assert (await clerk.post(f"/close/{MARCH}/sign", note="")).status_code == 403
    assert (await lead.post(f"/close/{MARCH}/sign", note="")).status_code == 303
    month = (await lead.get(f"/close/{MARCH}")).text
    assert '<span class="tag good">locked</span>' in month
    assert (await lead.post(f"/close/{MARCH}/verify")).text.count("the same") == 3
    for path in (f"list/journal.csv?period={MARCH}", f"trial-balance/{MARCH}.csv", f"datev/{MARCH}/EUR.csv"):
        first, again = [await lead.http.get(f"/console/export/{path}") for _ in range(2)]
        assert (first.status_code, first.content) == (200, again.content)
    assert (await lead.get("/close")).text.count("locked") == 1
    assert "23.80" not in (await lead.get("/books/settlement", period=MARCH)).text
    assert "20.00 EUR" in (await lead.get("/books/settlement", period=MARCH)).text

    assert (await lead.post(f"/close/{MARCH}/reopen", reason="wrong tax")).status_code == 303
    assert (await lead.post(f"/close/{MARCH}/reopen/approve")).status_code == 403
    assert "wrong tax" in (await admin.get("/close/reopenings")).text
    assert (await admin.post(f"/close/{MARCH}/reopen/approve")).status_code == 303
    assert await bench.value("SELECT state FROM accounting_period") == "open"


async def test_who_prepared_is_not_asked_to_sign(app: FastAPI, bench: Bench) -> None:
    """A lead who prepared sees that somebody else signs, and is refused if they try."""
    await a_paid_charge(bench)
    bench.clock.set(EARLY_APRIL)
    lead = await signed_in(bench, app, Role.FINANCE_LEAD, name="Grace")
    await lead.post(f"/close/{MARCH}/prepare")

    assert "somebody else signs it" in (await lead.get(f"/close/{MARCH}")).text
    refused = await lead.post(f"/close/{MARCH}/sign", note="")
    assert (refused.status_code, "cannot approve" in refused.text) == (403, True)
