"""Articles over their life: loaded, edited, published, found, voted on, and counted."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from api.db import UnitOfWork
from api.domain.support.article_text import Words
from api.domain.support.topics import Audience, Phase, Topic
from api.models.knowledge import Article, ArticleRevision
from api.services.knowledge import read
from api.services.knowledge.figures import Figures, article_figures, total
from api.services.knowledge.load import AUTHOR, OwnArticle, load_articles, own_articles
from api.services.knowledge.read import ArticleFilter, UnknownArticle, article_of, list_articles
from api.services.knowledge.readings import driver_reader, note_opening, stranger_reader, visitor_reader, vote, went_on
from api.services.knowledge.revisions import every_revision, published_revision, published_revisions
from api.services.knowledge.write import (
    ArticleChanged,
    EnglishMissing,
    NothingToPublish,
    PinTaken,
    Position,
    new_article,
    publish_article,
    save_position,
    save_text,
    state_of,
    withdraw_article,
)
from tests.fakes import START, fake_policy

NOW = START
SEARCHES = [
    ("my cable is stuck", "en", "stuck-cable"),
    ("Kabel steckt fest", "de", "stuck-cable"),
    ("câbles coincés", "fr", "stuck-cable"),
    ("kvittering", "nb", "get-a-receipt"),
    ("reserverade beloppet", "sv", "when-a-hold-comes-back"),
    ("recipt", "en", "get-a-receipt"),
    ("guthben", "de", "wallet-minimum"),
]
_CASES = text("SELECT DISTINCT case_id FROM article_reading WHERE case_id IS NOT NULL")
_PUBLISHED = text("SELECT count(*) FROM article WHERE published = latest")
MINE = Position(Phase.DURING, Topic.APP, Audience.DRIVER)


@pytest.fixture
async def loaded(work: UnitOfWork) -> UnitOfWork:
    """Return a database with our own articles."""
    async with work() as db:
        await load_articles(db=db, now=NOW, articles=own_articles())
    return work


def changed(article: OwnArticle, digest: str = "new") -> OwnArticle:
    """Return a file of ours that says something else."""
    texts = {language: Words(f"{words.title}!", words.summary, words.body) for language, words in article.texts.items()}
    return OwnArticle(article.slug, article.position, texts, digest)


async def seen(work: UnitOfWork, slug: str) -> str:
    """Return what a form of the article's page would carry now."""
    async with work() as db:
        return state_of((await every_revision(db=db, slug=slug))[0])


async def edited(work: UnitOfWork, slug: str, title: str, language: str = "en", by: str = "Ada Clerk") -> None:
    """Save a text of staff."""
    async with work() as db:
        words = Words(title, "In short.", "At length.")
        await save_text(db=db, now=NOW, slug=slug, seen=await seen(work, slug), language=language, words=words, by=by)


async def published(work: UnitOfWork, slug: str) -> ArticleRevision:
    """Publish the draft."""
    async with work() as db:
        return await publish_article(db=db, now=NOW, slug=slug, seen=await seen(work, slug))


async def found(work: UnitOfWork, words: str, language: str = "en") -> Sequence[str]:
    """Search."""
    async with work() as db:
        views = await list_articles(db=db, wanted=ArticleFilter(words=words), language=language)
    return [view.slug for view in views]


async def test_loading_again_changes_nothing_and_staff_win(loaded: UnitOfWork) -> None:
    """The same files add nothing; a changed file is the next revision, unless staff wrote the newest one."""
    receipt, hold = (each for each in own_articles() if each.slug in {"why-a-hold", "get-a-receipt"})
    files = [each for each in own_articles() if each.slug == "wallet-minimum"]
    await edited(loaded, "get-a-receipt", "Ours")
    async with loaded() as db:
        again = await load_articles(db=db, now=NOW, articles=own_articles())
    assert (again.added, again.changed, again.kept, len(again.unchanged)) == ([], [], [], len(own_articles()))
    async with loaded() as db:
        report = await load_articles(db=db, now=NOW, articles=[changed(hold), changed(receipt), *files])
    kept, new = ({"get-a-receipt"}, {"why-a-hold"})
    assert (set(report.kept), set(report.changed), report.unchanged) == (kept, new, ["wallet-minimum"])
    async with loaded() as db:
        shown = await article_of(db=db, slug="why-a-hold", language="en")
        assert (shown.number, shown.author, shown.title[-1]) == (2, AUTHOR, "!")
        assert len(await published_revisions(db=db, slug="get-a-receipt")) == 1
        await withdraw_article(db=db, slug="why-a-hold", seen=await seen(loaded, "why-a-hold"))
    async with loaded() as db:
        assert (await load_articles(db=db, now=NOW, articles=[changed(hold, "newer")])).kept == ["why-a-hold"]


@pytest.mark.capability("EP13")
async def test_a_draft_becomes_the_next_revision_and_history_stays(loaded: UnitOfWork) -> None:
    """Readers see the old text until it is published; then both can be read, with their authors and times."""
    await edited(loaded, "stuck-cable", "Do not pull")
    await edited(loaded, "stuck-cable", "Nicht ziehen", "de")
    async with loaded() as db:
        assert (await article_of(db=db, slug="stuck-cable", language="en")).title == "The cable is stuck"
    row = await published(loaded, "stuck-cable")
    assert (row.number, row.author) == (2, "Ada Clerk")
    async with loaded() as db:
        assert (await article_of(db=db, slug="stuck-cable", language="de")).title == "Nicht ziehen"
        assert (await article_of(db=db, slug="stuck-cable", language="fr")).title == "Le câble est coincé"
        history = await published_revisions(db=db, slug="stuck-cable")
        assert [(each.number, each.author) for each in history] == [(2, "Ada Clerk"), (1, AUTHOR)]
        old = await published_revision(db=db, slug="stuck-cable", number=1, language="en")
        assert old.words.title == "The cable is stuck"
    with pytest.raises(NothingToPublish):
        await published(loaded, "stuck-cable")


async def test_two_editors_do_not_undo_each_other(loaded: UnitOfWork) -> None:
    """Who saves what was loaded before another's change is refused, and nothing is lost."""
    before = await seen(loaded, "car-timer")
    await edited(loaded, "car-timer", "First")
    with pytest.raises(ArticleChanged):
        async with loaded() as db:
            await save_text(
                db=db, now=NOW, slug="car-timer", seen=before, language="en", words=Words("2", "2", "2"), by="Bo"
            )


async def test_what_may_not_be_published(loaded: UnitOfWork) -> None:
    """An article needs English, and each place on top has one article."""
    async with loaded() as db:
        await new_article(db=db, now=NOW, slug="of-ours", position=MINE, by="Ada Clerk")
    with pytest.raises(EnglishMissing):
        await published(loaded, "of-ours")
    await edited(loaded, "of-ours", "Ours")
    async with loaded() as db:
        taken = Position(Phase.DURING, Topic.APP, Audience.DRIVER, pinned=2)
        await save_position(
            db=db, now=NOW, slug="of-ours", seen=await seen(loaded, "of-ours"), position=taken, by="Ada Clerk"
        )
    with pytest.raises(PinTaken) as refused:
        await published(loaded, "of-ours")
    assert refused.value.facts == {"slug": "stuck-cable", "place": 2}
    async with loaded() as db:
        with pytest.raises(UnknownArticle):
            await article_of(db=db, slug="of-ours", language="en")


@pytest.mark.capability("CP14")
async def test_a_missing_language_falls_back_to_english(loaded: UnitOfWork) -> None:
    """An article that is written in English only is shown so to a Norwegian, and found by English words."""
    async with loaded() as db:
        await new_article(db=db, now=NOW, slug="of-ours", position=MINE, by="Ada Clerk")
    await edited(loaded, "of-ours", "The zebra crossing")
    await published(loaded, "of-ours")
    async with loaded() as db:
        shown = await article_of(db=db, slug="of-ours", language="nb")
    assert (shown.language, shown.title) == ("en", "The zebra crossing")
    assert await found(loaded, "zebras", "nb") == ["of-ours"]


@pytest.mark.capability("CK05")
async def test_words_find_articles(loaded: UnitOfWork) -> None:
    """In each language, in other forms of the words, and with a typing error where nothing fits exactly."""
    for words, language, slug in SEARCHES:
        assert slug in (await found(loaded, words, language))[:2], words
    for nothing in ("xyzzyplugh", "& | ! ' : ("):
        assert await found(loaded, nothing) == [], nothing


@pytest.mark.capability("CK05", "CM28")
async def test_readers_are_counted_once_and_the_rate_is_of_those_who_tell(loaded: UnitOfWork) -> None:
    """One reading and one vote a reader; a case after a vote for yes takes it back; silence is not success."""
    policy = fake_policy()
    readers = [driver_reader("drv_1"), *(visitor_reader(policy, f"key-{each}") for each in range(4))]
    async with loaded() as db:
        article = await article_of(db=db, slug="why-a-hold", language="en")
        for reader in (*readers, *readers):
            await note_opening(db=db, now=NOW, article=article, reader=reader)
        for reader, solved in zip(readers, (True, True, True, False), strict=False):
            await vote(db=db, now=NOW, article=article, reader=reader, solved=solved, score=4)
        await vote(db=db, now=NOW, article=article, reader=readers[3], solved=False, score=1)
        await vote(db=db, now=NOW, article=article, reader=readers[3], solved=True, score=2)
        later = NOW + timedelta(hours=2)
        assert await went_on(db=db, now=later, reader=readers[1], case_id="cas_1") == ["why-a-hold"]
        assert await went_on(db=db, now=later, reader=readers[1], case_id="cas_2") == ["why-a-hold"]
        assert await went_on(db=db, now=later, reader="driver:nobody", case_id=None) == []
        assert await went_on(db=db, now=NOW + timedelta(hours=30), reader=readers[0], case_id=None) == []
        rows = await article_figures(db=db, since=NOW, until=NOW + timedelta(days=1))
        before = await article_figures(db=db, since=NOW - timedelta(days=1), until=NOW)
        kept = (await (await db.connection()).execute(_CASES)).all()
    one = next(each for each in rows if each.slug == "why-a-hold")
    assert one.figures == Figures(opened=5, solved=3, unsolved=0, went_on=1)
    assert (one.figures.silent, one.figures.deflection_percent) == (1, Decimal("75.0"))
    assert (one.score, one.scores, kept) == (Decimal("3.5"), 4, [("cas_1",)])
    assert total([each.figures for each in rows]) == one.figures
    assert total([each.figures for each in before]) == Figures(0, 0, 0, 0)
    assert Figures(3, 0, 0, 0).deflection_percent is None


def test_strangers_are_known_for_a_day_and_never_by_name() -> None:
    """The same browser is one reader on one day; neither its address nor its key can be read from the reader."""
    policy = fake_policy()
    where = {"caller": "203.0.113.7", "agent": "Phone"}
    one = stranger_reader(policy, now=NOW, **where)
    assert one == stranger_reader(policy, now=NOW + timedelta(hours=1), **where)
    assert one != stranger_reader(policy, now=NOW + timedelta(days=1), **where)
    assert one != stranger_reader(policy, now=NOW, caller="203.0.113.8", agent="Phone")
    assert "203" not in one
    assert "secret" not in visitor_reader(policy, "secret-key-of-an-app")


async def test_articles_of_the_database_are_those_of_the_files(loaded: UnitOfWork) -> None:
    """Every file is loaded and published, the pinned ones first in each phase."""
    async with loaded() as db:
        views = await list_articles(db=db, wanted=ArticleFilter(), language="de")
        rows = (await (await db.connection()).execute(_PUBLISHED)).scalar_one()
        assert await db.get(Article, "why-a-hold") is not None
    assert rows == len(views) == len(own_articles())
    assert [view.pinned for view in views if view.phase is Phase.AFTER][:4] == [1, 2, 3, None]


def test_words_that_nobody_wrote_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word too long to be any of ours, give or take its mistakes, is not compared letter by letter."""
    compared: list[str] = []

    def far(typed: str, word: str) -> int:
        compared.append(typed)
        return len(word) + 99

    monkeypatch.setattr(read, "distance", far)
    assert not read._has(["cable", "stuck"], "x" * 200)
    assert compared == []
    assert not read._has(["cable", "stuck"], "cabel")
    assert compared
