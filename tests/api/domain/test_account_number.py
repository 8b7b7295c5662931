"""Account numbers: the check digit finds every slip of one digit and every two neighbors swapped (EP11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.account_number import AccountNumberInvalid, make_account_number, parse_account_number

NUMBERS = st.integers(min_value=0, max_value=10**9 - 1)


@pytest.mark.capability("EP11")
@given(NUMBERS)
def test_a_number_is_read_however_it_is_written(number: int) -> None:
    """With blanks, dots or nothing between its digits it is the same number."""
    made = make_account_number(number)
    digits = made.replace("-", "")
    for spelled in (made, digits, f" {digits[:3]} {digits[3:6]} {digits[6:]} ", f"{digits[:5]}.{digits[5:]}"):
        assert parse_account_number(spelled) == made


@pytest.mark.capability("EP11")
@given(NUMBERS, st.integers(0, 9), st.integers(1, 9))
def test_every_wrong_digit_is_found(number: int, place: int, off: int) -> None:
    """One digit read as another."""
    digits = make_account_number(number).replace("-", "")
    wrong = f"{digits[:place]}{(int(digits[place]) + off) % 10}{digits[place + 1 :]}"
    with pytest.raises(AccountNumberInvalid):
        parse_account_number(wrong)


@pytest.mark.capability("EP11")
@given(NUMBERS, st.integers(0, 8))
def test_every_swap_of_neighbors_is_found(number: int, place: int) -> None:
    """Two digits beside each other in the wrong order."""
    digits = make_account_number(number).replace("-", "")
    swapped = f"{digits[:place]}{digits[place + 1]}{digits[place]}{digits[place + 2 :]}"
    if swapped != digits:
        with pytest.raises(AccountNumberInvalid):
            parse_account_number(swapped)


@pytest.mark.parametrize("bad", ["", "12345", "1234567890123", "12345-6789x", "１２３４５６７８９０"])
def test_what_is_no_number(bad: str) -> None:
    """Too short, too long, letters, and digits of other scripts."""
    with pytest.raises(AccountNumberInvalid):
        parse_account_number(bad)
