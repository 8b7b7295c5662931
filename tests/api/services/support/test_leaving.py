"""Leaving takes what was said and by whom; a copy of one's data has one's cases, without what is for staff only."""

import json
from dataclasses import replace

import pytest

from api.domain.support.case import CaseEventKind, Channel
from api.services.accounts.erase import erase
from api.services.accounts.export_data import data_of_driver
from api.services.support.clocks import run_case_clocks
from api.services.support.files import add_file
from api.services.support.links import follow_url
from api.services.support.tell import tell_cases
from tests.bench import Bench
from tests.builders import a_driver
from tests.cases import AGENT, a_case, staff_does

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
EVERYWHERE = (
    "SELECT row_to_json(t)::text FROM support_case t UNION ALL SELECT row_to_json(t)::text FROM support_case_event t"
    " UNION ALL SELECT row_to_json(t)::text FROM support_mail t UNION ALL"
    " SELECT row_to_json(t)::text FROM inbound_mail t UNION ALL SELECT name FROM support_attachment"
)


async def two_cases(bench: Bench) -> list[str]:
    """Open a case in the app and one by the form, of the same person, and let staff work on both."""
    policy = replace(bench.ports.policy, operator_mails={"DE-CPO": "help@cpo.example"})
    bench.ports = replace(bench.ports, policy=policy)
    driver = await a_driver(bench, email="eve@example.com", name="Eve Holm")
    ids = []
    for who in ({"driver": driver, "channel": Channel.APP}, {}):
        case = await a_case(bench.work, bench.ports, **who)
        ids.append(case.id)
        async with bench.work() as db:
            now = bench.clock.now()
            await add_file(db=db, ports=bench.ports, now=now, case_id=case.id, name="holm.png", content=PNG)
        await staff_does(bench.work, bench.ports, case.id, CaseEventKind.TO_CUSTOMER, "Dear Eve Holm")
        await staff_does(bench.work, bench.ports, case.id, CaseEventKind.NOTE, "Eve Holm is upset")
        await staff_does(bench.work, bench.ports, case.id, CaseEventKind.WORK, "Changed the cable")
    await tell_cases(work=bench.work, ports=bench.ports, now=bench.clock.now())
    return ids


@pytest.mark.capability("L7", "CN14")
async def test_a_copy_of_ones_data_has_ones_cases(bench: Bench) -> None:
    """What was said on both sides, and which files; no note, no name of staff, nobody else's case."""
    mine, _ = await two_cases(bench)
    async with bench.work() as db:
        data = await data_of_driver(db=db, driver_id="drv_1")
    assert [each["id"] for each in data["support_case"]] == [mine]
    assert {each["kind"] for each in data["support_case_event"]} == {"opened", "document", "to_customer", "work"}
    assert [each["name"] for each in data["support_attachment"]] == ["holm.png"]
    whole = json.dumps(data, default=str)
    assert [word for word in ("upset", AGENT, "link_hash") if word in whole] == []


@pytest.mark.capability("L7")
async def test_erasure_takes_what_was_said_and_leaves_what_was_done(bench: Bench) -> None:
    """Name, addresses, words, files and mails go, with every link; kinds, moments and work at the site stay.

    What was left open is closed. A case under the same address without the account goes the same way.
    """
    ids = await two_cases(bench)
    stranger = await a_case(bench.work, bench.ports, given={"email": "other@example.com", "name": "Other Person"})
    before = await bench.rows("SELECT id, case_id, kind, at, public FROM support_case_event ORDER BY id")
    await bench.rows("UPDATE driver SET closing_at = :now WHERE id = 'drv_1' RETURNING id", now=bench.clock.now())
    assert await erase(work=bench.work, ports=bench.ports, driver_id="drv_1")
    rows = [row[0] for row in await bench.rows(EVERYWHERE)]
    left = "\n".join(each for each in rows if "Other Person" not in each and stranger.id not in each)
    assert [word for word in ("Holm", "holm", "eve@", "It stopped", "Dear", "upset") if word in left] == []
    assert "Changed the cable" in left
    assert await bench.rows("SELECT id, case_id, kind, at, public FROM support_case_event ORDER BY id") == before
    assert await bench.value("SELECT count(*) FROM support_case WHERE link_hash IS NULL") == len(ids)
    await run_case_clocks(work=bench.work, now=bench.clock.now())
    assert await bench.value("SELECT state FROM support_case WHERE driver_id = 'drv_1'") == "closed"
    async with bench.work() as db:
        assert follow_url(bench.ports.policy, await db.get_one(type(stranger), stranger.id))
