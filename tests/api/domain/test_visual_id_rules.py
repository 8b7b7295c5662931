"""How networks number their posts: rules read what is typed and what we know, and bad ones are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.visual_id import SURE, Match, Post, Source, decide, match, visual_ids
from api.domain.visual_id_rules import VisualIdRuleInvalid, by_rules, read_rules, visual_id_rule

RULES = (
    visual_id_rule(r"(?:Lader|Box)\s*0*(\d+)", r"\1"),
    visual_id_rule(r"DE\*ABC\*E\d\*0*(\d+)", r"\1"),
)


def posts(*evse_ids: str) -> list[Post]:
    """Return posts of one place with the network's rules."""
    return [Post(f"k{at}", evse_id, None, "Harbor Street", at, RULES) for at, evse_id in enumerate(evse_ids, start=31)]


def found(typed: str, among: list[Post]) -> list[Match]:
    """Return all posts of one place that a text may mean."""
    return [each for post in among if (each := match(typed, post, in_one_place=True))]


@pytest.mark.capability("CM08")
@pytest.mark.parametrize("typed", ["13", "#13", "DE*ABC*E1*013", "Box 13", "lader 013", "BOX13"])
def test_every_spelling_meets_the_same_post_where_it_is_unique(typed: str) -> None:
    """The bare number, with a hash, the whole id and the network's own word for it are one post."""
    chosen = decide(found(typed, posts("DE*ABC*E1*013", "DE*ABC*E1*014")))
    assert chosen is not None
    assert chosen.key == "k31"
    assert chosen.confidence >= SURE


@pytest.mark.capability("CM08", "CM07")
def test_a_number_that_two_posts_have_picks_none(  # the id of one of them still does
) -> None:
    """Where a rule gives two posts one number, the driver is asked; the whole EVSE id needs no asking."""
    twins = posts("DE*ABC*E1*013", "DE*ABC*E2*013")
    assert decide(found("Box 13", twins)) is None
    assert len(found("Box 13", twins)) == 2
    chosen = decide(found("DE*ABC*E2*013", twins))
    assert chosen is not None
    assert chosen.key == "k32"


def test_a_post_shows_what_its_networks_rules_make_of_its_id() -> None:
    """The derived number says where it comes from."""
    (post,) = posts("DE*ABC*E1*013")
    assert [each.text for each in visual_ids(post) if each.source is Source.NETWORK_RULE] == ["13"]


def test_rules_of_another_network_change_nothing() -> None:
    """A post without rules does not know the word."""
    assert match("Box 13", Post("a", "DE*XYZ*E1*013", None, None, 99), in_one_place=True) is None


@pytest.mark.parametrize("pattern", ["", "(", "(a+)+", "([0-9]*)*x", "x" * 201])
def test_a_bad_rule_is_refused(pattern: str) -> None:
    """Patterns that are none, too long, or take for ever."""
    with pytest.raises(VisualIdRuleInvalid):
        visual_id_rule(pattern, r"\1")


def test_a_replacement_with_a_group_that_is_not_there_is_refused() -> None:
    """It is found when the rule is set, not when a driver stands in the rain."""
    with pytest.raises(VisualIdRuleInvalid):
        visual_id_rule(r"Box (\d+)", r"\2")


def test_stored_rules_that_cannot_be_used_are_passed_over() -> None:
    """One broken rule, from wherever, costs none of the others."""
    stored: list[object] = [{"pattern": "(", "replacement": ""}, 7, {"pattern": r"B(\d)", "replacement": r"\1"}]
    assert by_rules("b7", read_rules(stored)) == "7"


@given(st.text(max_size=50))
def test_any_text_can_be_read(typed: str) -> None:
    """Nothing that is typed breaks the search."""
    for post in posts("DE*ABC*E1*013"):
        match(typed, post, in_one_place=True)
