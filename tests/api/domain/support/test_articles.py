"""Our own articles: whole in five languages, named by topics and errors alike, and short enough to be read."""

from collections import Counter

import pytest

from api.domain.language import LANGUAGES
from api.domain.support.article_text import BlockKind, blocks_of, whole
from api.domain.support.help_links import ARTICLE_OF_ERROR
from api.domain.support.topics import Answers, Audience, Phase, Topic, responsibility, route_of
from api.routes.app.problem_texts import TEXTS
from api.services.knowledge.load import own_articles
from api.services.knowledge.write import SLUG

OWN = {each.slug: each for each in own_articles()}


@pytest.mark.capability("CK05", "CP14")
def test_every_article_is_whole_in_every_language() -> None:
    """Nothing is missing or too long, and no language is English that was left standing."""
    for article in OWN.values():
        assert SLUG.fullmatch(article.slug)
        assert set(article.texts) == set(LANGUAGES)
        assert all(whole(words) for words in article.texts.values()), article.slug
        assert len({words.body for words in article.texts.values()}) == len(LANGUAGES), article.slug
        shapes = {
            tuple((block.kind, len(block.items)) for block in blocks_of(words.body)) for words in article.texts.values()
        }
        assert len(shapes) == 1, f"{article.slug}: another number of steps in another language"


@pytest.mark.capability("CK05")
def test_each_phase_has_three_on_top() -> None:
    """Drivers find at least six articles a phase but for one, and the three that solve most on top of each."""
    for_drivers = [each.position for each in OWN.values() if each.position.audience is Audience.DRIVER]
    pins = Counter((each.phase, each.pinned) for each in for_drivers if each.pinned)
    assert pins == {(phase, place): 1 for phase in Phase for place in (1, 2, 3)}
    assert min(Counter(each.phase for each in for_drivers).values()) >= 6


@pytest.mark.capability("CP13", "EP09")
def test_topics_lead_to_articles_and_to_who_answers() -> None:
    """Every topic has a queue, articles that exist and are about it or near it, and a sentence on who answers."""
    assert set(OWN) == {slug for topic in Topic for slug in route_of(topic).articles}
    for topic in Topic:
        route = route_of(topic)
        assert any(OWN[slug].position.topic is topic for slug in route.articles), topic
        assert len({responsibility(topic, language) for language in LANGUAGES}) == len(LANGUAGES)
    assert {route_of(each).answers for each in (Topic.PAYMENT, Topic.RECEIPT, Topic.WALLET)} == {Answers.US}
    assert {route_of(each).answers for each in (Topic.CHARGER, Topic.CABLE)} == {Answers.OPERATOR}


@pytest.mark.capability("EP03")
def test_errors_lead_to_articles_that_exist() -> None:
    """A code that is explained is one that the app can get, and its article is ours."""
    assert set(ARTICLE_OF_ERROR) <= set(TEXTS)
    assert set(ARTICLE_OF_ERROR.values()) <= set(OWN)
    assert ARTICLE_OF_ERROR["wallet_too_low"] == "wallet-minimum"


def test_text_becomes_blocks() -> None:
    """Empty lines part blocks, marks make lists, a line that goes on belongs to its item, and markup stays text."""
    found = blocks_of("One\r\nline.\n\n- a\n- b\n  goes on\n\n1. first\n2. second <b>\n")
    assert [(each.kind, each.items) for each in found] == [
        (BlockKind.PARAGRAPH, ("One line.",)),
        (BlockKind.POINTS, ("a", "b goes on")),
        (BlockKind.STEPS, ("first", "second <b>")),
    ]
    assert blocks_of(" \n\n ") == ()
