"""Exports of pages with filters of their own: the rows of the screen, all of them, and nothing that is a formula."""

import csv
import io
import re
from html import unescape

import pytest
from fastapi import FastAPI

from api.domain.staff.roles import Role
from api.services.charging.approvals import note_action
from api.services.console import sheets
from tests.api.routes.console.test_findings_pages import subjects
from tests.api.routes.console.test_holds import three_holds
from tests.api.services.finance.paying_out import a_capture, euro, handle
from tests.api.services.reconciliation.findings_hands import a_finding
from tests.bench import Bench
from tests.fakes import FakeSettlement
from tests.staff import Browser, signed_in


async def exported(browser: Browser, page: str, form: str = "csv") -> list[dict[str, str]]:
    """Follow the link of a page to its file, and return the file's rows; of a workbook none."""
    link = re.search(rf'href="(/console/export/page/[^"?]+\.{form}[^"]*)" download', page)
    assert link is not None
    answer = await browser.http.get(unescape(link[1]))
    assert answer.status_code == 200, answer.text
    if form == "xlsx":
        assert answer.content.startswith(b"PK")
        return []
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_holds_are_exported_as_they_are_shown(
    app: FastAPI, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under every filter, in the screen's order, over several parts; a place's name is no formula, no address whole."""
    charges = await three_holds(bench)
    await bench.rows("UPDATE charging_session SET place = jsonb_set(place, '{name}', '\"=HYPERLINK(1)\"') RETURNING 1")
    monkeypatch.setattr(sheets, "AT_ONCE", 1)
    clerk = await signed_in(bench, app, Role.FINANCE_CLERK)
    for values in (
        {},
        {"left": "under_48h"},
        {"sort": "newest", "least": "1"},
        {"text": charges[2]},
        {"cdr": "settled"},
    ):
        page = (await clerk.get("/holds", **values)).text
        rows = await exported(clerk, page)
        assert [row["charging_session_id"] for row in rows] == re.findall(r'href="/console/charges/(chs_[^"]+)"', page)
    rows = await exported(clerk, (await clerk.get("/holds")).text)
    assert {(row["agreed"], row["currency"], row["place"]) for row in rows} == {("50.00", "EUR", "'=HYPERLINK(1)")}
    assert rows[0]["capture_before"] == "2026-03-02T14:00:00+00:00"
    assert "drv_1@" not in str(rows)
    await exported(clerk, (await clerk.get("/holds", currency="EUR")).text, "xlsx")


async def test_findings_are_exported_as_they_are_shown(
    app: FastAPI, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The inbox with its filter, the most urgent first, over several parts; a filter that cannot be is said first."""
    for number in range(5):
        await a_finding(bench, subject=f"s{number}", minor=100 * number)
    await a_finding(bench, "hold_expired", "=1+1", minor=700, currency="CHF")
    monkeypatch.setattr(sheets, "AT_ONCE", 2)
    clerk = await signed_in(bench, app, Role.FINANCE_CLERK)
    for values in ({}, {"from": "2", "currency": "EUR"}, {"reason": "hold_expired"}, {"state": "resolved"}):
        page = (await clerk.get("/findings", **values)).text
        rows = await exported(clerk, page)
        assert [row["subject"].removeprefix("'") for row in rows] == subjects(page)
    assert (await exported(clerk, (await clerk.get("/findings", q="=1")).text))[0]["subject"] == "'=1+1"
    assert (await clerk.get("/export/page/findings.csv", state="x")).status_code == 422


async def test_payouts_and_their_movements_are_exported_as_they_are_shown(app: FastAPI, bench: Bench) -> None:
    """What nothing explains is filtered on both; amounts are exact and add up to what is paid out."""
    balance = bench.ports.settlement
    assert isinstance(balance, FakeSettlement)
    charge = await a_capture(bench, balance)
    balance.book("adjustment", euro(300))
    payout = balance.pay_out()
    await handle(bench, payout)
    clerk = await signed_in(bench, app, Role.FINANCE_CLERK)
    for values, count in (({}, 1), ({"suspense": "true", "currency": "EUR"}, 1), ({"matching": "waiting"}, 0)):
        rows = await exported(clerk, (await clerk.get("/payouts", **values)).text)
        assert len(rows) == count
    assert (await exported(clerk, (await clerk.get("/payouts")).text))[0]["amount"] == "11.90"
    there = f"/payouts/{payout.payout_id}"
    movements = await exported(clerk, (await clerk.get(there)).text)
    assert [(row["net"], row["charging_session_id"]) for row in movements if row["charging_session_id"]] == [
        ("8.90", charge.id)
    ]
    only = await exported(clerk, (await clerk.get(there, matched="suspense")).text)
    assert [(row["matched_to"], row["net"]) for row in only] == [("suspense", "3.00")]
    assert (await clerk.get("/export/page/payouts/po_unknown.csv")).status_code == 404


async def test_the_log_is_exported_to_who_may_read_it(app: FastAPI, bench: Bench) -> None:
    """With its filter, addresses in what changed masked; whoever may not read it takes nothing along."""
    auditor = await signed_in(bench, app, Role.AUDITOR, name="Au Ditor")
    async with bench.work() as db:
        for by in ("Ada", "Bo"):
            await note_action(
                db=db,
                now=bench.clock.now(),
                by=by,
                action="tested",
                subject_id="x",
                charging_session_id=None,
                reason="@SUM(1)",
                after={"email": "whole@example.com"},
            )
    rows = await exported(auditor, (await auditor.get("/audit", by="Bo")).text)
    assert [(row["by"], row["reason"]) for row in rows] == [("Bo", "'@SUM(1)")]
    assert "w***@example.com" in rows[0]["after"]
    assert len(await exported(auditor, (await auditor.get("/audit")).text)) == 3
    clerk = await signed_in(bench, app, Role.FINANCE_CLERK, name="Clerk")
    assert (await clerk.get("/export/page/audit.csv")).status_code == 403
