"""Guessing passwords is stopped: so many failures in a while, by address and caller, and no more are looked at (X8).

Kept in the memory of one process, bounded, so several processes allow as many times more; a limit that all processes
share needs a table and comes with sign-up. Known and unknown addresses are treated the same. A caller who guesses at
one account is stopped long before its owner, who signs in from elsewhere, is.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from datetime import datetime, timedelta

from api.domain.errors import Refused
from api.services.drivers.signup import normal_email

WINDOW = timedelta(minutes=15)
OF_ONE_CALLER_AT_ONE_ADDRESS = 10
AT_ONE_ADDRESS = 100
OF_ONE_CALLER = 300
"""Many drivers may share one caller's address behind a mobile network."""
MOST_REMEMBERED = 100_000


class TooManyAttempts(Refused):
    """Too many wrong passwords lately. Fact: ``retry_after_s``."""


class Attempts:
    """The attempts to sign in that failed, or have not been answered yet, within ``WINDOW``."""

    def __init__(self) -> None:
        """Begin with none."""
        self._made: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()

    def begin(self, *, email: str, caller: str, now: datetime) -> None:
        """Count an attempt before its password is looked at; raises ``TooManyAttempts``."""
        for key, most in _keys(email, caller):
            made = self._lately(key, now)
            if len(made) >= most:
                wait = made[0] + WINDOW - now
                raise TooManyAttempts("too_many_attempts", retry_after_s=max(1, int(wait.total_seconds())))
        for key, _ in _keys(email, caller):
            self._made.setdefault(key, deque()).append(now)
            self._made.move_to_end(key)
        while len(self._made) > MOST_REMEMBERED:
            self._made.popitem(last=False)

    def succeeded(self, *, email: str, caller: str) -> None:
        """Take back the attempt of a driver who knew the password, and what this caller got wrong before it."""
        own, *shared = (key for key, _ in _keys(email, caller))
        self._made.pop(own, None)
        for key in shared:
            if self._made.get(key):
                self._made[key].pop()

    def _lately(self, key: tuple[str, str], now: datetime) -> deque[datetime]:
        """Return the attempts under a key that still count, oldest first."""
        made = self._made.get(key, deque())
        while made and made[0] <= now - WINDOW:
            made.popleft()
        return made


def _keys(email: str, caller: str) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield what an attempt is counted under, and how many are allowed there; the narrowest first."""
    address = normal_email(email)
    yield (address, caller), OF_ONE_CALLER_AT_ONE_ADDRESS
    yield (address, ""), AT_ONE_ADDRESS
    yield ("", caller), OF_ONE_CALLER
