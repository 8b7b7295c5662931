"""Limits over time: what no charger could follow is never sent."""

from decimal import Decimal

import pytest

from api.domain.roaming.smart import MOST_PERIODS, ChargingProfile, ProfileInvalid, ProfilePeriod, RateUnit, profile_of


def periods(*pairs: tuple[int, str]) -> list[ProfilePeriod]:
    """Return periods from second and limit."""
    return [ProfilePeriod(second, Decimal(limit)) for second, limit in pairs]


def test_a_profile_is_kept_exactly() -> None:
    """Limits stay the decimals they were given as; a limit of nothing is one too."""
    found = profile_of(RateUnit.AMPERE, periods((0, "16"), (60, "8.1"), (120, "0")), duration_seconds=600)
    assert found == ChargingProfile(
        RateUnit.AMPERE, tuple(periods((0, "16"), (60, "8.1"), (120, "0"))), duration_seconds=600
    )


@pytest.mark.parametrize(
    ("pairs", "more", "reason"),
    [
        ([], {}, "no periods"),
        ([(1, "5")], {}, "first period"),
        ([(0, "5"), (0, "6")], {}, "one after the other"),
        ([(0, "5"), (9, "6"), (8, "7")], {}, "one after the other"),
        ([(0, "-1")], {}, "below zero"),
        ([(0, "8.15")], {}, "one digit"),
        ([(0, "8")], {"min_rate": Decimal("1.55")}, "one digit"),
        ([(0, "8"), (60, "9")], {"duration_seconds": 60}, "after the end"),
        ([(0, "8")], {"duration_seconds": 0}, "after the end"),
        ([(second, "8") for second in range(MOST_PERIODS + 1)], {}, "too many"),
    ],
)
def test_what_no_charger_could_follow_is_refused(
    pairs: list[tuple[int, str]], more: dict[str, Decimal | int], reason: str
) -> None:
    """The reason is told, so that staff can mend it."""
    with pytest.raises(ProfileInvalid) as refused:
        profile_of(RateUnit.WATT, periods(*pairs), **more)  # type: ignore[arg-type]  # one of each kind
    assert reason in str(refused.value.facts["reason"])
