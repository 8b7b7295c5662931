"""Help in a browser without an account: by phase, found by words, in the reader's language, with one vote a day."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork
from api.domain.support.topics import Phase
from api.factory import create_app
from api.routes.help.words import NAMES, WORDS
from api.services.knowledge.load import load_articles, own_articles
from api.services.knowledge.readings import OPENINGS_OF_ONE_CALLER, VOTES_OF_ONE_CALLER, openings_by
from api.settings import Settings
from tests.api.services.knowledge.test_knowledge import edited, published
from tests.fakes import START, FakeClock, fake_ports

BASE = "http://app.test"


@pytest.fixture
def clock() -> FakeClock:
    """Return the time."""
    return FakeClock()


@pytest.fixture
async def http(engine: AsyncEngine, work: UnitOfWork, clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a browser, with our own articles loaded."""
    async with work() as db:
        await load_articles(db=db, now=START, articles=own_articles())
    app: FastAPI = create_app(Settings(public_url=BASE), fake_ports(clock=clock), engine)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers={"User-Agent": "Phone"}) as client:
        yield client


async def readings(work: UnitOfWork) -> list[tuple[str, bool | None]]:
    """Return what was made of articles."""
    async with work() as db:
        rows = await (await db.connection()).exec_driver_sql(
            "SELECT slug, solved FROM article_reading ORDER BY slug, reader"
        )
        return [(row.slug, row.solved) for row in rows]


def test_the_words_are_whole_in_every_language() -> None:
    """Every language has every word, none of them left in English."""
    assert set(WORDS) == set(NAMES)
    for language, words in WORDS.items():
        assert set(words) == set(WORDS["en"])
        assert language == "en" or sum(words[each] == WORDS["en"][each] for each in words) == 0, language
    assert {str(phase) for phase in Phase} <= set(WORDS["en"])


@pytest.mark.capability("CK05", "CP14")
async def test_help_is_read_and_searched_without_an_account(http: httpx.AsyncClient) -> None:
    """Three on top of each phase, in the browser's language or the one switched to; words find; nothing is kept."""
    shown = await http.get("/help/", headers={"Accept-Language": "nb-NO"})
    assert (shown.status_code, shown.headers["content-language"]) == (200, "nb")
    assert shown.text.index("Før lading") < shown.text.index("Under lading") < shown.text.index("Etter lading")
    assert shown.text.count('<ul class="articles">') == 3
    found = await http.get("/help/", params={"q": "Kabel steckt", "lang": "de"})
    assert "/help/articles/stuck-cable?lang=de" in found.text
    assert WORDS["de"]["nothing"] in (await http.get("/help/", params={"q": "xyzzyplugh\0<b>", "lang": "de"})).text
    assert "set-cookie" not in shown.headers
    assert "script" not in shown.headers["content-security-policy"].replace("default-src 'none'", "")
    missing = await http.get("/help/articles/no-such")
    assert (missing.status_code, WORDS["en"]["missing_title"] in missing.text) == (404, True)


@pytest.mark.capability("CP14", "EP13", "EP09")
async def test_an_article_tells_its_revision_and_whom_to_ask_first(http: httpx.AsyncClient, work: UnitOfWork) -> None:
    """The operator comes before us; a text without a translation says so in the reader's language."""
    shown = (await http.get("/help/articles/stuck-cable", params={"lang": "sv"})).text
    assert shown.index(WORDS["sv"]["ask_operator"]) < shown.index("/help/contact?article=stuck-cable")
    assert "Version 1" in shown
    await edited(work, "stuck-cable", "<script>alert(1)</script>", "sv")
    await published(work, "stuck-cable")
    changed = (await http.get("/help/articles/stuck-cable", params={"lang": "sv"})).text
    assert "Version 2" in changed
    assert "<script>" not in changed


@pytest.mark.capability("CK05", "CM28")
async def test_a_stranger_votes_once_and_may_change_it(
    http: httpx.AsyncClient, work: UnitOfWork, clock: FakeClock
) -> None:
    """Reading counts once, the vote of a button once; another site cannot vote, and a flood is stopped."""
    page, url = "/help/articles/why-a-hold", "/help/articles/why-a-hold/vote"
    for _ in range(2):
        assert 'aria-pressed="true"' not in (await http.get(page)).text
    assert await readings(work) == [("why-a-hold", None)]
    for said, words in (("no", WORDS["en"]["sorry"]), ("yes", WORDS["en"]["glad"])):
        sent = await http.post(url, data={"solved": said})
        assert (sent.status_code, sent.headers["location"]) == (303, f"{page}?lang=en#vote")
        assert words in (await http.get(sent.headers["location"])).text
    assert await readings(work) == [("why-a-hold", True)]
    foreign = await http.post(url, data={"solved": "no"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert (await http.post(url, data={"solved": "perhaps"})).status_code == 422
    for _ in range(VOTES_OF_ONE_CALLER):
        last = await http.post(url, data={"solved": "no"})
    assert (last.status_code, int(last.headers["retry-after"]) > 0) == (429, True)


async def test_help_is_shown_beyond_what_is_counted(http: httpx.AsyncClient, work: UnitOfWork) -> None:
    """However many read from one network, everybody gets the article; the figures are not flooded."""
    key = openings_by("127.0.0.1")[0].key(fake_ports().policy)
    async with work() as db:
        await (await db.connection()).exec_driver_sql(
            f"INSERT INTO attempt_count VALUES ('{key}', {OPENINGS_OF_ONE_CALLER}, '2100-01-01')"  # noqa: S608 - our own
        )
    assert (await http.get("/help/articles/why-a-hold")).status_code == 200
    assert await readings(work) == []
