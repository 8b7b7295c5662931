"""What a driver reads on a post: normalization, EVSE ids in every spelling, and never a silent pick."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.visual_id import (
    SURE,
    Match,
    Post,
    Source,
    VisualId,
    decide,
    match,
    normalize,
    parse_evse_id,
    visual_ids,
)

SHARED = Path(os.environ.get("CHARGEHAND_SHARED", Path(__file__).resolve().parents[4] / "shared"))
FEED = SHARED / "data" / "locations" / "ludwigsburg.json"


def a_post(key: str = "a", evse_id: str | None = "DE*ABC*E1*013", reference: str | None = None, **rest: Any) -> Post:
    """Return a post on Harbor Street."""
    values: dict[str, Any] = {"location_name": "Harbor Street", "position": 1} | rest
    return Post(key=key, evse_id=evse_id, physical_reference=reference, **values)


@pytest.mark.parametrize(
    "typed", ["13", "#13", "013", "DE*ABC*E1*013", "de-abc-e1-013", "DEABCE1013", "E1*013", " 1*013"]
)
def test_spellings_meet_in_one_place(typed: str) -> None:
    """Bare number, hash, leading zeros and every spelling of the EVSE id name the same post (CM08)."""
    found = match(typed, a_post(), in_one_place=True)
    assert found is not None
    assert found.confidence >= SURE


@pytest.mark.parametrize("typed", ["", "#", "*-*", "14", "DE*ABC*E1*014", "ABC", "130"])
def test_other_texts_do_not_match(typed: str) -> None:
    """Nothing, separators only and other numbers name nothing here."""
    assert match(typed, a_post(location_name="Harbor Street", position=1), in_one_place=True) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("DE*ABC*E1*013", ("DE", "ABC", ("1", "013"))),
        ("de-abc-e1-013", ("DE", "ABC", ("1", "013"))),
        ("DEABCE1013", ("DE", "ABC", ("1013",))),
        ("FR*A23*E45B*78C", ("FR", "A23", ("45B", "78C"))),
    ],
)
def test_evse_ids_parse_in_every_spelling(text: str, parts: tuple[str, str, tuple[str, ...]]) -> None:
    """Stars, hyphens or nothing between the parts: the same country, party and outlet."""
    found = parse_evse_id(text)
    assert found is not None
    assert (found.country_code, found.party_id, found.power_outlet) == parts


@pytest.mark.parametrize("text", ["", "13", "DE*ABC*1", "DE*AB*E1", "DE*ABC*E", "DE*ABC*E" + "1" * 33, "D1*ABC*E1"])
def test_what_is_no_evse_id_is_none(text: str) -> None:
    """A missing ``E``, wrong lengths and digits in the country are not read as an EVSE id."""
    assert parse_evse_id(text) is None


def test_the_operator_knows_best() -> None:
    """A physical reference beats the derived tail of a neighbor, which has its own reference on its post."""
    here = a_post("here", "DE*ABC*E7*001", "2")
    there = a_post("there", "DE*ABC*E7*002", "1", position=2)
    found = [each for each in (match("2", post, in_one_place=True) for post in (here, there)) if each]
    chosen = decide(found)
    assert chosen is not None
    assert chosen.key == "here"
    assert chosen.visual_id.source is Source.PHYSICAL_REFERENCE


def test_a_reference_in_words_is_met_by_its_number() -> None:
    """A post that says "Bay 7" is found by 7, a little less surely than by its full text."""
    found = match("7", a_post(reference="Bay 7"), in_one_place=True)
    assert found is not None
    assert found.visual_id == VisualId("7", Source.PHYSICAL_NUMBER, 85)


@pytest.mark.capability("CM07")
def test_two_equal_tails_are_never_picked_from() -> None:
    """Two stations at one site both have a ``*001``: the driver must choose."""
    posts = [a_post("x", "DE*ABC*E101*001"), a_post("y", "DE*ABC*E102*001", position=2)]
    found = [each for each in (match("1", post, in_one_place=True) for post in posts) if each]
    assert {each.key for each in found} == {"x", "y"}
    assert decide(found) is None


def test_a_position_alone_never_decides() -> None:
    """The third post of a site whose ids say nothing is a suggestion, not an answer."""
    found = match("3", a_post(evse_id=None, position=3), in_one_place=True)
    assert found is not None
    assert found.visual_id.source is Source.POSITION
    assert decide([found]) is None


def test_a_bare_number_in_no_place_never_decides() -> None:
    """Without a location a lone ``13`` is only a candidate, even if nothing else matches."""
    found = match("13", a_post(), in_one_place=False)
    assert found is not None
    assert decide([found]) is None


@given(st.text(max_size=40))
def test_any_text_is_safe(typed: str) -> None:
    """Whatever is typed, matching answers and normalizing twice changes nothing."""
    assert normalize(normalize(typed)) == normalize(typed)
    found = match(typed, a_post(), in_one_place=True)
    assert found is None or 0 < found.confidence <= 100


@pytest.mark.capability("CM07")
@given(st.lists(st.integers(0, 100), max_size=6))
def test_only_a_lone_sure_match_decides(confidences: list[int]) -> None:
    """A decision needs exactly one match that is sure enough."""
    found = [Match(str(number), VisualId("1", Source.POSITION, each)) for number, each in enumerate(confidences)]
    sure = [each for each in found if each.confidence >= SURE]
    assert decide(found) == (sure[0] if len(sure) == 1 else None)


def test_the_surest_comes_first() -> None:
    """What is shown to the driver as the post's name is the surest of its visual identifiers."""
    shown = visual_ids(a_post(reference="Bay 7"))
    assert shown[0].text == "Bay 7"
    assert [each.confidence for each in shown] == sorted((each.confidence for each in shown), reverse=True)


@pytest.fixture(scope="module")
def feed() -> list[list[Post]]:
    """Return the posts of a real operator's feed, location by location."""
    if not FEED.exists():
        pytest.skip("no real feed here")
    items = json.loads(FEED.read_text())["items"]
    return [
        [
            Post(f"{item['id']}/{evse['uid']}", evse["evse_id"], evse["physical_reference"], item["name"], number)
            for number, evse in enumerate(item["evses"], 1)
        ]
        for item in items
    ]


def test_real_full_ids_and_their_parts_name_one_post(feed: list[list[Post]]) -> None:
    """Over a whole real network the full id, and the part behind the operator, name exactly their own post."""
    posts = [post for location in feed for post in location]
    for post in posts:
        assert post.evse_id
        for typed in (post.evse_id, post.evse_id.replace("*", ""), post.evse_id.split("*", 2)[2]):
            found = [each for each in (match(typed, other, in_one_place=False) for other in posts) if each]
            chosen = decide(found)
            assert chosen is not None, typed
            assert chosen.key == post.key


def test_real_bare_tails_name_one_post_of_a_single_station(feed: list[list[Post]]) -> None:
    """Within a location with one station, each bare tail names its post; with several, never another."""
    singles = 0
    for location in feed:
        stations = {(post.evse_id or "").rsplit("*", 1)[0] for post in location}
        for post in location:
            tail = str(int((post.evse_id or "").rsplit("*", 1)[1]))
            found = [each for each in (match(tail, other, in_one_place=True) for other in location) if each]
            chosen = decide(found)
            if len(stations) == 1:
                singles += 1
                assert chosen is not None
                assert chosen.key == post.key
            elif chosen is not None:
                assert chosen.key == post.key
    assert singles > 100
