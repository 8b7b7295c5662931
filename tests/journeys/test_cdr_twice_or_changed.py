"""CDRs that come twice, changed, or in a currency that nobody agreed to: paid once, or not by rule at all."""

from datetime import timedelta

from tests.journeys.promise import keeps_the_promise
from tests.journeys.world import World

TEN_KWH = 536
"""10 kWh at 0.45 net and 19 % tax are 5.355, half up, in cents."""


async def test_duplicate_cdr_is_paid_once(world: World) -> None:
    """The same CDR three times: one bill, one capture, nothing for finance to look at."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", "duplicate_cdr", energy_kwh=10))

    settled = await charge.ends("settled")

    sent = [each for each in await world.cpo("GET", "sent") if each["label"] == "cdr"]
    assert len(sent) == 3
    assert all(each["status_code"] == 1000 for each in sent)  # a repetition is no mistake of the partner's
    assert settled["hold"]["captured"]["amount_minor"] == TEN_KWH
    assert await world.connection.fetchval("SELECT count(*) FROM cdr WHERE charging_session_id = $1", charge.id) == 1
    assert await charge.findings() == set()
    await keeps_the_promise(world)


async def test_changed_cdr_with_the_same_id_does_not_count(world: World) -> None:
    """The first CDR with an id counts; another one under the same id is kept, refused and told to finance."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", "mutated_cdr", energy_kwh=10))

    settled = await charge.ends("settled")

    first, second = [each for each in await world.cpo("GET", "sent") if each["label"] == "cdr"]
    assert (first["status_code"], second["status_code"]) == (1000, 2001)
    assert settled["final_price"]["amount_minor"] == settled["hold"]["captured"]["amount_minor"] == TEN_KWH
    assert await charge.findings() == {"cdr_conflict"}
    await keeps_the_promise(world)


async def test_cdr_in_another_currency_waits_for_staff_and_the_hold_is_not_lost(world: World) -> None:
    """Money is never converted silently: finance is asked, and before the hold lapses the known price is taken."""
    ada = await world.a_driver()
    charge = await ada.starts_at(await world.a_charger("vcp-ac-plain", "wrong_currency", energy_kwh=10))

    waiting = await charge.becomes("needs_finance")
    assert waiting["hold"]["status"] == "placed"
    assert await charge.findings() == {"cdr_unpriceable"}

    # nobody decides for days: the hold must not lapse with everything lost
    await world.skips(days=5.9)
    await world.passes(hours=12)
    kept = await charge.shown()
    assert kept["hold"]["status"] == "captured"
    assert kept["hold"]["captured"]["amount_minor"] == TEN_KWH  # what the driver was shown all along
    assert {"cdr_unpriceable", "estimate_captured"} <= await charge.findings()
    await keeps_the_promise(world)


async def test_result_before_response_and_no_result_at_all(world: World) -> None:
    """Results that overtake the response, or never come, change nothing: the session is what counts."""
    ada, bob = await world.a_driver(), await world.a_driver()
    early = await ada.starts_at(await world.a_charger("vcp-ac-plain", "result_before_response", energy_kwh=10))
    mute = await bob.starts_at(await world.a_charger("vcp-ac-plain", "no_result", energy_kwh=10))

    for charge in (early, mute):
        await charge.becomes("charging", within=timedelta(minutes=2))
    for charge in (early, mute):
        settled = await charge.ends("settled")
        assert settled["hold"]["captured"]["amount_minor"] == TEN_KWH
        assert await charge.commands("START_SESSION") == 1
    await keeps_the_promise(world)
