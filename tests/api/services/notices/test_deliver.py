"""Sending notices: to whom, when, how often, and what becomes of each."""

import asyncio

import pytest

from api.domain.notices.kinds import KINDS, Channel
from api.ports.push import DeviceUnregistered, Platform, PushRefused, PushUnavailable
from api.services.deferral import Job
from api.services.drivers.devices import close_family
from api.services.notices.claims import pause_after
from api.services.notices.deliver import MOST_ATTEMPTS, deliver_notice
from api.services.notices.queries import read_notices
from api.services.notices.tell import tell_driver
from tests.api.services.notices.devices import NIGHT, a_device, choose, mails, outcomes, pushes, sweep, tell
from tests.bench import Bench
from tests.fakes import SimulatedCrash

AWAY = PushUnavailable("push_unavailable", answer="503", retry_after_s=None)


@pytest.mark.capability("A27")
async def test_a_notice_reaches_every_device_once_and_says_nothing_of_anybody(bench: Bench) -> None:
    """Each signed-in device of the driver gets id and kind; nobody else's does."""
    await a_device(bench, "phone-one")
    await a_device(bench, "tablet-two", platform=Platform.APNS, token="0a" * 32)
    await a_device(bench, driver_id="drv_2")
    notice = await tell(bench, "wallet_topped_up", detail={"amount_minor": 5000, "currency": "EUR"})
    assert notice is not None

    await bench.drain()
    await sweep(bench, 3600)

    sent = pushes(bench).sent
    assert {target.platform for target, _ in sent} == {Platform.FCM, Platform.APNS}
    assert [push.data for _, push in sent] == [{"id": notice.id, "kind": "wallet_topped_up"}] * 2
    assert await outcomes(bench) == [("wallet_topped_up", "push", "sent")] * 2


async def test_a_notice_and_its_sending_are_one_commit(bench: Bench) -> None:
    """A change that is rolled back tells nobody, and leaves neither rows nor jobs."""
    await a_device(bench)

    async def breaks_off() -> None:
        async with bench.work() as db:
            now = bench.clock.now()
            await tell_driver(db=db, ports=bench.ports, now=now, driver_id="drv_1", message="refund_made")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await breaks_off()
    await bench.drain()
    assert (await outcomes(bench), await bench.messages(), pushes(bench).tried) == ([], [], [])


async def test_what_is_told_once_is_told_once(bench: Bench) -> None:
    """The second with the same word of its own makes no notice and no push."""
    await a_device(bench)
    first, second = [await tell(bench, "refund_made", once="rfd_1:refund_made") for _ in range(2)]
    await bench.drain()
    assert (first is not None, second, pushes(bench).kinds) == (True, None, ["refund_made"])


@pytest.mark.capability("A28")
@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
async def test_every_kind_goes_by_the_channels_chosen_and_waits_only_if_it_may(bench: Bench, night: bool) -> None:
    """The matrix, through the database: kind, channel, on or off, by day and in quiet hours."""
    await a_device(bench)
    chosen = {kind: {"push": bool(n % 2), "email": bool(n // 2 % 2)} for n, kind in enumerate(KINDS)}
    await choose(bench, channels=chosen)
    bench.clock.advance(NIGHT if night else 0)
    for kind in KINDS:
        await tell(bench, kind)
    await bench.drain()

    at_once = {(message, channel): outcome for message, channel, outcome in await outcomes(bench)}
    assert set(at_once) == {(kind, c.value) for kind in KINDS for c in Channel if chosen[kind][c]}
    held = {message for (message, _), outcome in at_once.items() if outcome != "sent"}
    waiting = {kind for kind in KINDS if KINDS[kind].waits and any(chosen[kind].values())}
    assert held == (waiting if night else set())

    bench.clock.advance(7 * 3600)
    await bench.drain()
    assert {outcome for _, _, outcome in await outcomes(bench)} <= {"sent", "expired"}


@pytest.mark.capability("A28", "EP04")
async def test_news_waits_for_the_morning_and_only_the_newest_of_a_kind_is_pushed(bench: Bench) -> None:
    """Two top-ups and a low balance in the night: at seven one push of each kind, and the list has all three."""
    await a_device(bench)
    bench.clock.advance(NIGHT)
    for message in ("wallet_topped_up", "wallet_low", "wallet_topped_up"):
        await tell(bench, message, detail={"balance_minor": 500, "currency": "EUR"})
        bench.clock.advance(60)
    await bench.drain()
    assert pushes(bench).sent == []

    bench.clock.advance(7 * 3600 - 180)
    await bench.drain()
    assert sorted(pushes(bench).kinds) == ["wallet_low", "wallet_topped_up"]
    assert len(await bench.messages()) == 3
    assert sorted(await outcomes(bench))[1:] == [
        ("wallet_topped_up", "push", "sent"),
        ("wallet_topped_up", "push", "superseded"),
    ]


async def test_who_changes_their_quiet_hours_changes_what_waits(bench: Bench) -> None:
    """A notice planned for now that has become quiet is put off; one sent late is sent when it is not quiet."""
    await a_device(bench)
    pushes(bench).answers.append(AWAY)
    await tell(bench, "wallet_topped_up")
    await bench.drain()
    bench.clock.advance(NIGHT)
    await bench.drain()
    assert pushes(bench).sent == []
    bench.clock.advance(7 * 3600)
    await bench.drain()
    assert pushes(bench).kinds == ["wallet_topped_up"]


async def test_what_is_of_no_use_in_the_morning_is_never_sent(bench: Bench) -> None:
    """A place that was free at midnight is no news at seven."""
    await a_device(bench)
    bench.clock.advance(NIGHT)
    await tell(bench, "connector_free")
    await sweep(bench, 8 * 3600)
    assert (await outcomes(bench), pushes(bench).tried) == ([("connector_free", "push", "expired")], [])


async def test_a_device_that_its_service_forgot_is_removed(bench: Bench) -> None:
    """The other device still gets everything; the next notice does not even try the gone one."""
    await a_device(bench, "phone-one")
    await a_device(bench, "tablet-two")
    pushes(bench).answers.append(DeviceUnregistered("device_unregistered", answer="410"))
    await tell(bench, "payment_due", detail={"amount_minor": 1, "currency": "EUR"})
    await bench.drain()

    outcome = sorted(each for _, channel, each in await outcomes(bench) if channel == "push")
    assert outcome == ["sent", "unregistered"]
    assert await bench.value("SELECT count(*) FROM push_device") == 1


async def test_a_device_that_registered_anew_meanwhile_stays(bench: Bench) -> None:
    """The refusal is of the old token: the new one, told while the push was under way, is not forgotten."""
    device = await a_device(bench)
    await tell(bench, "wallet_topped_up")
    bench_push = pushes(bench)

    async def send(*_args: object) -> None:
        await a_device(bench, token="a-newer-token-of-this-phone")
        raise DeviceUnregistered("device_unregistered", answer="410")

    bench_push.send = send  # type: ignore[method-assign,assignment]  # another answer than the fake's own
    await bench.drain()
    assert await bench.value("SELECT token FROM push_device") == "a-newer-token-of-this-phone" != device.token


async def test_who_signed_out_is_pushed_nothing(bench: Bench) -> None:
    """Between planning and sending the driver signed out: the phone may be somebody else's by now."""
    device = await a_device(bench)
    await tell(bench, "wallet_topped_up")
    async with bench.work() as db:
        await close_family(db=db, now=bench.clock.now(), family_id=device.family_id)
    await bench.drain()
    assert (pushes(bench).tried, await bench.value("SELECT count(*) FROM push_device")) == ([], 0)
    assert await outcomes(bench) == [("wallet_topped_up", "push", "unregistered")]


async def test_a_sign_in_that_ran_out_ends_the_pushes(bench: Bench) -> None:
    """After the last day of a sign-in the sweep forgets the device."""
    await a_device(bench)
    bench.clock.advance(61 * 86400)
    await tell(bench, "wallet_topped_up")
    await sweep(bench)
    assert (await outcomes(bench), await bench.value("SELECT count(*) FROM push_device")) == ([], 0)


async def test_a_busy_service_is_asked_again_as_it_wishes(bench: Bench) -> None:
    """Retry-After beats our own break when it is longer; then the push goes out, once."""
    await a_device(bench)
    pushes(bench).answers.append(PushUnavailable("push_unavailable", answer="429", retry_after_s=600))
    await tell(bench, "wallet_topped_up")
    await bench.drain()
    bench.clock.advance(599)
    await sweep(bench)
    assert len(pushes(bench).tried) == 1
    bench.clock.advance(2)
    await bench.drain()
    assert pushes(bench).kinds == ["wallet_topped_up"]


def test_breaks_grow_and_are_spread() -> None:
    """Doubled from fifteen seconds up to an hour, and up to a quarter more, not the same for every delivery."""
    breaks = [pause_after("ndl_1", attempt).total_seconds() for attempt in range(1, MOST_ATTEMPTS + 1)]
    assert all(15 * 2**n <= each <= 15 * 2**n * 1.25 for n, each in enumerate(breaks[:8]))
    assert max(breaks) <= 3600 * 1.25
    assert len({pause_after(f"ndl_{n}", 3) for n in range(20)}) > 10


async def test_it_is_given_up_when_it_is_of_no_use_any_more(bench: Bench) -> None:
    """A service that stays away: tries with longer and longer breaks, the last before the notice is worthless."""
    await a_device(bench)
    pushes(bench).answers.extend([AWAY] * 50)
    await tell(bench, "payment_declined")
    for _ in range(40):
        await sweep(bench, 60)
    tried = len(pushes(bench).tried)
    assert 3 <= tried <= 8
    assert await outcomes(bench) == [("payment_declined", "push", "given_up")]
    await sweep(bench, 86400)
    assert len(pushes(bench).tried) == tried


async def test_a_refused_push_is_not_repeated(bench: Bench) -> None:
    """What a service will never take is kept with its words, and the device stays."""
    await a_device(bench)
    pushes(bench).answers.append(PushRefused("push_refused", answer="400 BadTopic"))
    await tell(bench, "wallet_topped_up")
    await sweep(bench, 3600)
    assert await bench.rows("SELECT outcome, detail FROM notice_delivery") == [("refused", "400 BadTopic")]
    assert await bench.value("SELECT count(*) FROM push_device") == 1


async def test_a_channel_that_is_off_says_why_and_costs_no_job(bench: Bench) -> None:
    """Without keys nothing is tried, and the row tells the reason."""
    pushes(bench).off[Platform.FCM] = "no_push_keys_set"
    mails(bench).off = "no_mail_server_set"
    await a_device(bench)
    await tell(bench, "payment_due")
    assert await bench.run(Job.DELIVER_NOTICE) == []
    rows = await bench.rows("SELECT channel, outcome, detail FROM notice_delivery ORDER BY channel")
    assert rows == [("email", "not_sent", "no_mail_server_set"), ("push", "not_sent", "no_push_keys_set")]


async def test_death_between_sending_and_noting_repeats_the_same_push(bench: Bench) -> None:
    """Nobody sends it while the claim lives; then it is sent again under the same id and collapse key, and noted."""
    await a_device(bench)
    pushes(bench).answers.append(SimulatedCrash())
    await tell(bench, "wallet_topped_up")
    with pytest.raises(SimulatedCrash):
        await bench.drain()

    await sweep(bench, 60)
    assert len(pushes(bench).tried) == 1
    await sweep(bench, 120)
    (_, first), (_, second) = pushes(bench).tried
    assert first == second
    assert await outcomes(bench) == [("wallet_topped_up", "push", "sent")]
    await sweep(bench, 3600)
    assert len(pushes(bench).tried) == 2


async def test_a_job_that_is_lost_is_found_by_the_sweep(bench: Bench) -> None:
    """The row is what is owed, the job only the fast way."""
    await a_device(bench)
    await tell(bench, "wallet_topped_up")
    await bench.rows("DELETE FROM procrastinate_jobs RETURNING id")
    await sweep(bench, 60)
    assert pushes(bench).kinds == ["wallet_topped_up"]


async def test_two_workers_send_once(bench: Bench) -> None:
    """The same delivery given to two workers at once is one push."""
    await a_device(bench)
    await tell(bench, "wallet_topped_up")
    delivery_id = await bench.value("SELECT id FROM notice_delivery")
    tries = (deliver_notice(work=bench.work, ports=bench.ports, delivery_id=delivery_id) for _ in range(4))
    await asyncio.gather(*tries)
    assert pushes(bench).kinds == ["wallet_topped_up"]


async def test_what_was_read_in_the_app_is_not_pushed(bench: Bench) -> None:
    """Reading a message is reading all before it; nobody else's."""
    await a_device(bench)
    bench.clock.advance(NIGHT)
    await tell(bench, "wallet_topped_up")
    newer = await tell(bench, "wallet_low")
    assert newer is not None
    async with bench.work() as db:
        await read_notices(db=db, now=bench.clock.now(), driver_id="drv_1", notice_id=newer.id)
    await sweep(bench, 8 * 3600)
    assert (pushes(bench).tried, {each for _, _, each in await outcomes(bench)}) == ([], {"obsolete"})
