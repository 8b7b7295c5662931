"""The directory on pages: what is doubtful stands out, an entry is changed with a reason, its past is kept."""

from fastapi import FastAPI

from tests.api.services.directory.lists import PAGE, take_in
from tests.bench import Bench
from tests.staff import signed_in

FIELDS = {
    "toll": "national",
    "zone": "Europe/Amsterdam",
    "hours": "mon-fri 08:00-18:00 nl\notherwise en",
    "product": "",
}


async def test_a_doubtful_entry_is_settled_with_a_reason(app: FastAPI, bench: Bench) -> None:
    """From the report of the import to the entry, once: a second form of the same page is refused."""
    done = await take_in(bench, PAGE, "page", "page")
    agent = await signed_in(bench, app, "support_2")
    listed = (await agent.get("/directory", doubts="1")).text
    assert "+31205550321" in listed
    assert "+18005550177" in listed  # a part of its hours could not be read
    assert "+4722550321" not in (await agent.get("/directory", country="NL")).text
    report = (await agent.get(f"/directory/imports/{done.id}")).text
    assert "+47 800 55 9" in report
    assert "language doubtful" in report
    (entry_id,) = [row[0] for row in await bench.rows(
        "SELECT e.id FROM directory_entry e JOIN contact_number n ON n.id = e.number_id WHERE n.e164 = '+31205550321'"
    )]  # fmt: skip
    shown = (await agent.get(f"/directory/{entry_id}")).text
    assert "+31 (20) 555 0321 (tysk)" in shown
    form = FIELDS | {"revision": "1", "reason": "Called: they speak Dutch."}
    assert (await agent.post(f"/directory/{entry_id}", **form)).status_code == 303
    after = (await agent.get(f"/directory/{entry_id}")).text
    assert "mon-fri 08:00-18:00 nl; otherwise en" in after
    assert "Called: they speak Dutch." in after
    assert "language doubtful" not in after
    assert (await agent.post(f"/directory/{entry_id}", **form)).status_code == 409
    await agent.post(f"/directory/{entry_id}/withdraw", revision="2", reason="Gone")
    assert "withdrawn" in (await agent.get("/directory", country="NL")).text


async def test_a_form_with_mistakes_changes_nothing(app: FastAPI, bench: Bench) -> None:
    """Hours, costs and the reason are looked at; who only reads has no form."""
    await take_in(bench, PAGE, "page", "page")
    agent = await signed_in(bench, app, "support_2")
    entry_id = await bench.value("SELECT id FROM directory_entry ORDER BY row LIMIT 1")
    good = FIELDS | {"revision": "1", "reason": "Why not"}
    for wrong in ({"hours": "always"}, {"toll": "cheap"}, {"zone": "Mars"}, {"reason": " "}, {"revision": "x"}):
        assert (await agent.post(f"/directory/{entry_id}", **(good | wrong))).status_code in {409, 422}, wrong
    assert await bench.rows("SELECT 1 FROM directory_entry WHERE revision > 1") == []
    reader = await signed_in(bench, app, "auditor", name="Rea Der")
    assert 'name="reason"' not in (await reader.get(f"/directory/{entry_id}")).text
    assert (await agent.get("/directory/dir_x")).status_code == 404
    assert (await agent.get("/directory", region="mars")).status_code == 422
