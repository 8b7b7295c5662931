"""Tests of the mapping of preferences and profiles, which 2.2.1 and 2.3.0 share."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.domain.roaming.smart import (
    ActiveChargingProfile,
    ChargingPreferences,
    ChargingProfile,
    PreferencesAnswer,
    ProfileAnswer,
    ProfileAnswerKind,
    ProfilePeriod,
    ProfileResult,
    ProfileResultKind,
    ProfileType,
    RateUnit,
)
from clients.ocpi.dialect import NotInThisVersion, Unreadable
from clients.ocpi.exact_json import dump
from clients.ocpi.fields import Unwritable
from clients.ocpi.smart_dialect import VERSIONS, smart_dialect_for
from tests.clients.ocpi.mutating import JSON, paths, with_change
from tests.clients.ocpi.shared import shared_file

SMART = smart_dialect_for("2.2.1")
URL = "https://us.example/ocpi/2.2.1/emsp/chargingprofiles/result/abc"
LEAVES = datetime(2026, 3, 2, 17, 30, 0, 250_000, tzinfo=UTC)
WISH = ChargingPreferences(ProfileType.GREEN, LEAVES, Decimal("24.5"), discharge_allowed=True)
LIMITS = ChargingProfile(
    RateUnit.AMPERE,
    (ProfilePeriod(0, Decimal(16)), ProfilePeriod(900, Decimal("8.1"))),
    starts_at=LEAVES,
    duration_seconds=3600,
    min_rate=Decimal("6.5"),
)
ACTIVE: dict[str, Any] = {
    "start_date_time": "2026-03-02T09:20:00Z",
    "charging_profile": {
        "charging_rate_unit": "W",
        "charging_profile_period": [{"start_period": 0, "limit": 3700}, {"start_period": 60, "limit": Decimal("0.5")}],
        "duration": 1800,
    },
}


def assert_specified(message: object, schema: str, version: str) -> None:
    """Check a message against the official document of a version, as it goes over the wire."""
    document = json.loads(shared_file(f"ocpi/openapi/cpo-{version}.json").read_text())
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(json.loads(dump(message)))


def test_preferences_are_written_exactly() -> None:
    """Moments in UTC with whole seconds, energy as the number that was given, nothing that was not wished."""
    written = SMART.write_preferences(WISH)
    assert dump(written) == (
        '{"profile_type":"GREEN","departure_time":"2026-03-02T17:30:00Z","energy_need":24.5,"discharge_allowed":true}'
    )
    assert SMART.write_preferences(ChargingPreferences(ProfileType.REGULAR)) == {"profile_type": "REGULAR"}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_we_send_is_as_specified(version: str) -> None:
    """The official documents of both versions accept it, with and without what is optional."""
    dialect = smart_dialect_for(version)
    for wish in (WISH, ChargingPreferences(ProfileType.CHEAP)):
        assert_specified(dialect.write_preferences(wish), "ChargingPreferences", version)
    bare = ChargingProfile(RateUnit.WATT, (ProfilePeriod(0, Decimal(11000)),))
    for profile in (LIMITS, bare):
        assert_specified(dialect.write_set_profile(profile, URL), "SetChargingProfile", version)


def test_a_profile_is_written() -> None:
    """Every limit is the decimal it was."""
    written = SMART.write_set_profile(LIMITS, URL)
    assert written["response_url"] == URL
    assert dump(written["charging_profile"]) == (
        '{"charging_rate_unit":"A","charging_profile_period":[{"start_period":0,"limit":16},'
        '{"start_period":900,"limit":8.1}],"start_date_time":"2026-03-02T17:30:00Z","duration":3600,'
        '"min_charging_rate":6.5}'
    )


def test_what_the_specification_forbids_is_not_written() -> None:
    """A profile without a period and an address that is none are our own mistakes."""
    for profile, url in ((replace(LIMITS, periods=()), URL), (LIMITS, "ftp://us.example")):
        with pytest.raises(Unwritable):
            SMART.write_set_profile(profile, url)


@pytest.mark.parametrize("answer", list(PreferencesAnswer))
def test_each_word_on_preferences_is_read(answer: PreferencesAnswer) -> None:
    """The answer is a bare word."""
    assert SMART.read_preferences_answer(answer.upper()) is answer


@pytest.mark.parametrize("raw", [None, "PERHAPS", {"result": "ACCEPTED"}, 1])
def test_another_answer_is_none(raw: object) -> None:
    """Nonsense is never taken for a yes."""
    with pytest.raises(Unreadable):
        SMART.read_preferences_answer(raw)


def test_answers_and_results_are_read() -> None:
    """Time-outs are generous where missing; a result brings a profile only where one was asked for."""
    assert SMART.read_profile_answer({"result": "TOO_OFTEN"}) == ProfileAnswer(ProfileAnswerKind.TOO_OFTEN, 30)
    assert SMART.read_profile_answer({"result": "ACCEPTED", "timeout": "12"}).timeout_seconds == 12
    assert SMART.read_profile_result({"result": "UNKNOWN"}) == ProfileResult(ProfileResultKind.UNKNOWN)
    read = SMART.read_profile_result({"result": "ACCEPTED", "profile": ACTIVE})
    assert read.active == ActiveChargingProfile(
        datetime(2026, 3, 2, 9, 20, tzinfo=UTC),
        ChargingProfile(
            RateUnit.WATT,
            (ProfilePeriod(0, Decimal(3700)), ProfilePeriod(60, Decimal("0.5"))),
            duration_seconds=1800,
        ),
    )


@pytest.mark.parametrize(
    "raw", [{}, None, {"result": "MAYBE"}, {"result": "ACCEPTED", "profile": {"start_date_time": "x"}}]
)
def test_a_result_that_says_nothing_is_unreadable(raw: object) -> None:
    """So that the partner is told, and no word is made up."""
    with pytest.raises(Unreadable):
        SMART.read_profile_result(raw)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_comes_only_unreadable_is_raised(data: st.DataObject) -> None:
    """A profile with any one place changed to anything is read or refused, never a crash."""
    place = data.draw(st.sampled_from(paths(ACTIVE)))
    with contextlib.suppress(Unreadable):
        SMART.read_active_profile(with_change(ACTIVE, place, data.draw(JSON)))


def test_the_oldest_version_has_nothing_of_it() -> None:
    """2.1.1 is said not to have it, rather than being sent what it cannot know."""
    with pytest.raises(NotInThisVersion):
        smart_dialect_for("2.1.1")
