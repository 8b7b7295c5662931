"""Help over the app API: public, in the reader's language, kept on the way, with votes of everybody."""

import httpx
import pytest

from api.domain.errors import Conflict
from api.domain.support.help_links import ARTICLE_OF_ERROR
from api.routes.app.help_articles import KEPT_S
from api.services.knowledge.load import load_articles, own_articles
from api.services.knowledge.readings import VOTES_OF_ONE_CALLER
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.test_problems import broken, checked
from tests.api.services.knowledge.test_knowledge import edited, published

HELP = "/v1/help/articles"


@pytest.fixture(autouse=True)
async def loaded(app: App) -> None:
    """Load our own articles."""
    async with app.work() as db:
        await load_articles(db=db, now=app.clock.now(), articles=own_articles())


@pytest.mark.capability("CK05")
async def test_articles_come_by_phase_with_three_on_top(anyone: httpx.AsyncClient) -> None:
    """Nobody signs in for help; owners have articles of their own; words and topic narrow."""
    shown = (await anyone.get(HELP, params={"phase": "during"})).json()["articles"]
    assert [each["pinned"] for each in shown[:4]] == [1, 2, 3, None]
    assert {each["phase"] for each in shown} == {"during"}
    every = (await anyone.get(HELP)).json()["articles"]
    assert [each["phase"] for each in every] == sorted(
        (each["phase"] for each in every), key="before during after".index
    )
    owners = (await anyone.get(HELP, params={"audience": "owner"})).json()["articles"]
    assert [each["slug"] for each in owners] == ["chargers-at-your-site"]
    searched = (await anyone.get(HELP, params={"q": "cable stuck", "topic": "cable"})).json()["articles"]
    assert searched[0]["slug"] == "stuck-cable"
    assert searched[0]["page_url"].endswith("/help/articles/stuck-cable")


@pytest.mark.capability("CP14")
@pytest.mark.parametrize(
    ("accepted", "language"), [("nb", "nb"), ("no-NO, en", "nb"), ("nn", "nb"), ("da, sv;q=0.8", "sv"), ("pl", "en")]
)
async def test_the_language_is_the_readers_or_english(anyone: httpx.AsyncClient, accepted: str, language: str) -> None:
    """The header decides, ``Content-Language`` tells what came of it, and caches keep languages apart."""
    for url in (HELP, f"{HELP}/why-a-hold", "/v1/help/codes/timeout", "/v1/help/topics"):
        answer = await anyone.get(url, headers={"Accept-Language": accepted})
        assert answer.headers["content-language"] == language, url
        assert "Accept-Language" in answer.headers["vary"]
    assert (await anyone.get(f"{HELP}/why-a-hold", params={"language": "fr"})).headers["content-language"] == "fr"


@pytest.mark.capability("EP09", "CK05")
async def test_an_article_ends_with_whom_to_turn_to(anyone: httpx.AsyncClient) -> None:
    """The operator is always first, and who can put this topic right is said in a sentence."""
    billing = (await anyone.get(f"{HELP}/dispute-an-amount")).json()
    hardware = (await anyone.get(f"{HELP}/stuck-cable")).json()
    for article, answers in ((billing, "us"), (hardware, "operator")):
        assert [each["who"] for each in article["turn_to"]] == ["operator", "us"]
        assert [each["who"] for each in article["turn_to"] if each["answers_for_this"]] == [answers]
        assert article["answers"] == answers
    assert billing["responsibility"].startswith("This is ours")
    assert [each["kind"] for each in hardware["blocks"]] == ["paragraph", "steps", "paragraph"]


@pytest.mark.capability("EP13")
async def test_the_etag_changes_with_the_revision(app: App, anyone: httpx.AsyncClient) -> None:
    """What the app has is confirmed until the next revision; both stay readable, with author and times."""
    url = f"{HELP}/stuck-cable"
    first = await anyone.get(url)
    assert first.headers["cache-control"] == f"public, max-age={KEPT_S}"
    known = {"If-None-Match": first.headers["etag"]}
    await edited(app.work, "stuck-cable", "Do not pull")
    again = await anyone.get(url, headers=known)
    assert (again.status_code, again.headers["etag"]) == (304, first.headers["etag"])
    await published(app.work, "stuck-cable")
    new = await anyone.get(url, headers=known)
    assert (new.status_code, new.json()["revision"], new.json()["author"]) == (200, 2, "Ada Clerk")
    assert new.headers["etag"] != first.headers["etag"]
    history = (await anyone.get(f"{url}/revisions")).json()["revisions"]
    assert [(each["revision"], each["author"]) for each in history] == [(2, "Ada Clerk"), (1, "Chargehand")]
    assert (await anyone.get(history[1]["url"])).json()["title"] == first.json()["title"]
    assert {"created_at", "updated_at"} <= history[0].keys()
    checked(await anyone.get(f"{url}/revisions/3"), 404, "unknown-revision")
    checked(await anyone.get(f"{HELP}/no-such"), 404, "unknown-article")


@pytest.mark.capability("CM28", "CK05")
async def test_everybody_votes_once_an_article(app: App, anyone: httpx.AsyncClient, ada: Someone) -> None:
    """A driver by account, an app without one by its key; the last word counts, and a flood is stopped."""
    url, key = f"{HELP}/why-a-hold/vote", {"Visitor-Key": "0123456789abcdef"}
    assert (await anyone.put(f"{HELP}/why-a-hold/opening", headers=key)).status_code == 204
    for solved in (False, True):
        assert (await ada.http.put(url, json={"solved": solved})).json() == {"solved": solved, "score": None}
        assert (await anyone.put(url, json={"solved": solved, "score": 4}, headers=key)).status_code == 200
    async with app.work() as db:
        query = await (await db.connection()).exec_driver_sql("SELECT reader, solved, score FROM article_reading")
        rows = {row.reader.split(":")[0]: (row.solved, row.score) for row in query}
    assert rows == {"driver": (True, None), "visitor": (True, 4)}
    checked(await anyone.put(url, json={"solved": True, "score": 6}), 422, "invalid-request")
    checked(await anyone.put(url, json={"solved": True}, headers={"Visitor-Key": "short"}), 422, "invalid-request")
    for _ in range(VOTES_OF_ONE_CALLER):
        last = await anyone.put(url, json={"solved": True})
    checked(last, 429, "too-many-attempts")
    assert int(last.headers["retry-after"]) > 0


@pytest.mark.capability("EP03")
async def test_a_wallet_too_low_leads_to_its_article(app: App, anyone: httpx.AsyncClient) -> None:
    """The problem names the page that explains the minimum; what has no article names none."""
    broken(app, Conflict("wallet_too_low", minimum=5000))
    problem = (await anyone.get("/v1/broken")).json()
    assert problem["help"] == f"http://app.test/help/articles/{ARTICLE_OF_ERROR['wallet_too_low']}"
    assert "help" not in (await anyone.get(f"{HELP}/no-such")).json()


@pytest.mark.capability("CN26")
async def test_a_code_is_explained_with_the_version_of_the_table(anyone: httpx.AsyncClient) -> None:
    """Meaning, cause and action in the reader's language; a code of several lists is told for each."""
    answer = await anyone.get("/v1/help/codes/EVSE_OCCUPIED", headers={"Accept-Language": "de"})
    shown = answer.json()
    assert (shown["version"], shown["changed_on"]) == (1, "2026-03-02")
    (meaning,) = shown["meanings"]
    assert (meaning["kind"], meaning["cause"]) == ("command_result", "driver")
    assert meaning["meaning"].startswith("Die Ladesäule")
    assert (await anyone.get("/v1/help/codes/ConnectorLockFailure")).json()["meanings"][0]["kind"] == "charger_error"
    both = (await anyone.get("/v1/help/codes/timeout")).json()["meanings"]
    assert [each["kind"] for each in both] == ["charge_failure", "command_result"]
    one = (await anyone.get("/v1/help/codes/timeout", params={"kind": "command_result"})).json()["meanings"]
    assert [each["kind"] for each in one] == ["command_result"]
    known = {"If-None-Match": answer.headers["etag"], "Accept-Language": "de"}
    assert (await anyone.get("/v1/help/codes/EVSE_OCCUPIED", headers=known)).status_code == 304
    assert checked(await anyone.get("/v1/help/codes/E42"), 404, "unknown-code")["facts"]["version"] == 1


@pytest.mark.capability("CP13")
async def test_topics_name_their_queue_and_articles(anyone: httpx.AsyncClient) -> None:
    """An app that asks what it is about leads straight to what to read; a case knows where it waits."""
    topics = {each["topic"]: each for each in (await anyone.get("/v1/help/topics")).json()["topics"]}
    assert topics["wallet"]["articles"] == ["wallet-minimum"]
    assert (topics["dispute"]["queue"], topics["charging_session"]["queue"]) == ("complaints", "drivers")
