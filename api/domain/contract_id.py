"""Contract ids (eMA-ID): the name under which partners know a driver, with its check digit.

Answers to the eMI3 standard, part 2, and to "Check Digit Calculation for Contract-IDs" (ochp.eu). An id is a country,
a provider, ``C`` with eight characters for the contract, and one check digit: ``DE-8AA-CA2B3C4D5-X`` in people's form.
The check digit finds one wrong character, two swapped neighbors and their twins. EVSE ids are in ``visual_id.py``.
"""

import re

from api.domain.errors import Invalid
from api.domain.ids import PartyId

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BODY = re.compile(r"[A-Z]{2}[A-Z0-9]{12}", re.ASCII)
_ID = re.compile(r"([A-Z]{2})-?([A-Z0-9]{3})-?(C[A-Z0-9]{8})-?([A-Z0-9])", re.ASCII)
_Vector = tuple[int, int]
_Matrix = tuple[_Vector, _Vector]
# The two matrices of the standard: characters are pairs of bits times one, pairs of trits times the other.
_P1: _Matrix = ((0, 1), (1, 1))
_P2: _Matrix = ((0, 1), (1, 2))


class ContractIdInvalid(Invalid):
    """The text is no contract id, or its check digit does not fit."""


def check_digit(body: str) -> str:
    """Return the check digit of the 14 characters before it, without separators; raises ``ContractIdInvalid``."""
    if not _BODY.fullmatch(body):
        raise ContractIdInvalid("contract_id_invalid", contract_id=body)
    values = [ALPHABET.index(character) for character in body]
    bits = _weighted([(value // 18, value // 9 % 2) for value in values], _P1, 2)
    trits = _weighted([(value % 9 // 3, value % 3) for value in values], _P2, 3)
    fitting = (each for each in range(36) if _closes(each, bits, trits))
    return ALPHABET[next(fitting)]


def make_contract_id(party: PartyId, contract: str) -> str:
    """Return the id of a driver's contract with ``party``; ``contract`` is eight letters and digits.

    Raises ``ContractIdInvalid``.
    """
    instance = f"C{contract.upper()}"
    digit = check_digit(f"{party.country_code}{party.party_id}{instance}")
    return f"{party.country_code}-{party.party_id}-{instance}-{digit}"


def parse_contract_id(text: str) -> str:
    """Return a contract id in its usual form, however it was written; raises ``ContractIdInvalid``."""
    match = _ID.fullmatch(text.strip().upper())
    if match is None:
        raise ContractIdInvalid("contract_id_invalid", contract_id=text)
    country, provider, instance, digit = match.groups()
    if check_digit(country + provider + instance) != digit:
        raise ContractIdInvalid("contract_id_check_digit_wrong", contract_id=text)
    return f"{country}-{provider}-{instance}-{digit}"


def _weighted(vectors: list[_Vector], matrix: _Matrix, modulus: int) -> _Vector:
    """Return the sum of ``vectors[i]`` times ``matrix`` to the power of ``i + 1``, by Horner's rule."""
    total = (0, 0)
    for vector in reversed(vectors):
        total = _times(((total[0] + vector[0]) % modulus, (total[1] + vector[1]) % modulus), matrix, modulus)
    return total


def _closes(value: int, bits: _Vector, trits: _Vector) -> bool:
    """Say whether ``value`` in the fifteenth place brings both sums to zero."""
    last = [(0, 0)] * 14
    more_bits = _weighted([*last, (value // 18, value // 9 % 2)], _P1, 2)
    more_trits = _weighted([*last, (value % 9 // 3, value % 3)], _P2, 3)
    both = ((bits[0] + more_bits[0]) % 2, (bits[1] + more_bits[1]) % 2)
    threes = ((trits[0] + more_trits[0]) % 3, (trits[1] + more_trits[1]) % 3)
    return both == (0, 0) and threes == (0, 0)


def _times(vector: _Vector, matrix: _Matrix, modulus: int) -> _Vector:
    return (
        (vector[0] * matrix[0][0] + vector[1] * matrix[1][0]) % modulus,
        (vector[0] * matrix[0][1] + vector[1] * matrix[1][1]) % modulus,
    )
