"""Quiet hours, channels by kind, and what the kinds weigh: the whole matrix."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.notices.choice import Choice, quiet_end
from api.domain.notices.kinds import KINDS, Channel, Weight, collapse_key, kind_of

BERLIN = "Europe/Berlin"
EVERY = [(kind, channel, on) for kind in KINDS for channel in Channel for on in (True, False)]


def berlin(text: str) -> datetime:
    """Return a moment by the clock in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)


@pytest.mark.capability("A28")
@pytest.mark.parametrize(("kind", "channel", "on"), EVERY)
def test_a_driver_decides_each_channel_of_each_kind(kind: str, channel: Channel, on: bool) -> None:
    """Every cell of the matrix can be switched, and switches nothing beside it."""
    choice, standard = Choice(BERLIN, channels={kind: {channel: on}}), Choice(BERLIN)

    assert choice.wants(kind, channel) is on
    others = [(k, c) for k in KINDS for c in Channel if (k, c) != (kind, channel)]
    assert all(choice.wants(k, c) == standard.wants(k, c) for k, c in others)


@pytest.mark.capability("A28")
def test_only_news_waits() -> None:
    """Money and safety never wait for the end of the quiet hours; the list says which is which."""
    waiting = {name for name, kind in KINDS.items() if kind.waits}
    assert waiting == {name for name, kind in KINDS.items() if kind.weight is Weight.NEWS}
    assert not waiting & {"unplug", "stop_failed", "payment_due", "hold_nearly_used", "price_step", "confirm_with_bank"}
    assert {"charge_ended", "receipt_ready", "battery_reached", "refund_made", "connector_free"} <= waiting


def test_defaults_are_sensible() -> None:
    """Everything is pushed; mails are for money, and for what is said to a driver about their case."""
    choice = Choice(BERLIN)
    assert all(choice.wants(kind, Channel.PUSH) for kind in KINDS)
    mailed = {kind for kind in KINDS if choice.wants(kind, Channel.EMAIL)}
    assert mailed == {
        "payment_due",
        "wallet_below_zero",
        "refund_made",
        "wallet_refund_failed",
        "complaint_decided",
        *("payment_due", "wallet_below_zero", "refund_made", "wallet_refund_failed"),
        *("case_answered", "case_asked", "case_resolved"),
    }


def test_a_kind_that_nobody_described_is_news() -> None:
    """It is told all the same."""
    assert (kind_of("something_new").waits, Choice(BERLIN).wants("something_new", Channel.PUSH)) == (True, True)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-02T21:59", None),
        ("2026-03-02T22:00", "2026-03-03T07:00"),
        ("2026-03-03T03:00", "2026-03-03T07:00"),
        ("2026-03-03T06:59", "2026-03-03T07:00"),
        ("2026-03-03T07:00", None),
        ("2026-03-03T12:00", None),
        ("2026-03-28T23:00", "2026-03-29T07:00"),  # the night in which the clock skips an hour
        ("2026-10-24T23:00", "2026-10-25T07:00"),  # and the one in which it repeats one
    ],
)
def test_quiet_hours_are_by_the_drivers_clock(now: str, until: str | None) -> None:
    """From ten to seven in Berlin, whatever UTC says, over midnight and both changes of the clock."""
    assert quiet_end(Choice(BERLIN), berlin(now)) == (berlin(until) if until else None)


def test_quiet_hours_within_a_day_and_none() -> None:
    """A siesta; no quiet hours; a start that is the end."""
    siesta = Choice(BERLIN, quiet_from=time(13), quiet_until=time(15))
    assert quiet_end(siesta, berlin("2026-03-02T14:00")) == berlin("2026-03-02T15:00")
    assert quiet_end(siesta, berlin("2026-03-02T15:00")) is None
    assert quiet_end(Choice(BERLIN, quiet_from=None, quiet_until=None), berlin("2026-03-02T03:00")) is None
    assert quiet_end(Choice(BERLIN, quiet_from=time(3), quiet_until=time(3)), berlin("2026-03-02T03:00")) is None


@given(
    at=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),  # noqa: DTZ001 - zone below
    begins=st.times(),
    ends=st.times(),
    zone=st.sampled_from([BERLIN, "Europe/London", "Europe/Oslo", "America/St_Johns", "Asia/Kathmandu", "UTC"]),
)
def test_what_is_put_off_is_put_off_to_a_moment_that_is_not_quiet(
    at: datetime, begins: time, ends: time, zone: str
) -> None:
    """The end lies ahead, within a day and the clock's changes, and nothing is quiet at it."""
    choice = Choice(zone, quiet_from=begins.replace(microsecond=0), quiet_until=ends.replace(microsecond=0))
    now = at.replace(tzinfo=UTC)
    end = choice.after_quiet(now)
    assert now <= end <= now + timedelta(hours=25)
    assert end == now or quiet_end(choice, end) is None


def test_collapse_keys() -> None:
    """What is told of one charge takes one place on a device, but for money that stays open or comes back."""
    assert collapse_key("unplug", "chs_1") == collapse_key("charge_ended", "chs_1") == "chs_1"
    assert collapse_key("payment_due", "chs_1") != "chs_1"
    assert collapse_key("wallet_low", "drv_1") != collapse_key("wallet_topped_up", "drv_1")
