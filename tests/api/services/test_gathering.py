"""Messages that arrive together: one transaction, one message of a key at a time, and none spoiled by another."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext

import pytest

from api.services.gathering import Gathering
from api.services.work import StatementFailed

Message = tuple[str, int]


class Writer:
    """Writes when let, and remembers what came together."""

    def __init__(self) -> None:
        """Write nothing yet."""
        self.batches: list[list[Message]] = []
        self.spoiled: set[int] = set()
        self.gate = asyncio.Event()

    async def write(self, _on: None, messages: Sequence[Message]) -> list[int | None]:
        """Write messages: number 0 is not done, a spoiled one fails all."""
        self.batches.append(list(messages))
        await self.gate.wait()
        if self.spoiled & {number for _, number in messages}:
            raise StatementFailed
        return [number or None for _, number in messages]


async def taken(gathering: Gathering[Message, int, None], *messages: Message) -> list[int | None]:
    """Return the answers to messages that come one right after the other."""
    return await asyncio.gather(*(gathering.take(key, (key, number)) for key, number in messages))


async def test_what_comes_while_others_are_written_is_written_together() -> None:
    """The first one waits for nobody, the others share the next transaction, and each has its own answer."""
    writer = Writer()
    gathering = Gathering(writer.write, nullcontext, at_once=1)
    asking = asyncio.create_task(taken(gathering, ("a", 1), ("b", 2), ("c", 0), ("d", 4)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    writer.gate.set()
    assert await asking == [1, 2, None, 4]
    assert writer.batches == [[("a", 1)], [("b", 2), ("c", 0), ("d", 4)]]


async def test_of_one_key_one_message_is_under_way_at_a_time_and_in_order() -> None:
    """Reports of one charge never share a transaction and never overtake each other, whatever else is idle."""
    writer = Writer()
    gathering = Gathering(writer.write, nullcontext, at_once=3)
    asking = asyncio.create_task(taken(gathering, ("a", 1), ("a", 2), ("b", 3), ("a", 4), ("b", 5)))
    for _ in range(5):
        await asyncio.sleep(0)
    assert writer.batches == [[("a", 1)], [("b", 3)]]
    writer.gate.set()
    assert await asking == [1, 2, 3, 4, 5]
    for key, numbers in (("a", [1, 2, 4]), ("b", [3, 5])):
        assert [number for batch in writer.batches for name, number in batch if name == key] == numbers
    assert all(len({name for name, _ in batch}) == len(batch) for batch in writer.batches)


async def test_one_that_fails_is_alone_with_it() -> None:
    """A message that spoils the transaction of all is tried again alone, as are the others, which then are done."""
    writer = Writer()
    writer.spoiled = {3}
    writer.gate.set()
    gathering = Gathering(writer.write, nullcontext, at_once=1)
    assert await taken(gathering, ("a", 1), ("b", 2), ("c", 3), ("d", 4)) == [1, 2, None, 4]
    assert writer.batches[1:] == [[("b", 2), ("c", 3), ("d", 4)], [("b", 2)], [("c", 3)], [("d", 4)]]


async def test_an_error_of_ours_reaches_all_who_asked_and_stops_nobody_after_them() -> None:
    """Whatever the writer raises is raised to whoever waits for it, and the next message is written."""

    async def broken(_on: None, messages: Sequence[Message]) -> list[int | None]:
        if messages[0][1] == 1:
            raise ZeroDivisionError
        return [number for _, number in messages]

    gathering = Gathering(broken, nullcontext, at_once=1)
    with pytest.raises(ZeroDivisionError):
        await gathering.take("a", ("a", 1))
    assert await gathering.take("a", ("a", 2)) == 2


async def test_no_transaction_takes_more_than_is_allowed() -> None:
    """Many messages are written in several transactions."""
    writer = Writer()
    writer.gate.set()
    gathering = Gathering(writer.write, nullcontext, at_once=1, most=2)
    assert await taken(gathering, *((str(number), number) for number in range(1, 8))) == list(range(1, 8))
    assert max(map(len, writer.batches)) == 2


async def test_who_gives_up_leaves_the_others_their_answers() -> None:
    """A caller that is gone when its message was written disturbs nothing."""
    writer = Writer()
    gathering = Gathering(writer.write, nullcontext, at_once=1)
    gone = asyncio.create_task(gathering.take("a", ("a", 1)))
    asking = asyncio.create_task(gathering.take("a", ("a", 2)))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    writer.gate.set()
    assert await asking == 2


async def test_a_transaction_that_hangs_holds_nobody_up_for_ever() -> None:
    """After a while its messages are answered as not done, and those behind it are written."""
    writer = Writer()
    gathering = Gathering(writer.write, nullcontext, at_once=1, patience=0.05)
    asking = asyncio.create_task(taken(gathering, ("a", 1), ("b", 2)))
    assert await asking == [None, None]
    writer.gate.set()
    assert await gathering.take("a", ("a", 4)) == 4
