"""Reading a location straight from its text is faster than parsing it first, and never reads anything else."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.domain.ids import PartyId
from api.domain.roaming.location import Location
from clients.ocpi.dialect import SUPPORTED, NotJson, Unreadable, dialect_for
from clients.ocpi.exact_json import compact, dump, parse
from tests.clients.ocpi.mutating import JSON, paths, with_change
from tests.clients.ocpi.samples import a_connector, a_location, an_evse
from tests.clients.ocpi.v2_1_1.samples import a_location as an_old_location

OWNER = PartyId("NL", "WPX")
NUMBERS = {"max_voltage": "230.50", "max_amperage": 32, "max_electric_power": 22000}
SPELLED = (
    a_location(evses=[an_evse(connectors=[a_connector(**NUMBERS)], capabilities=[" rfid_reader ", "RFID_READER", ""])]),
    a_location(coordinates={"latitude": 52, "longitude": "5.10"}, help_phone="", time_zone="Nowhere/Town"),
    a_location(last_updated="2025-03-02T09:30:00.123Z", name="  ", operator={"name": " "}, publish="true"),
    a_location(last_updated="2025-3-2 9:30:00,1239999", evses=[an_evse(last_updated=None, status=None)]),
    a_location(coordinates={"latitude": "1_0", "longitude": "0"}),
    a_location(coordinates={"latitude": "NaN", "longitude": "0"}),
    a_location(last_updated="2025-W09-7T09:30:00Z"),
    a_location(last_updated="0001-01-01T00:00:00Z", name="a\x00b"),
    a_location(id=5, evses=None, name="\u00e9\u20ac" * 40),
)


def read_twice(version: str, raw: object) -> tuple[Location | str, Location | str]:
    """Return what becomes of an object read from its text, and of it parsed first; a text is why it is refused."""
    dialect = dialect_for(version)
    text = dump(raw)
    return (
        _read(lambda: dialect.read_location_text(text, OWNER)),
        _read(lambda: dialect.read_location(parse(text.encode()), OWNER)),
    )


def _read(read: Callable[[], Location]) -> Location | str:
    try:
        return read()
    except Unreadable as error:
        return error.reason


@pytest.mark.parametrize("version", SUPPORTED)
@pytest.mark.parametrize("raw", SPELLED, ids=range(len(SPELLED)))
def test_odd_spellings_are_read_alike(version: str, raw: dict[str, Any]) -> None:
    """Numbers in quotes, dates with spaces, NUL, years without room: the same location, or the same reason."""
    quick, slow = read_twice(version, raw)
    assert quick == slow


@pytest.mark.parametrize("version", SUPPORTED)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_a_partner_sends_is_read_alike(version: str, data: st.DataObject) -> None:
    """Any JSON in any place of a location makes the same location, or the same reason to refuse it."""
    raw = an_old_location() if version == "2.1.1" else a_location()
    changed = with_change(raw, data.draw(st.sampled_from(paths(raw))), data.draw(JSON))
    try:
        quick, slow = read_twice(version, changed)
    except NotJson:
        return  # no partner can send that
    assert quick == slow


@settings(deadline=None)
@given(st.text(), st.decimals(allow_nan=False, allow_infinity=False))
@example('a \u2028 " \\ : , [ ] { } \n b', 0)
def test_pieces_lose_their_spaces_and_nothing_else(text: str, number: Any) -> None:
    """The text of a piece of a page is compact, letter by letter what came."""
    try:
        plain = dump({"a": text, "n": number, "l": [], "o": {}})
    except NotJson:
        return  # a broken surrogate
    spaced = msgspec.json.format(plain.encode(), indent=4)
    (piece,) = msgspec.json.decode(b"[ " + spaced + b" ]", type=list[msgspec.Raw])
    assert compact(piece) == plain


def test_a_piece_that_is_no_text_is_no_json() -> None:
    """Bytes that are no UTF-8 lose that object only."""
    (piece,) = msgspec.json.decode(b'[{"a":"\xff"}]', type=list[msgspec.Raw])
    with pytest.raises(NotJson):
        compact(piece)
