"""Writing together what arrives together: messages that come while others are written share the next transaction.

Nobody waits for company: a message that finds nothing under way is written at once. Of one key only one message is
under way at a time, the others follow in the order in which they came. Each is answered after the commit that it is in,
and one that spoils the statement for all is tried again alone, as are the others. Counted in this process only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Generic, NamedTuple, TypeVar

from api.services.work import StatementFailed

M = TypeVar("M")
R = TypeVar("R")
C = TypeVar("C")


PATIENCE_SECONDS = 10.0
"""How long one transaction may take before its messages are left to the long way, and the next ones are written."""


class _Waiting(NamedTuple, Generic[M, R]):
    key: str
    message: M
    answer: "asyncio.Future[R | None]"


class Gathering(Generic[M, R, C]):
    """Messages of one kind and what writes them."""

    def __init__(
        self,
        write: Callable[[C, Sequence[M]], Awaitable[Sequence[R | None]]],
        open_: Callable[[], AbstractAsyncContextManager[C]],
        *,
        at_once: int = 2,
        most: int = 32,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """Take what writes messages of different keys and returns an answer for each, None for: not done.

        ``open_`` opens what it writes on, which is kept for as long as messages wait, for opening takes time too.
        ``at_once`` is how many transactions may be under way, ``most`` how many messages share one.
        """
        self._write, self._open = write, open_
        self._at_once, self._most, self._patience = at_once, most, patience
        self._waiting: list[_Waiting[M, R]] = []
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, key: str, message: M) -> R | None:
        """Write a message and return its answer; None: nothing was done, or nobody knows."""
        answer: asyncio.Future[R | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(key, message, answer))
        self._go_on()
        return await answer

    def _go_on(self) -> None:
        """Start writing what may be written now."""
        while self._waiting and len(self._tasks) < self._at_once and (batch := self._next()):
            task = asyncio.get_running_loop().create_task(self._run(batch))
            self._tasks.add(task)

    def _next(self) -> list[_Waiting[M, R]]:
        """Take the next messages off the queue, none of a key that is busy."""
        batch: list[_Waiting[M, R]] = []
        rest: list[_Waiting[M, R]] = []
        held = set(self._busy)
        for each in self._waiting:
            if each.key in held or len(batch) >= self._most:
                rest.append(each)
            else:
                batch.append(each)
            held.add(each.key)
        self._waiting = rest
        self._busy.update(each.key for each in batch)
        return batch

    async def _run(self, batch: list[_Waiting[M, R]]) -> None:
        """Write a batch, answer it, and go on with what came meanwhile for as long as the connection is good."""
        try:
            async with self._open() as on:
                while batch and await self._answer(on, batch):
                    self._busy.difference_update(each.key for each in batch)
                    batch = self._next()
            for each in batch:
                if not each.answer.done():
                    async with self._open() as on:
                        await self._answer(on, [each])
        except Exception as error:  # whoever asked is told of it, as if it had written alone
            for each in batch:
                if not each.answer.done():
                    each.answer.set_exception(error)
        finally:
            for each in batch:
                each.answer.cancel()  # only where there is no answer, when all is ended
            self._busy.difference_update(each.key for each in batch)
            task = asyncio.current_task()
            if task is not None:
                self._tasks.discard(task)
            self._go_on()

    async def _answer(self, on: C, batch: Sequence[_Waiting[M, R]]) -> bool:
        """Write a batch and answer it; say whether the connection may be used on.

        Of a batch that was spoiled by one nobody is answered: each is to be tried alone.
        """
        answers: Sequence[R | None]
        good = False
        try:
            async with asyncio.timeout(self._patience):
                answers = await self._write(on, [each.message for each in batch])
            good = True
        except TimeoutError:
            answers = [None] * len(batch)
        except StatementFailed:
            if len(batch) > 1:
                return False
            answers = [None]
        for each, answer in zip(batch, answers, strict=True):
            if not each.answer.done():  # whoever asked may be gone
                each.answer.set_result(answer)
        return good
