"""How ``FakePayments`` answers: each write once per idempotency key, with named troubles on demand.

Answers to https://docs.stripe.com/api/idempotent_requests: the first outcome of a key, refusals and failures included,
is given again for a day; the same key with another request is refused. Holds are in ``fake_payments.py``.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TypeVar, cast

from api.domain.errors import AppError
from api.ports.clock import Clock
from api.ports.payments import HoldSnapshot, OutcomeUnknown, ProcessorRefused

KEY_LIFE = timedelta(hours=24)

T = TypeVar("T")


class Trouble(Enum):
    """What goes wrong with one call."""

    BREAK_BEFORE = auto()
    """It never arrives: nothing is done."""
    LOSE_ANSWER = auto()
    """It is done and the answer is lost."""
    SERVER_ERROR = auto()
    """It fails inside the processor, which repeats the failure for this key."""


@dataclass(frozen=True, slots=True)
class PaymentsCall:
    """One call that reached the fake, in order."""

    method: str
    arguments: tuple[object, ...]
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    method: str
    arguments: tuple[object, ...]
    outcome: object
    at: datetime


class AnswerBook:
    """The log of calls, the answers given under each key and the troubles waiting."""

    def __init__(self, clock: Clock) -> None:
        """Start empty; keys age on ``clock``."""
        self.calls: list[PaymentsCall] = []
        self._clock = clock
        self._answers: dict[str, _Answer] = {}
        self._troubles: dict[str, list[Trouble | AppError]] = {}

    def trouble(self, method: str, trouble: Trouble | AppError) -> None:
        """Let the next call of ``method`` that has no trouble yet go wrong."""
        self._troubles.setdefault(method, []).append(trouble)

    async def read(self, method: str, *arguments: object) -> None:
        """Log a read; raise what waits for it."""
        self.calls.append(PaymentsCall(method, arguments))
        trouble = self._next_trouble(method)
        await asyncio.sleep(0)
        if isinstance(trouble, AppError):
            raise trouble
        if trouble is not None:
            raise unknown()

    async def write(self, method: str, arguments: tuple[object, ...], key: str, act: Callable[[], T]) -> T:
        """Log a write, carry it out unless its key has an answer already, and give that answer or raise."""
        self.calls.append(PaymentsCall(method, arguments, key))
        trouble = self._next_trouble(method)
        # Let others run, as a real call would: races show up in tests.
        await asyncio.sleep(0)
        if trouble is Trouble.BREAK_BEFORE:
            raise unknown()
        outcome = self._answer_once(method, arguments, key, act, trouble)
        if trouble is Trouble.LOSE_ANSWER:
            raise unknown()
        if isinstance(outcome, AppError):
            raise outcome
        return cast(T, outcome)

    def _answer_once(
        self,
        method: str,
        arguments: tuple[object, ...],
        key: str,
        act: Callable[[], object],
        trouble: Trouble | AppError | None,
    ) -> object:
        known = self._answers.get(key)
        if known and self._clock.now() - known.at < KEY_LIFE:
            same = (known.method, known.arguments) == (method, arguments)
            return known.outcome if same else refused("idempotency_error")
        outcome: object
        try:
            if trouble is Trouble.SERVER_ERROR:
                raise unknown(replayed=True)
            outcome = trouble if isinstance(trouble, AppError) else act()
        except AppError as error:
            outcome = error
        self._answers[key] = _Answer(method, arguments, outcome, self._clock.now())
        return outcome

    def _next_trouble(self, method: str) -> Trouble | AppError | None:
        waiting = self._troubles.get(method)
        return waiting.pop(0) if waiting else None


def refused(processor_code: str, hold: HoldSnapshot | None = None) -> ProcessorRefused:
    """Return a refusal with the facts the real one carries."""
    status = None if hold is None else hold.status.value
    return ProcessorRefused("processor_refused", processor_code=processor_code, hold_status=status, request_id=None)


def unknown(*, replayed: bool = False) -> OutcomeUnknown:
    """Return a lost outcome with the facts the real one carries."""
    return OutcomeUnknown("processor_outcome_unknown", http_status=None, request_id=None, replayed=replayed)
