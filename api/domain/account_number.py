"""Account numbers: what a driver reads out on the phone, with a check digit that finds slips (EP11).

Nine random digits and one of Damm's: it finds every wrong digit and every two neighbors swapped. The number opens
nothing and tells nothing, neither who somebody is nor how many drivers there are.
"""

import hashlib
import re

from api.domain.errors import Invalid

DIGITS = 9
_TABLE = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
"""Damm's quasigroup of order ten: no row has its own number anywhere but first, and no two digits commute."""
_NUMBER = re.compile(r"[0-9]{10}", re.ASCII)
_SEPARATORS = re.compile(r"[\s.\-/]")


class AccountNumberInvalid(Invalid):
    """The text is no account number, or its check digit does not fit: it was misread."""


def make_account_number(number: int) -> str:
    """Return the account number made of a number's last nine digits: ``12345-67890``."""
    digits = f"{number % 10**DIGITS:0{DIGITS}d}"
    whole = f"{digits}{_interim(digits)}"
    return f"{whole[:5]}-{whole[5:]}"


def draw_account_number(secret: str) -> str:
    """Return the account number that a fresh secret gives, without giving the secret away."""
    return make_account_number(int.from_bytes(hashlib.sha256(secret.encode()).digest()))


def parse_account_number(text: str) -> str:
    """Return an account number in its usual form, however it was written; raises ``AccountNumberInvalid``."""
    digits = _SEPARATORS.sub("", text)
    if not _NUMBER.fullmatch(digits) or _interim(digits) != 0:
        raise AccountNumberInvalid("account_number_invalid")
    return f"{digits[:5]}-{digits[5:]}"


def _interim(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _TABLE[interim][int(digit)]
    return interim
