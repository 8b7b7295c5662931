"""An attack on mode 30: what the drivers who were refused during an outage find on their cards afterwards."""

from tests.failures.books import nothing_is_left
from tests.failures.stage import Stage


async def test_a_refused_tap_whose_request_never_arrived_is_not_placed_after_the_outage(stage: Stage) -> None:
    """The driver was told no ten minutes ago: no bank hears of a hold that nobody wants any more."""
    ada = await stage.a_driver()
    stage.outage()
    charge = await ada.taps()
    await stage.settles()
    await stage.passes(seconds=8)
    assert (await charge.status())[0] == "abandoned"

    stage.is_back()
    await stage.passes(minutes=2)
    await stage.passes(minutes=10)

    await nothing_is_left(stage)
    assert await charge.intents() == [], "an authorization for nobody"
