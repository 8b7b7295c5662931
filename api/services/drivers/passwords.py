"""Password hashes: Argon2id (RFC 9106), computed in a thread, since one hash takes tens of milliseconds of CPU.

The parameters of a hash are part of its text, so tests may store cheap ones. A few hashes run at once, never more:
each takes 64 MiB.
"""

import asyncio
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

STANDARD = PasswordHasher()
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""For tests and simulations only; same format, no protection."""
LONGEST = 1024
"""Characters; more is refused before any work is done."""
_AT_ONCE = 4
_nobody: list[str] = []


@lru_cache(maxsize=4)
def _slots(loop: asyncio.AbstractEventLoop) -> asyncio.Semaphore:  # noqa: ARG001 - the loop is the key of the cache
    return asyncio.Semaphore(_AT_ONCE)


async def hash_password(password: str, hasher: PasswordHasher = STANDARD) -> str:
    """Return the Argon2id hash of ``password`` in its usual text form."""
    async with _slots(asyncio.get_running_loop()):
        return await asyncio.to_thread(hasher.hash, password)


async def password_fits(password: str, password_hash: str) -> bool:
    """Say whether ``password`` has this hash; takes as long for a wrong password as for the right one."""
    async with _slots(asyncio.get_running_loop()):
        return await asyncio.to_thread(_verify, password, password_hash)


async def hash_of_nobody() -> str:
    """Return a hash that is verified where nobody has the address, so that both refusals take as long."""
    if not _nobody:
        _nobody.append(await hash_password("nobody has this password"))
    return _nobody[0]


def _verify(password: str, password_hash: str) -> bool:
    try:
        return STANDARD.verify(password_hash, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
