"""Named faults a test orders for the next requests that match, or for a while. ``api`` carries them out.

| kind | what happens |
|---|---|
| ``drop_request`` | the connection closes, nothing was done |
| ``drop_answer`` | everything was done, the connection closes without an answer |
| ``error_500`` | 500, kept and replayed for the same idempotency key; with ``perform`` the work was done all the same |
| ``rate_limited`` | 429, nothing was done |
| ``in_flight`` | 409 ``idempotency_key_in_use``, nothing was done |
| ``outage`` | 503, nothing was done |
| ``slow`` | waits ``seconds`` of real time (its key in flight meanwhile), then does it |
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from sandbox.stripe.errors import Obj, bad_parameter

Kind = Literal["drop_request", "drop_answer", "error_500", "rate_limited", "in_flight", "slow", "outage"]


@dataclass
class Fault:
    """One ordered fault; ``times`` counts down, ``skip`` lets the first matches pass; method ``*`` is every one."""

    kind: Kind
    path: str
    method: str = "POST"
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    perform: bool = False
    for_seconds: float = 0.0
    """Lasts so many virtual seconds, however many requests come, instead of ``times``."""
    until: float | None = None
    """Set when it is ordered."""

    def matches(self, method: str, path: str) -> bool:
        """Tell whether a request is meant: ``path`` is exact or a regular expression for all of it."""
        return self.method in ("*", method) and (self.path == path or re.fullmatch(self.path, path) is not None)


class Faults:
    """The ordered faults; the first that matches is used up first."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._ordered: list[Fault] = []

    def order(self, told: Obj) -> Fault:
        """Order a fault from its JSON form; raises ``StripeFailure`` (400) for an unknown kind or field."""
        if told.get("kind") not in get_args(Kind):
            raise bad_parameter(f"kind must be one of {', '.join(get_args(Kind))}.", param="kind")
        try:
            fault = Fault(**told)
            re.compile(fault.path)
        except (TypeError, re.error) as error:
            raise bad_parameter(str(error)) from error
        if fault.for_seconds:
            fault.until = self._now() + fault.for_seconds
        self._ordered.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """Use up and return the fault meant for this request, if any."""
        for fault in list(self._ordered):
            if fault.until is not None and fault.until <= self._now():
                self._ordered.remove(fault)
                continue
            if not fault.matches(method, path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0 and fault.until is None:
                self._ordered.remove(fault)
            return fault
        return None

    def clear(self) -> None:
        """Forget every ordered fault."""
        self._ordered.clear()
