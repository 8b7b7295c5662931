"""The signature of webhooks: tampering, old and future ones, two secrets, nonsense."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.notices.webhook_signature import SignatureRefused, sign, verify

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BODY = b'{"id":"wev_1"}'


@pytest.mark.capability("A29")
def test_one_example_for_other_implementations() -> None:
    """The value that docs/notices.md shows; computed once with openssl."""
    assert sign(["whs_example"], now=NOW, body=BODY) == (
        "t=1772442000,v1=04bb4fc959205d34fb6e84fece31ca79b6671eb1b9772d8e93c034c3529f52df"
    )


@pytest.mark.capability("A29")
@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_it_holds_for_five_minutes(seconds: int) -> None:
    """Clocks that differ a little, and a network that takes its time, do no harm."""
    verify(sign(["one"], now=NOW, body=BODY), ["one"], now=NOW + timedelta(seconds=seconds), body=BODY)


@pytest.mark.capability("A29")
@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_a_replay_later_is_refused(seconds: int) -> None:
    """Who recorded a webhook cannot send it again after the window."""
    with pytest.raises(SignatureRefused):
        verify(sign(["one"], now=NOW, body=BODY), ["one"], now=NOW + timedelta(seconds=seconds), body=BODY)


@pytest.mark.capability("A29")
@given(position=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_any_changed_bit_of_the_body_is_refused(position: int, bit: int) -> None:
    """The bytes are signed, not what they mean."""
    changed = bytearray(BODY)
    changed[position] ^= 1 << bit
    with pytest.raises(SignatureRefused):
        verify(sign(["one"], now=NOW, body=BODY), ["one"], now=NOW, body=bytes(changed))


def test_a_moved_timestamp_is_refused() -> None:
    """The moment is signed too, so an old webhook cannot be dated anew."""
    old = sign(["one"], now=NOW - timedelta(hours=1), body=BODY)
    moved = old.replace(f"t={int((NOW - timedelta(hours=1)).timestamp())}", f"t={int(NOW.timestamp())}")
    with pytest.raises(SignatureRefused):
        verify(moved, ["one"], now=NOW, body=BODY)


def test_both_secrets_sign_while_one_is_changed() -> None:
    """A back end that knows either accepts; one that knows neither does not."""
    both = sign(["new", "old"], now=NOW, body=BODY)
    verify(both, ["new"], now=NOW, body=BODY)
    verify(both, ["old"], now=NOW, body=BODY)
    with pytest.raises(SignatureRefused):
        verify(both, ["other"], now=NOW, body=BODY)


@pytest.mark.parametrize(
    "header",
    [None, "", "t=", "v1=aa", "t=x,v1=aa", "t=1,t=2,v1=aa", "t=99999999999999,v1=aa", "t=²,v1=aa", "t=1,v1=é", ",,,="],
)
def test_nonsense_is_refused(header: str | None) -> None:
    """Whatever a header holds, it is refused and never an error of ours."""
    with pytest.raises(SignatureRefused):
        verify(header, ["one"], now=NOW, body=BODY)
