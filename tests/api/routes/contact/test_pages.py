"""Help without a sign-in: the form, its bounds, and a case that only its link opens."""

import re
from typing import Any

import httpx
import pytest

from api.domain.support.case import CaseEventKind
from api.services.support.links import follow_url, form_url
from tests.api.routes.contact.conftest import PAGES
from tests.bench import Bench
from tests.cases import AGENT, a_case, staff_does
from tests.charges import a_charge

FORM = "/help/contact/"
GIVEN = {"kind": "driver", "topic": "other", "description": "It <b>hurts</b>", "email": "eve@example.com"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\r\n--x\r\n" + bytes(50)


async def send(eve: httpx.AsyncClient, *, file: bytes | None = None, **fields: str) -> httpx.Response:
    """Send the form as a browser does."""
    shown = await eve.get(FORM)
    token = re.search(r'name="token" value="([^"]+)"', shown.text)
    assert token is not None
    files: dict[str, Any] = {"file": ("x.png", file or b"", "image/png")}
    return await eve.post(FORM, data={"token": token[1]} | GIVEN | fields, files=files)


async def followed(eve: httpx.AsyncClient, sent: httpx.Response) -> str:
    """Return the path of the link that follows what was sent."""
    assert sent.status_code == 200, sent.text
    link = re.search(r'id="follow" href="([^"]+)"', sent.text)
    assert link is not None
    return link[1].removeprefix(PAGES)


@pytest.mark.capability("CK31", "CN02")
async def test_the_form_works_without_signing_in(stand: Bench, eve: httpx.AsyncClient) -> None:
    """A number and a link that follows the case, with the screenshot in it; sent twice it is one case."""
    redirected = await eve.get("/help/contact?kind=owner")
    assert redirected.headers["location"] == "/help/contact/?kind=owner"
    sent = await send(eve, file=PNG)
    number = await stand.value("SELECT number FROM support_case")
    assert number in sent.text
    path = await followed(eve, sent)
    shown = await eve.get(path)
    assert "It &lt;b&gt;hurts&lt;/b&gt;" in shown.text
    file = re.search(r'href="([^"]+/files/[^"]+)" download>x.png', shown.text)
    assert file is not None
    got = await eve.get(file[1])
    assert got.content == PNG
    assert got.headers["content-disposition"].startswith("attachment")
    assert (got.headers["x-content-type-options"], "sandbox" in got.headers["content-security-policy"]) == (
        "nosniff",
        True,
    )
    token = re.search(r'name="token" value="([^"]+)"', (await eve.get(FORM)).text)
    assert token is not None
    both = [await eve.post(FORM, data=GIVEN | {"token": token[1]}) for _ in range(2)]
    assert await followed(eve, both[0]) == await followed(eve, both[1])
    other = await eve.post(FORM, data=GIVEN | {"token": token[1], "email": "mallory@example.com"})
    assert await followed(eve, other) != await followed(eve, both[0])
    assert await stand.value("SELECT count(*) FROM support_case") == 3


@pytest.mark.capability("CP12", "CN03", "CK31")
async def test_what_is_missing_is_named_and_nothing_is_lost(stand: Bench, eve: httpx.AsyncClient) -> None:
    """Each field that lacks something is linked, what was typed stays, and a bad file opens nothing."""
    sent = await send(eve, kind="owner", topic="site_fault", email="nonsense", name="Ole & Co")
    assert sent.status_code == 422
    assert set(re.findall(r'<li><a href="#(\w+)">', sent.text)) == {"site", "charger", "phone", "email"}
    assert 'value="Ole &amp; Co"' in sent.text
    assert (await send(eve, file=b"<html>")).status_code == 422
    assert (await send(eve, topic="fleet")).status_code == 422
    assert await stand.value("SELECT count(*) FROM support_case") == 0


@pytest.mark.capability("CK31")
async def test_robots_and_floods_get_nowhere(stand: Bench, eve: httpx.AsyncClient) -> None:
    """Who fills in what nobody sees opens nothing; one address opens five an hour; another site sends nothing."""
    assert "C" not in re.findall(r'id="number"', (await send(eve, website="http://spam.example")).text)
    assert await stand.value("SELECT count(*) FROM support_case") == 0
    for _ in range(5):
        assert (await send(eve)).status_code == 200
    refused = await send(eve)
    assert (refused.status_code, int(refused.headers["retry-after"]) > 3000) == (429, True)
    foreign = await eve.post(FORM, data=GIVEN, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    for body in (b"--x\r\n\r\n", b"\xff", b""):
        broken = await eve.post(FORM, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert broken.status_code == 422


@pytest.mark.capability("CK31")
async def test_a_signed_link_fills_the_form_in(stand: Bench, eve: httpx.AsyncClient) -> None:
    """The charge's charger and day are there; a link that somebody made up, or that is old, fills in nothing."""
    charge = await a_charge(stand)
    link = form_url(stand.ports.policy, charge.id, stand.clock.now()).removeprefix(PAGES)
    assert 'value="DE*CPO*EVSE1"' in (await eve.get(link)).text
    forged = link.replace(charge.id, "chs_other")
    assert 'value="DE*CPO*EVSE1"' not in (await eve.get(forged)).text
    token = link.partition("charge=")[2]
    sent = await send(eve, topic="charger", charge=token, charger="DE*CPO*EVSE1")
    await followed(eve, sent)
    assert await stand.rows("SELECT charging_session_id, driver_id FROM support_case") == [(charge.id, None)]
    stand.clock.advance(31 * 24 * 3600)
    assert 'value="DE*CPO*EVSE1"' not in (await eve.get(link)).text
    by_hand = await eve.get(FORM, params={"kind": "driver", "charger": '"><script>', "topic": "charger"})
    assert "&#34;&gt;&lt;script&gt;" in by_hand.text


@pytest.mark.capability("CN14", "CN16", "CN21")
async def test_a_customer_without_an_account_follows_and_decides(stand: Bench, eve: httpx.AsyncClient) -> None:
    """Reads what is public, answers, rejects, confirms, judges; never a note, never a name of staff."""
    path = await followed(eve, await send(eve))
    case_id = await stand.value("SELECT id FROM support_case")
    await staff_does(stand.work, stand.ports, case_id, CaseEventKind.NOTE, "Between us")
    await staff_does(stand.work, stand.ports, case_id, CaseEventKind.ASKED, "Which cable?")
    shown = (await eve.get(path)).text
    assert "Which cable?" in shown
    assert [word for word in ("Between us", AGENT) if word in shown] == []
    assert (await eve.post(f"{path}/reply", data={"text": "The long one"})).status_code == 303
    await staff_does(stand.work, stand.ports, case_id, CaseEventKind.RESOLVED, "Restarted.")

    async def decides(step: str) -> int:
        version = re.search(r'name="version" value="(\d+)"', (await eve.get(path)).text)
        assert version is not None
        answer = await eve.post(f"{path}/step", data={"step": step, "version": version[1], "text": "so"})
        return answer.status_code

    stale = await eve.post(f"{path}/step", data={"step": "confirm", "version": "1"})
    assert stale.status_code == 409
    assert await decides("reject") == 303
    await staff_does(stand.work, stand.ports, case_id, CaseEventKind.RESOLVED, "Now.")
    assert await decides("confirm") == 303
    assert (await eve.post(f"{path}/survey", data={"score": "9"})).status_code == 422
    assert (await eve.post(f"{path}/survey", data={"score": "5"})).status_code == 303
    assert (await eve.post(f"{path}/survey", data={"score": "1"})).status_code == 409
    assert await stand.rows("SELECT state, closed_as, reopened, survey_score FROM support_case") == [
        ("closed", "confirmed", 1, 5)
    ]


@pytest.mark.capability("CN14")
async def test_only_the_link_opens_a_case(stand: Bench, eve: httpx.AsyncClient) -> None:
    """Numbers, ids and guesses open nothing, nor does another case's link open its files; guessing is counted."""
    case, other = await a_case(stand.work, stand.ports), await a_case(stand.work, stand.ports)
    path = await followed(eve, await send(eve, file=PNG))
    file_id = await stand.value("SELECT id FROM support_attachment")
    other_secret = await stand.value("SELECT link_hash FROM support_case WHERE id = :id", id=other.id)
    for guess in (case.number, case.id, other_secret, "x" * 48, "ä", f"{path.rpartition('/')[2]}0"):
        answer = await eve.get(f"/help/contact/c/{guess}")
        assert answer.status_code == 404, guess
        assert case.number not in answer.text.replace(guess, "")
    theirs = (follow_url(stand.ports.policy, case) or "").removeprefix(PAGES)
    assert (await eve.get(theirs)).status_code == 200
    assert (await eve.get(f"{theirs}/files/{file_id}")).status_code == 404
    assert {(await eve.get(f"/help/contact/c/{number}")).status_code for number in range(120)} == {404, 429}


@pytest.mark.capability("CN31")
async def test_the_page_speaks_the_readers_language(eve: httpx.AsyncClient) -> None:
    """By the browser, switched by the reader with what the address says kept."""
    shown = await eve.get(FORM, params={"kind": "business"}, headers={"Accept-Language": "sv"})
    assert (shown.headers["content-language"], "Kontakta oss" in shown.text) == ("sv", True)
    assert 'href="/help/contact/?kind=business&amp;lang=de"' in shown.text
    assert (await eve.get(FORM, params={"lang": "de"})).headers["content-language"] == "de"
