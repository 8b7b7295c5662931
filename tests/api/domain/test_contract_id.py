"""The check digit of contract ids, against the published examples and the errors it must find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.contract_id import ALPHABET, ContractIdInvalid, check_digit, make_contract_id, parse_contract_id
from api.domain.ids import PartyId


@pytest.mark.parametrize(
    ("body", "digit"),
    [
        ("NN123ABCDEFGHI", "T"),
        ("FRXYZ123456789", "2"),
        ("ITA1B2C3E4F5G6", "4"),
        ("ESZU8WOX834H1D", "R"),
        ("PT73902837ABCZ", "Z"),
        ("DE83DUIEN83QGZ", "D"),
        ("DE83DUIEN83ZGQ", "M"),
        ("DE8AA001234567", "0"),
    ],
)
def test_published_examples(body: str, digit: str) -> None:
    """The examples published with the algorithm come out as published."""
    assert check_digit(body) == digit


CONTRACT = st.text(ALPHABET, min_size=8, max_size=8)


@given(CONTRACT, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(contract: str, place: int, other: str) -> None:
    """Replacing any one character of the contract makes the id invalid."""
    good = make_contract_id(PartyId("DE", "CHH"), contract)
    at = len("DE-CHH-C") + place
    bad = good[:at] + other + good[at + 1 :]
    if bad == good:
        assert parse_contract_id(bad) == good
        return
    with pytest.raises(ContractIdInvalid):
        parse_contract_id(bad)


@given(CONTRACT, st.integers(0, 6))
def test_swapped_neighbors_are_found(contract: str, place: int) -> None:
    """Swapping two neighbors that differ makes the id invalid."""
    good = make_contract_id(PartyId("DE", "CHH"), contract)
    at = len("DE-CHH-C") + place
    bad = good[:at] + good[at + 1] + good[at] + good[at + 2 :]
    if bad == good:
        assert parse_contract_id(bad) == good
        return
    with pytest.raises(ContractIdInvalid):
        parse_contract_id(bad)


def test_separators_and_case_do_not_matter() -> None:
    """The same id written without hyphens and in lower case reads as the same id."""
    good = make_contract_id(PartyId("de", "chh"), "a2b3c4d5")
    assert good.startswith("DE-CHH-CA2B3C4D5-")
    assert parse_contract_id(good.replace("-", "").lower()) == good


@pytest.mark.parametrize("text", ["", "DE-CHH", "DE83DUIEN83QG", "DЕ83DUIEN83QGZ", "DE٨٣DUIEN٨٣QGZ"])
def test_anything_else_is_refused(text: str) -> None:
    """Too short, look-alike letters and foreign digits are refused, not guessed at."""
    with pytest.raises(ContractIdInvalid):
        check_digit(text)
    with pytest.raises(ContractIdInvalid):
        parse_contract_id(text)
