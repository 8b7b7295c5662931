"""What pages say of letters to partners, and of the chain over the log of staff."""

from fastapi import FastAPI

from api.models.afterwards import StaffLogCheck
from api.services.reconciliation.audit_check import check_log
from api.services.reconciliation.partner_letters import set_contact
from tests.api.routes.console.test_findings_pages import sent, shown
from tests.api.services.charging.given_back import paid
from tests.api.services.reconciliation.findings_hands import a_finding
from tests.bench import Bench
from tests.staff import signed_in


async def test_a_letter_says_whether_it_is_mailed_or_up_to_people(app: FastAPI, bench: Bench) -> None:
    """Without an address on file the page says so, before and after; else it says where it goes and went."""
    charge = await paid(bench)
    clerk = await signed_in(bench, app, "finance_clerk")
    first = await a_finding(bench, subject="prt_1/DE/CPO/CDR1", charge=charge)
    assert "No address of this partner is on file" in await shown(clerk, f"/findings/{first}")
    assert "send it by hand. The finding waits" in await sent(
        clerk, f"/findings/{first}/act/dispute_cdr", text="Too much."
    )
    async with bench.work() as db:
        await set_contact(db=db, partner_id="prt_1", email="billing@cpo.example")
    second = await a_finding(bench, subject="prt_1/DE/CPO/CDR2", charge=charge)
    assert "Mails this to billing@cpo.example" in await shown(clerk, f"/findings/{second}")
    page = await sent(clerk, f"/findings/{second}/act/dispute_cdr", text="Too much.")
    assert "The letter is on its way." in page
    await bench.drain()
    page = await shown(clerk, f"/findings/{second}")
    assert 'to billing@cpo.example by Ada Clerk <span class="tag good">sent</span>' in page


async def test_the_log_says_whether_its_chain_holds(app: FastAPI, bench: Bench) -> None:
    """Not looked at yet, whole with its newest link, broken at a link, or cut off."""
    auditor = await signed_in(bench, app, "auditor")
    assert "not verified yet" in await shown(auditor, "/audit")
    proof = await check_log(work=bench.work, now=bench.clock.now())
    page = await shown(auditor, "/audit")
    assert '<span class="tag good">whole</span> 1 entry, verified <time>2026-03-02 09:00</time>' in page
    assert proof.head[:16] in page
    for found, words in (([7], "broken at link 7"), ([], "cut off")):
        async with bench.work() as db:
            db.add(StaffLogCheck(at=bench.clock.now(), sealed=9, head="x", broken=found, cut_off=True))
        assert f'<span class="tag breach">{words}</span>' in await shown(auditor, "/audit")
