"""Writing articles in the console: begun, written in five languages, published, changed by two, taken back."""

import re

import pytest
from fastapi import FastAPI

from api.domain.language import LANGUAGES
from api.services.knowledge.load import load_articles, own_articles
from api.services.knowledge.read import UnknownArticle, article_of
from tests.bench import Bench
from tests.staff import Browser, signed_in


@pytest.fixture
async def ada(app: FastAPI, bench: Bench) -> Browser:
    """Return somebody who writes articles, with our own ones loaded."""
    async with bench.work() as db:
        await load_articles(db=db, now=bench.clock.now(), articles=own_articles())
    return await signed_in(bench, app, "support_2")


async def state(browser: Browser, slug: str) -> str:
    """Return what the forms of an article's page carry."""
    found = re.search(r'name="state" value="([^"]+)"', (await browser.get(f"/articles/{slug}")).text)
    assert found
    return found[1]


async def title(bench: Bench, slug: str, language: str) -> str:
    """Return what readers see."""
    async with bench.work() as db:
        return (await article_of(db=db, slug=slug, language=language)).title


@pytest.mark.capability("EP13", "CK05")
async def test_an_article_is_written_and_published(bench: Bench, ada: Browser) -> None:
    """In five languages with a preview, as a draft first; the longest text allowed fits into a form."""
    place = {"phase": "after", "topic": "receipt", "audience": "driver"}
    begun = await ada.post("/articles", slug="tax-on-receipts", **place)
    assert begun.headers["location"] == "/console/articles/tax-on-receipts"
    for language in LANGUAGES:
        words = {"title": f"Steuer {language} <i>", "summary": "Kurz.", "body": "- eins\n- zwei\n\n" + "ö" * 3980}
        saved = await ada.post(
            f"/articles/tax-on-receipts/text/{language}", state=await state(ada, "tax-on-receipts"), **words
        )
        assert saved.status_code == 303, saved.text
    shown = (await ada.get("/articles/tax-on-receipts")).text
    assert shown.count("<ul><li>eins</li><li>zwei</li></ul>") == len(LANGUAGES)
    assert "<i>" not in shown
    with pytest.raises(UnknownArticle):
        await title(bench, "tax-on-receipts", "de")
    answer = await ada.post("/articles/tax-on-receipts/publish", state=await state(ada, "tax-on-receipts"))
    assert answer.headers["location"].endswith("told=published")
    assert await title(bench, "tax-on-receipts", "nb") == "Steuer nb <i>"
    listed = (await ada.get("/articles")).text
    assert "Steuer en" in listed
    await ada.post("/articles/tax-on-receipts/withdraw", state=await state(ada, "tax-on-receipts"))
    with pytest.raises(UnknownArticle):
        await title(bench, "tax-on-receipts", "en")


async def test_what_cannot_be_done_is_said_and_changes_nothing(bench: Bench, ada: Browser) -> None:
    """A stale form, a place that is taken, a text without a title, an unreadable place or name, no such article."""
    words = {"title": "A", "summary": "B", "body": "C"}
    old = await state(ada, "stuck-cable")
    assert (await ada.post("/articles/stuck-cable/text/en", state=old, **words)).status_code == 303
    late = await ada.post("/articles/stuck-cable/text/en", state=old, **words)
    assert (late.status_code, "Somebody changed the article" in late.text) == (409, True)
    at = {"state": await state(ada, "stuck-cable"), "phase": "during", "topic": "cable", "audience": "driver"}
    assert (await ada.post("/articles/stuck-cable/position", **at, pinned="1")).status_code == 303
    taken = await ada.post("/articles/stuck-cable/publish", state=await state(ada, "stuck-cable"))
    assert (taken.status_code, "charge-does-not-start is on top" in taken.text) == (409, True)
    assert (await ada.post("/articles/stuck-cable/position", **(at | {"phase": "never"}))).status_code == 422
    now = await state(ada, "stuck-cable")
    assert (await ada.post("/articles/stuck-cable/text/en", state=now, **(words | {"title": " "}))).status_code == 422
    assert (await ada.post("/articles/stuck-cable/text/xx", state=now, **words)).status_code == 422
    assert (await ada.post("/articles", slug="Not A Name", **at)).status_code == 422
    assert (await ada.get("/articles/no-such")).status_code == 404
    assert (await ada.get("/articles/stuck-cable", number=9)).status_code == 404
    older = (await ada.get("/articles/stuck-cable", number=1)).text
    assert ("older revision" in older, 'name="body"' in older) == (True, False)
    assert await title(bench, "stuck-cable", "en") == "The cable is stuck"
