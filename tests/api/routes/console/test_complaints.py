"""Pages of complaints: what is known, and a decision that only who may decide takes."""

from fastapi import FastAPI

from api.domain.support.complaint import Cause
from api.services.support.complaint_decide import follow_second_persons
from tests.api.services.charging.given_back import paid, refunds
from tests.bench import Bench
from tests.complaints import complain, ruling_of, stored
from tests.staff import signed_in


async def test_a_person_reads_and_decides(app: FastAPI, bench: Bench) -> None:
    """Evidence, findings and proposal are on one page; above one's limit a second person approves."""
    charge = await paid(bench)
    complaint = await complain(bench, charge, Cause.TOO_LONG, expected_minor=1500)
    await bench.drain()

    first = await signed_in(bench, app, "support_1", name="Pat First")
    listed, shown = await first.get("/complaints"), await first.get(f"/complaints/{complaint.id}")
    assert complaint.id in listed.text
    assert "intact" in shown.text
    assert "price as agreed" in shown.text
    wish = {"ruling": "partial", "amount": "8.80", "reason": "charger_fault", "text": "Sorry."}
    assert (await first.post(f"/complaints/{complaint.id}/decide", **wish)).status_code == 403

    second = await signed_in(bench, app, "support_2", name="Sam Second")
    done = await second.post(f"/complaints/{complaint.id}/decide", **wish)
    assert done.headers["location"].endswith("told=waits"), "the second level decides nothing alone"
    assert (await stored(bench, complaint)).state == "approval"

    lead = await signed_in(bench, app, "finance_lead", name="Lea Lead")
    credit_id = ((await stored(bench, complaint)).pending or {})["credit_id"]
    assert (await lead.post(f"/requests/{credit_id}/approve")).status_code == 303
    await follow_second_persons(work=bench.work, ports=bench.ports)
    await bench.drain()
    ruling = await ruling_of(bench, complaint)
    assert ruling is not None
    assert (ruling.by, ruling.granted_minor) == ("Sam Second", 880)
    assert [one.amount.minor for one in refunds(bench).refunds] == [880]


async def test_what_does_not_fit_together_is_refused(app: FastAPI, bench: Bench) -> None:
    """A part without an amount and a decision without words change nothing; nor does one about nothing."""
    complaint = await complain(bench, await paid(bench), Cause.TOO_LONG, expected_minor=1500)
    await bench.drain()
    lead = await signed_in(bench, app, "finance_lead")
    for wish in (
        {"ruling": "partial", "amount": "", "reason": "goodwill", "text": "x"},
        {"ruling": "none", "none_reason": "other", "text": " "},
        {"ruling": "all", "reason": "goodwill", "text": "x"},
    ):
        assert (await lead.post(f"/complaints/{complaint.id}/decide", **wish)).status_code == 422
    assert (await lead.get("/complaints/cpl_none")).status_code == 404
    assert (await stored(bench, complaint)).state == "with_agent"
