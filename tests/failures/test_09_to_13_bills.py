"""Modes 9 to 13: a bill that comes twice, changed, taken back, above the hold, or too small to take."""

import pytest

from tests.failures.books import agree, nothing_is_left
from tests.failures.charge import cents
from tests.failures.stage import HOLD, Stage


async def test_mode_09_a_cdr_that_comes_twice_is_answered_alike_and_captured_once(stage: Stage) -> None:
    """The same CDR again is answered with the same address and moves nothing; so does one spelled differently."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    first = await charge.cdr()
    await stage.settles()
    again = [await charge.cdr() for _ in range(3)]
    await stage.settles()

    assert (first.status_code, {each.status_code for each in again}) == (201, {200})
    assert {each.headers["Location"] for each in again} == {first.headers["Location"]}
    assert await charge.status() == ("settled", "captured")
    assert [each["status"] for each in await charge.sent("capture")] == [200]
    assert (await charge.intent())["amount_received"] == cents(20)
    assert await charge.findings() == set()
    assert await stage.value("SELECT count(*) FROM receipt") == 1
    await nothing_is_left(stage)
