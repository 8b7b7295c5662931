"""The code printed on a pass, by which its driver proves to have it: made here, kept as a digest only."""

import hashlib

from api.ports import Ports

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 signs that nobody takes for one another."""
LENGTH = 8


def fresh_code(ports: Ports) -> str:
    """Return a code of 40 random bits, as it is printed: ``K7QM-2FXA``."""
    drawn = hashlib.sha256(ports.randomness.secret().encode()).digest()[:LENGTH]
    signs = "".join(_ALPHABET[each % len(_ALPHABET)] for each in drawn)
    return f"{signs[:4]}-{signs[4:]}"


def code_hash(pass_id: str, code: str) -> str:
    """Return what is kept of a code; spelling does not count: case, spaces and the dash."""
    plain = "".join(each for each in code.upper() if each.isalnum())
    return hashlib.sha256(f"{pass_id}:{plain}".encode()).hexdigest()
