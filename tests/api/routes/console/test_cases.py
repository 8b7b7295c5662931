"""The pages of cases: a call is taken, a case worked on, lists and report agree, and who only reads gets no forms."""

import csv
import io
import re

import pytest
from fastapi import FastAPI

from api.domain.account_number import make_account_number
from api.domain.support.billable import TEXT_VERSION, Consent
from api.routes.console.case_work import STEPS
from api.routes.console.cases_words import facts
from api.services.support.desk_steps import take_case
from api.services.support.help_answers import accept_help
from api.services.support.help_offers import all_offers_of_case
from api.services.support.open import Customer
from tests.api.routes.console.test_findings_pages import sent, shown
from tests.api.services.charging.given_back import paid
from tests.api.services.support.desk_hands import TWO, a_case, at_level, does, stored
from tests.api.services.support.test_desk_report import random_cases
from tests.bench import Bench
from tests.staff import signed_in
from tests.wallets import figures, top_up

CALL = {
    "topic": "driver/charger",
    "title": "Cable is stuck",
    "description": "Since <b>ten</b> minutes",
    "priority": "high",
    "waited": "40",
    "request_id": "req_1",
}


@pytest.mark.capability("CN02")
@pytest.mark.capability("CN08")
async def test_a_call_becomes_a_case_with_its_charge_beside_it(app: FastAPI, bench: Bench) -> None:
    """The account is looked up by its number, its charge chosen; the case's page tells what the charge did."""
    charge, number = await paid(bench), make_account_number(123456789)
    await bench.rows("UPDATE driver SET account_number = :number RETURNING 1", number=number)
    agent = await signed_in(bench, app, "support_1", name="Lena First")
    assert "check digit does not fit" in await shown(agent, "/cases/new", account="12345-67890")
    form = await shown(agent, "/cases/new", account=number.replace("-", ""))
    assert charge.id in form
    page = await sent(agent, "/cases/new", **CALL, account_number=number, charging_session_id=charge.id)
    await sent(agent, "/cases/new", **CALL, account_number=number)  # the same form, sent twice
    assert ("Since &lt;b&gt;ten&lt;/b&gt; minutes" in page, "What the charge did" in page) == (True, True)
    assert "Hold placed" in page or "Authorized" in page
    assert await bench.value("SELECT count(*) FROM support_case") == 1
    problem = await agent.post("/cases/new", **(CALL | {"request_id": "req_2"}), name="", phone="")
    assert (problem.status_code, "Since &lt;b&gt;ten&lt;/b&gt; minutes" in problem.text) == (422, True)


async def test_who_was_slower_keeps_what_was_typed(app: FastAPI, bench: Bench) -> None:
    """The page that was overtaken changes nothing, and shows the text so that it need not be typed again."""
    case = await a_case(bench)
    agent = await signed_in(bench, app, "support_1", name="Lena First")
    await does(bench, take_case, case.id, TWO)
    answer = await agent.post(f"/cases/{case.id}/do/answer", version=str(case.version), text="Dear Ada, it is mended")
    assert (answer.status_code, "Dear Ada, it is mended" in answer.text) == (409, True)
    page = await sent(agent, f"/cases/{case.id}/do/answer", version=str(case.version + 1), text="Dear Ada")
    assert "Dear Ada" in page
    for version in ("", "x", "9" * 12):
        assert (await agent.post(f"/cases/{case.id}/do/answer", version=version, text="x")).status_code == 409
    assert (await agent.post(f"/cases/{case.id}/do/dance", version="1")).status_code == 404


async def test_each_form_of_a_case_is_a_step(app: FastAPI, bench: Bench) -> None:
    """Every form leads to a step that there is; at the third level all steps but those of ended cases have one.

    Help at a price is off unless the installation sets one.
    """
    case = await at_level(bench, 3)
    agent = await signed_in(bench, app, "support_3", name="Tova Third")
    page = await shown(agent, f"/cases/{case.id}")
    offered = set(re.findall(r'(?:form)?action="/console/cases/\w+/do/([a-z-]+)"', page))
    assert offered <= set(STEPS)
    assert set(STEPS) - offered == {"confirm", "reopen", "escalate", "outside-answer", "visit-accept", "offer-help"}


@pytest.mark.capability("CN10")
async def test_who_only_reads_gets_no_forms(app: FastAPI, bench: Bench) -> None:
    """An auditor, and the first line above its level, read everything; the latter still notes and links."""
    case = await at_level(bench, 2)
    auditor = await signed_in(bench, app, "auditor", name="Audra")
    first = await signed_in(bench, app, "support_1", name="Lena First")
    for path in ("/cases", f"/cases/{case.id}", "/case-report", "/cases/feed", "/cases/site"):
        buttons = re.findall(r"<button[^>]*>([^<]+)</button>", await shown(auditor, path))
        assert set(buttons) <= {"Filter", "Show", "Sign out"}, path
    page = await shown(first, f"/cases/{case.id}")
    assert "it stayed dark" in page
    offered = set(re.findall(r'action="/console/cases/\w+/do/([a-z-]+)"', page))
    assert offered == {"said", "note", "link"}
    refused = await first.post(f"/cases/{case.id}/do/answer", version=str(case.version), text="Hello")
    assert refused.status_code == 403
    assert (await stored(bench, case.id)).version == case.version


@pytest.mark.capability("CN18")
async def test_the_report_the_list_and_the_files_agree(app: FastAPI, bench: Bench) -> None:
    """A figure of the report leads to a list of that many; the files hold what the pages show."""
    await random_cases(bench, 30)
    lead = await signed_in(bench, app, "auditor")
    report = await shown(lead, "/case-report")
    there = re.findall(r'<a href="(/console/cases\?[^"]+)">(\d+)</a>', report)
    assert len(there) > 15
    for address, count in there[::4]:
        page = (await lead.http.get(address.replace("&amp;", "&"))).text
        assert f'<h1>Cases <span class="tag">{count}</span>' in page, address
        file = await lead.http.get(address.replace("&amp;", "&").replace("/cases?", "/cases/export.csv?"))
        lines = list(csv.DictReader(io.StringIO(file.text)))
        assert [each["case"] for each in lines] == re.findall(r'class="id muted">(C[\d-]+)<', page)
    figures = (await lead.get("/case-report/all.csv")).text
    assert figures.startswith("by,name,cases,kept,broken,running")
    assert "@example.com" not in figures + report
    for path in ("/case-report/level.svg", "/case-report/month.svg?theme=dark"):
        assert (await lead.get(path)).text.startswith("<svg")
    for told in ({"state": "x"}, {"level": "9"}, {"after": "1|2"}, {"q": "x" * 201}):
        assert (await lead.get("/cases", **told)).status_code == 422


async def test_a_case_is_found_by_what_is_read_out(app: FastAPI, bench: Bench) -> None:
    """By its number in any spelling, its customer's address or name; not by who may not see cases."""
    case = await a_case(bench)
    agent = await signed_in(bench, app, "support_1")
    for typed in (case.number, case.number.lower().replace("-", " "), case.id, "ADA@example.com", "ada berg"):
        answer = await agent.get("/search", q=typed)
        assert answer.headers.get("location") == f"/console/cases/{case.id}", typed
    assert "/console/cases?state=all&q=berg" in (await agent.get("/search", q="berg")).text


@pytest.mark.capability("EP10")
async def test_paid_help_is_offered_and_given_back_on_the_page(app: FastAPI, bench: Bench) -> None:
    """With a price set the page offers help; once paid, who may move money gives it back there, and nobody else."""
    bench.ports.policy.help_prices["EUR"] = 1900
    await top_up(bench, 5000)
    case = await a_case(bench, customer=Customer(driver_id="drv_1", name="Ada Berg"))
    agent = await signed_in(bench, app, "support_1", name="Lena First")
    clerk = await signed_in(bench, app, "finance_clerk", name="Carl Clerk")
    told = {"version": str(case.version), "currency": "EUR", "text": "Free the cable"}
    assert "Help at a price" in await sent(agent, f"/cases/{case.id}/do/offer-help", **told)
    async with bench.work() as db:
        (offer,) = await all_offers_of_case(db=db, case_id=case.id)
        whose = {"driver_id": "drv_1", "case_id": case.id, "offer_id": offer.id}
        yes = Consent(1900, "EUR", TEXT_VERSION)
        await accept_help(db=db, ports=bench.ports, now=bench.clock.now(), consent=yes, **whose)
    path = f"/cases/{case.id}/help-offers/{offer.id}/refund"
    assert "Give paid help back" not in await shown(agent, f"/cases/{case.id}")
    assert (await agent.post(path, reason="Sorry")).status_code == 403
    assert path in await shown(clerk, f"/cases/{case.id}")
    await sent(clerk, path, reason="It was free when we came")
    assert await figures(bench) == (5000, 0, 5000)


def test_what_a_diagnosis_found_is_told_in_words() -> None:
    """An agent on the phone reads checks and steps, not how a program would write them."""
    checks = [{"name": "balance", "outcome": "wrong", "reason": None, "facts": {"balance": {"amount_minor": 1}}}]
    assert dict(facts({"checks": checks}))["checks"] == "name balance, outcome wrong, facts (balance (amount minor 1))"
