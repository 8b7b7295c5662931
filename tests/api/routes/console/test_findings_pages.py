"""The pages of findings: the inbox, one finding, what is done there, requests and the log, as each role sees them."""

import re
from typing import Any

import pytest
from fastapi import FastAPI

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.finance.reasons import REASONS
from tests.api.services.charging.given_back import euro, paid, refunds
from tests.api.services.reconciliation.findings_hands import a_finding, of_charge, stored, waiting_for_finance
from tests.bench import Bench
from tests.charges import a_charge
from tests.staff import Browser, signed_in

HIGH = "60.00"
"""A bill of 71.40: 50.00 captured, 21.40 owed."""


async def shown(browser: Browser, path: str, **params: Any) -> str:
    """Return a page that is there."""
    answer = await browser.get(path, **params)
    assert answer.status_code == 200, answer.text
    return answer.text


async def sent(browser: Browser, path: str, **fields: Any) -> str:
    """Send a form that is taken, and return the page that it leads to."""
    answer = await browser.post(path, **fields)
    assert answer.status_code == 303, answer.text
    there = await browser.http.get(answer.headers["location"])
    assert there.status_code == 200
    return there.text


def subjects(page: str) -> list[str]:
    """Return what the findings of a list are about."""
    return re.findall(r'data-label="About" class="id">([^<]+)</td>', page)


async def test_the_inbox_filters_by_its_address(app: FastAPI, bench: Bench) -> None:
    """Each field of the form filters; what comes from others is text; an address that cannot be is said calmly."""
    await a_finding(bench, subject="prt_1/DE/CPO/<b>1", minor=500)
    await a_finding(bench, "hold_expired", "two", minor=700, currency="CHF")
    clerk = await signed_in(bench, app, "finance_clerk")
    page = await shown(clerk, "/findings")
    assert subjects(page) == ["prt_1/DE/CPO/&lt;b&gt;1", "two"]
    assert f"{REASONS['hold_expired'].title} (1)" in page
    for told, left in (
        ({"reason": "hold_expired"}, ["two"]),
        ({"currency": "CHF", "from": "6,50"}, ["two"]),
        ({"to": "5"}, ["prt_1/DE/CPO/&lt;b&gt;1"]),
        ({"state": "resolved"}, []),
        ({"assignee": "none", "q": "TWO"}, ["two"]),
        ({"age": "1h", "state": "all"}, []),
    ):
        assert subjects(await shown(clerk, "/findings", **told)) == left
    for told in ({"state": "x"}, {"age": "9y"}, {"from": "a lot"}, {"after": "1|2"}, {"q": "x" * 201}):
        assert (await clerk.get("/findings", **told)).status_code == 422


async def test_the_inbox_goes_on_page_by_page(app: FastAPI, bench: Bench) -> None:
    """Each finding is on one page, under the same filter."""
    for number in range(60):
        await a_finding(bench, subject=f"s{number:02}")
    clerk = await signed_in(bench, app, "finance_clerk")
    first = await shown(clerk, "/findings", currency="EUR")
    there = re.search(r'rel="next" href="/console([^"]+)"', first)
    assert there is not None
    second = await shown(clerk, there[1].replace("&amp;", "&"))
    assert (len(subjects(first)), len(subjects(second))) == (50, 10)
    assert len({*subjects(first), *subjects(second)}) == 60
    assert 'rel="next"' not in second


async def test_many_are_worked_on_at_once(app: FastAPI, bench: Bench) -> None:
    """Acknowledged and assigned from the list, which stays filtered; those resolved meanwhile are told."""
    ids = [await a_finding(bench, subject=subject) for subject in ("a", "b")]
    clerk = await signed_in(bench, app, "finance_clerk")
    page = await sent(clerk, "/findings/acknowledge", finding=ids, back="currency=EUR")
    assert "Done." in page
    assert '<option value="EUR" selected>' in page
    assert {(await stored(bench, each)).assignee for each in ids} == {"Ada Clerk"}
    await sent(clerk, "/findings/assign", finding=ids, to="none")
    assert {(await stored(bench, each)).assignee for each in ids} == {None}
    assert "Done, but for some" in await sent(clerk, "/findings/acknowledge", finding=ids)
    assert "Nothing was chosen" in await sent(clerk, "/findings/acknowledge", back="x y\r\nSet-Cookie: a")


async def test_a_finding_is_worked_on_step_by_step(app: FastAPI, bench: Bench) -> None:
    """What it means is said; each step is in its history; what people write stays text."""
    finding_id = await a_finding(bench, detail={"lines": [{"kind": "energy", "billed": None, "computed": "1"}]})
    clerk = await signed_in(bench, app, "finance_clerk")
    page = await shown(clerk, f"/findings/{finding_id}")
    assert REASONS["cdr_unexplained"].meaning in page
    assert REASONS["cdr_unexplained"].to_do in page
    await sent(clerk, f"/findings/{finding_id}/acknowledge")
    await sent(clerk, f"/findings/{finding_id}/assign", to="Ada Clerk")
    assert "snoozed" in await sent(clerk, f"/findings/{finding_id}/snooze", days="3")
    assert (await clerk.post(f"/findings/{finding_id}/snooze", days="-1")).status_code == 422
    page = await sent(clerk, f"/findings/{finding_id}/comment", text="<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    page = await sent(clerk, f"/findings/{finding_id}/accept", text="agreed")
    assert ('<span class="tag good">accepted</span>' in page, "Open it again" in page) == (True, True)
    assert (await clerk.post(f"/findings/{finding_id}/accept", text="agreed")).status_code == 409
    assert "Acknowledge" in await sent(clerk, f"/findings/{finding_id}/reopen", text="not so")
    assert (await clerk.get("/findings/mis_none")).status_code == 404


async def test_who_only_reads_gets_no_forms(app: FastAPI, bench: Bench) -> None:
    """An auditor sees findings, requests and the log, and nothing to press."""
    charge = await paid(bench, HIGH)
    finding_id = await of_charge(bench, charge, "owed_above_hold")
    auditor = await signed_in(bench, app, "auditor")
    for path in ("/findings", f"/findings/{finding_id}", "/requests", "/audit"):
        page = await shown(auditor, path)
        buttons = re.findall(r"<button[^>]*>([^<]+)</button>", page)
        assert set(buttons) <= {"Filter", "Sign out"}


async def test_the_processor_is_asked_from_the_page(app: FastAPI, bench: Bench) -> None:
    """What it answers is in the history; while it is away the page says so."""
    charge = await a_charge(bench, ChargingStatus.SETTLING)
    finding_id = await a_finding(bench, "operation_without_end", charge.id, charge=charge)
    clerk = await signed_in(bench, app, "finance_clerk")
    bench.payments.break_before("fetch_hold")
    answer = await clerk.post(f"/findings/{finding_id}/ask")
    assert (answer.status_code, "gives no answer now" in answer.text) == (503, True)
    assert "Ask the processor" in await sent(clerk, f"/findings/{finding_id}/ask")


async def test_a_hold_is_captured_from_the_page(app: FastAPI, bench: Bench) -> None:
    """An amount in the charge's currency and a reason; without them nothing happens."""
    charge, finding_id = await waiting_for_finance(bench)
    clerk = await signed_in(bench, app, "finance_clerk")
    there = f"/findings/{finding_id}/act/capture"
    for fields in ({"amount": "1.234"}, {"amount": ""}, {"amount": "12.34", "text": ""}, {"amount": "-1"}):
        asked = {"reason": "bill_wrong", "text": "x"} | fields
        assert (await clerk.post(there, **asked)).status_code == 422
    assert (await clerk.post(f"/findings/{finding_id}/act/nonsense")).status_code == 422
    await sent(clerk, there, amount="12,34", reason="bill_wrong", text="by the meter")
    await bench.drain()
    assert (await bench.hold(charge)).captured_minor == 1234
    assert (await bench.charge(charge)).hold_status == HoldStatus.CAPTURED


@pytest.mark.capability("DC6")
async def test_a_refund_takes_two_and_the_log_shows_both(app: FastAPI, bench: Bench) -> None:
    """The clerk asks and cannot approve; the lead approves; the money moves once; both stand in the log."""
    charge = await paid(bench, HIGH)
    finding_id = await of_charge(bench, charge, "owed_above_hold")
    clerk = await signed_in(bench, app, "finance_clerk")
    lead = await signed_in(bench, app, "finance_lead", name="Grace Lead")
    page = await shown(clerk, f"/findings/{finding_id}")
    request_id = re.search(r'name="request_id" value="(req_\w+)"', page)
    assert request_id is not None
    fields = {"amount": "", "reason": "charger_fault", "text": "it stopped", "request_id": request_id[1]}
    page = await sent(clerk, f"/findings/{finding_id}/act/refund", **fields)
    assert "A second person has to approve" in page
    subject = (await stored(bench, finding_id)).waiting_for
    assert f"/console/requests/{subject}/withdraw" in await shown(clerk, "/requests")
    assert (await clerk.post(f"/requests/{subject}/approve")).status_code == 403
    await bench.drain()
    assert refunds(bench).refunds == []

    assert f"/console/requests/{subject}/approve" in await shown(lead, "/requests")
    assert "Approved." in await sent(lead, f"/requests/{subject}/approve")
    await bench.drain()

    assert [one.amount for one in refunds(bench).refunds] == [euro(5000)]
    assert (await lead.post(f"/requests/{subject}/approve")).status_code == 409
    page = await shown(lead, "/audit", subject=charge.id)
    assert ("credit requested" in page, "credit approved" in page, request_id[1] in page) == (True, True, True)
    assert (await clerk.get("/audit")).status_code == 403
    assert "<td>credit requested</td>" not in await shown(lead, "/audit", by="Grace Lead", action="credit_approved")


async def test_a_request_is_denied_or_taken_back(app: FastAPI, bench: Bench) -> None:
    """With a reason; whoever asked may take theirs back, nobody else."""
    charge = await paid(bench, HIGH)
    finding_id = await of_charge(bench, charge, "owed_above_hold")
    clerk = await signed_in(bench, app, "finance_clerk")
    lead = await signed_in(bench, app, "finance_lead", name="Grace Lead")
    fields = {"reason": "goodwill", "text": "asked nicely"}
    for ends in ("deny", "withdraw"):
        await sent(clerk, f"/findings/{finding_id}/act/refund", **fields)
        subject = (await stored(bench, finding_id)).waiting_for
        if ends == "deny":
            assert (await lead.post(f"/requests/{subject}/deny", text="")).status_code == 422
            assert "Denied." in await sent(lead, f"/requests/{subject}/deny", text="no reason")
        else:
            assert (await lead.post(f"/requests/{subject}/withdraw")).status_code == 403
            assert "Taken back." in await sent(clerk, f"/requests/{subject}/withdraw")
    assert "Nothing waits for a second person." in await shown(lead, "/requests")
    assert refunds(bench).refunds == []


async def test_the_log_is_read_by_day(app: FastAPI, bench: Bench) -> None:
    """Days are whole, in UTC; one that is none is refused."""
    lead = await signed_in(bench, app, "finance_lead", name="Grace Lead")
    today = f"{bench.clock.now():%Y-%m-%d}"
    assert "staff invited" in await shown(lead, "/audit", since=today, until=today)
    assert "Nothing here." in await shown(lead, "/audit", until="2020-01-01")
    assert (await lead.get("/audit", since="yesterday")).status_code == 422
