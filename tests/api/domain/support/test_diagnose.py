"""One next step: what the checks found first, then the plan of the symptom, at last a person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.domain.support.checks import Check, CheckName, Known, Means, Outcome, first_wrong, ordered_checks
from api.domain.support.diagnose import PLANS, SAFETY, WAIT, Next, Situation, Step, Symptom, may_go_on, next_step

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)
FINE = Known(card=Means(there=True), evse_refusals=(), evse_status="available", failing_evses=0, free_neighbors=2)
EVERYTHING = Situation(
    has_pass=True, has_neighbors=True, has_charge=True, has_operator=True, has_issuer=True, may_unlock=True
)


def walk(symptom: Symptom, situation: Situation = EVERYTHING, known: Known = FINE) -> list[Step]:
    """Return all steps of a driver whom nothing helps, in order."""
    checks = ordered_checks(known)
    tried: list[Step] = []
    while (found := next_step(symptom, checks, situation, tried=tried, now=NOW)).step is not Step.ASK_US:
        tried.append(found.step)
        assert len(tried) < 20, "it goes round in circles"
    return tried


@pytest.mark.capability("CM21", "CK14")
def test_not_started_goes_from_the_cable_to_the_operator() -> None:
    """Cable at both ends, half a minute, the pass, another connector here, the operator; then a person."""
    assert walk(Symptom.NOT_STARTED) == [
        Step.CHECK_CABLE,
        Step.WAIT_AND_RETRY,
        Step.RETRY_WITH_PASS,
        Step.OTHER_CONNECTOR,
        Step.CALL_OPERATOR,
    ]
    alone = replace(EVERYTHING, has_pass=False, has_neighbors=False, has_operator=False)
    assert walk(Symptom.NOT_STARTED, alone) == [Step.CHECK_CABLE, Step.WAIT_AND_RETRY]


@pytest.mark.capability("CM22")
def test_the_emergency_stop_is_the_last_step() -> None:
    """While it charges: unplug at the car, the operator, and only then the red button, with its own warning."""
    steps = walk(Symptom.TROUBLE)
    assert steps[-3:] == [Step.UNPLUG_AT_CAR, Step.CALL_OPERATOR, Step.EMERGENCY_STOP]
    last = next_step(Symptom.TROUBLE, (), EVERYTHING, tried=steps[:-1], now=NOW)
    assert last == Next(Step.EMERGENCY_STOP, safety="emergency_only")
    for plan in PLANS.values():
        if Step.EMERGENCY_STOP in plan:
            assert plan[plan.index(Step.EMERGENCY_STOP) + 1 :] == (Step.ASK_US,)


@pytest.mark.capability("CM22")
def test_nobody_presses_the_red_button_before_they_could_talk_to_somebody() -> None:
    """Where the operator cannot be reached it is us who are called first."""
    alone = replace(EVERYTHING, has_operator=False)
    tried: list[Step] = []
    while (found := next_step(Symptom.TROUBLE, (), alone, tried=tried, now=NOW)).step not in tried:
        tried.append(found.step)
    assert tried[-3:] == [Step.UNPLUG_AT_CAR, Step.ASK_US, Step.EMERGENCY_STOP]


@pytest.mark.capability("CM23", "CM24")
def test_what_does_not_stop_is_stopped_by_the_pass_and_then_by_the_hotline() -> None:
    """The app first, opened anew, then the pass on the reader, then the line that is always open."""
    steps = walk(Symptom.DOES_NOT_STOP)
    assert steps == [
        Step.STOP_IN_APP,
        Step.RESTART_APP,
        Step.STOP_WITH_PASS,
        Step.CALL_HOTLINE,
        Step.CALL_OPERATOR,
    ]
    asked = replace(EVERYTHING, stop_asked=True, has_pass=False)
    assert walk(Symptom.DOES_NOT_STOP, asked)[:2] == [Step.RESTART_APP, Step.CALL_HOTLINE]


@pytest.mark.capability("CK18")
def test_a_stuck_cable_is_never_forced() -> None:
    """Lock and unlock, wait half a minute, then ask; the warning stands before each of the steps."""
    known = replace(FINE, platform_incidents=("7",))
    assert walk(Symptom.STUCK_CABLE, known=known) == [
        Step.LOCK_AND_UNLOCK,
        Step.WAIT_FOR_LOCK,
        Step.ASK_TO_UNLOCK,
        Step.CALL_OPERATOR,
    ]
    for count in range(5):
        tried = PLANS[Symptom.STUCK_CABLE][:count]
        assert next_step(Symptom.STUCK_CABLE, (), EVERYTHING, tried=tried, now=NOW).safety == "never_force"
    wait = next_step(Symptom.STUCK_CABLE, (), EVERYTHING, tried=[Step.LOCK_AND_UNLOCK], now=NOW, told_at=NOW)
    assert wait.not_before == NOW + WAIT
    assert set(SAFETY) == {Symptom.STUCK_CABLE, Symptom.TROUBLE}


@pytest.mark.capability("CK14")
def test_no_other_try_before_half_a_minute_or_while_the_operator_is_at_it() -> None:
    """The countdown runs from the failure; a post that still works on the last start is left alone longer."""
    failed = replace(EVERYTHING, failed_at=NOW - timedelta(seconds=10))
    tried = [Step.CHECK_CABLE]
    wait = next_step(Symptom.NOT_STARTED, (), failed, tried=tried, now=NOW, told_at=NOW)
    assert wait.not_before == NOW + timedelta(seconds=20)
    assert not may_go_on(wait.step, wait.not_before, NOW)
    assert may_go_on(wait.step, wait.not_before, NOW + timedelta(seconds=20))
    locked = replace(failed, locked_until=NOW + timedelta(minutes=2))
    assert next_step(Symptom.NOT_STARTED, (), locked, tried=tried, now=NOW).not_before == NOW + timedelta(minutes=2)
    assert may_go_on(Step.CHECK_CABLE, NOW + timedelta(hours=1), NOW)


@pytest.mark.capability("EP08")
def test_the_checks_have_an_order_and_all_of_them_answer() -> None:
    """With everything wrong the balance comes first; each that is mended uncovers the next one."""
    wrong = Known(
        payer=None,
        wallet=Means(there=True, refusal="wallet_too_low"),
        card=Means(refusal="no_card_saved"),
        by_pass=True,
        pass_refusals=("not_activated",),
        platform_incidents=("1",),
        site_incidents=("2",),
        evse_refusals=("connector_out_of_order",),
        failing_evses=3,
        free_neighbors=0,
        takes_nothing=True,
    )
    mended = (
        {"wallet": Means()},
        {"pass_refusals": ()},
        {"card": Means(there=True)},
        {"platform_incidents": ()},
        {"site_incidents": (), "failing_evses": 1},
        {"evse_refusals": ()},
        {"takes_nothing": False},
    )
    seen = []
    for change in mended:
        checks = ordered_checks(wrong)
        assert [check.name for check in checks] == list(CheckName)
        found = first_wrong(checks)
        assert found is not None
        seen.append(found.name)
        wrong = replace(wrong, **change)
    order = [name for name in CheckName if name is not CheckName.NEIGHBORS]
    assert seen == order
    assert first_wrong(ordered_checks(wrong)) is None


def test_what_is_not_used_is_not_wrong() -> None:
    """An empty wallet beside a good card, and a blocked pass of who starts by app, stop nobody."""
    known = replace(FINE, wallet=Means(there=True, refusal="wallet_too_low"), pass_refusals=("blocked",))
    assert first_wrong(ordered_checks(known)) is None
    with_wallet = replace(known, payer="wallet")
    found = first_wrong(ordered_checks(with_wallet))
    assert found is not None
    assert (found.name, found.reason) == (CheckName.BALANCE, "wallet_too_low")


@pytest.mark.capability("CK14")
def test_two_failing_chargers_are_the_site() -> None:
    """One is a charger, two are the site: the operator is called at once, before anybody fiddles with the cable."""
    assert walk(Symptom.NOT_STARTED, known=replace(FINE, failing_evses=1))[0] is Step.CHECK_CABLE
    steps = walk(Symptom.NOT_STARTED, known=replace(FINE, failing_evses=2, evses=4))
    assert steps[:2] == [Step.CALL_OPERATOR, Step.OTHER_SITE]


@pytest.mark.capability("EP05", "EP08")
def test_a_cure_fits_its_check() -> None:
    """What the driver is told first follows from the first wrong check, and says which one."""
    cures = {
        CheckName.BALANCE: Step.TOP_UP,
        CheckName.PASS: Step.MEND_PASS,
        CheckName.PAYMENT_METHOD: Step.ADD_CARD,
        CheckName.PLATFORM: Step.WAIT_FOR_US,
        CheckName.SITE: Step.CALL_OPERATOR,
        CheckName.EVSE: Step.OTHER_CONNECTOR,
        CheckName.VEHICLE_TIMER: Step.CHECK_CAR_TIMER,
    }
    for name, step in cures.items():
        checks = (Check(name, Outcome.WRONG, "why"),)
        found = next_step(Symptom.CANNOT_CHARGE, checks, EVERYTHING, tried=[], now=NOW)
        assert (found.step, found.why) == (step, name)
    debt = (Check(CheckName.PAYMENT_METHOD, Outcome.WRONG, "receivable_open"),)
    assert next_step(Symptom.CANNOT_CHARGE, debt, EVERYTHING, tried=[], now=NOW).step is Step.SETTLE_DEBT
    blocked = (Check(CheckName.BALANCE, Outcome.WRONG, "wallet_blocked"),)
    assert next_step(Symptom.CANNOT_CHARGE, blocked, EVERYTHING, tried=[], now=NOW).step is Step.ASK_US
