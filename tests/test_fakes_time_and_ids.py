"""What the clock and the source of ids promise, the real ones and the fakes alike."""

import re
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from api.ports.clock import Clock
from api.ports.randomness import Randomness
from clients.system import SandboxClock, SystemClock, SystemRandomness
from tests.fakes import FakeClock, FakeRandomness


class TestClock:
    """What ``api.ports.clock.Clock`` promises."""

    @pytest.mark.parametrize("make", [FakeClock, SystemClock, lambda: SandboxClock(Path("no-such-clock-file"))])
    def test_time_is_aware_and_in_utc(self, make: Callable[[], Clock]) -> None:
        """``now`` is aware and in UTC and never runs backwards; a clock at normal speed agrees with the wall."""
        clock = make()
        before = clock.now()
        assert before.tzinfo is UTC
        assert clock.now() >= before
        assert abs(clock.wall_time(before) - before) < timedelta(seconds=1)

    def test_a_fake_clock_stands_until_moved(self) -> None:
        """A test alone decides what time it is."""
        clock = FakeClock()
        before = clock.now()
        clock.advance(90)
        assert clock.now() == before + timedelta(seconds=90)
        clock.set(before)
        assert clock.now() == before


class TestRandomness:
    """What ``api.ports.randomness.Randomness`` promises."""

    @pytest.mark.parametrize("make", [FakeRandomness, SystemRandomness])
    def test_ids_are_unique_and_prefixed(self, make: Callable[[], Randomness]) -> None:
        """Every id is new and tells what it names."""
        port = make()
        made = [port.new_id("chs") for _ in range(100)]
        assert len(set(made)) == 100
        assert all(re.fullmatch(r"chs_[0-9a-z]+", one) for one in made)

    @pytest.mark.parametrize("make", [FakeRandomness, SystemRandomness])
    def test_secrets_and_token_uids_have_their_form(self, make: Callable[[], Randomness]) -> None:
        """A secret is long and URL-safe, a token uid fits OCPI's 36 characters; both are new each time."""
        port = make()
        secrets = {port.secret() for _ in range(20)}
        uids = {port.token_uid() for _ in range(20)}
        assert len(secrets) == len(uids) == 20
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{43,}", secret) for secret in secrets)
        assert all(re.fullmatch(r"[A-Za-z0-9]{1,36}", uid) for uid in uids)

    def test_the_fake_repeats_itself(self) -> None:
        """The same test makes the same ids in every run."""
        one, other = FakeRandomness(), FakeRandomness()
        assert [one.new_id("chs") for _ in range(3)] == [other.new_id("chs") for _ in range(3)]
