"""Taking cases in: promises by contract, who has a case, and a charger that keeps stopping."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from api.domain.account_number import draw_account_number
from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.domain.support.case import CaseKind, Channel
from api.domain.support.forms import FORMS, FormIncomplete, Topic, required_fields
from api.models.charging import ChargingSession
from api.models.finance import FleetAccount, FleetMember
from api.routes.app.charging_shapes import ShownReport
from api.services.deferral import Job
from api.services.support.mails import Template
from tests.bench import Bench
from tests.builders import a_driver, a_location, a_session, push_session
from tests.cases import a_case
from tests.charges import a_charge
from tests.fakes import FakeMail

CHARGE = {"topic": "charger", "given": {"charger": "DE*CPO*EVSE1"}}


@pytest.mark.capability("CN04", "CN13")
async def test_promises_come_from_the_contract(bench: Bench) -> None:
    """A driver of a fleet has what fleets have, an owner what sites have; what was promised stays as it was."""
    driver = await a_driver(bench)
    fleet = {"street": "S", "postal_code": "1", "city": "C", "country": "DE", "currency": "EUR"}
    async with bench.work() as db:
        db.add(FleetAccount(id="flt_1", name="Fleet", created_at=bench.clock.now(), **fleet))
        await db.flush()
        db.add(FleetMember(driver_id=driver.id, fleet_account_id="flt_1", since=bench.clock.now()))
    member = await a_case(bench.work, bench.ports, driver=driver, channel=Channel.APP)
    owner = await a_case(bench.work, bench.ports, kind=CaseKind.OWNER, given={"site": "Harbor"})
    private = await a_case(bench.work, bench.ports)
    assert [each.sla_level for each in (member, owner, private)] == ["plus", "site", "standard"]
    assert [each.queue for each in (member, owner, private)] == ["drivers", "owners", "drivers"]
    assert member.promise["first_level_seconds"] == 2 * 3600


@pytest.mark.capability("CK04", "EP09")
async def test_whose_charger_it_is_decides_whose_case_it_is(bench: Bench) -> None:
    """Ours: our queue. Somebody else's: handed over by mail with the facts and what was agreed to, nothing else."""
    await a_location(bench)
    policy = replace(bench.ports.policy, operator_mails={"DE-CPO": "help@cpo.example"})
    bench.ports = replace(bench.ports, policy=policy)
    theirs = await a_case(bench.work, bench.ports, **CHARGE, shared=frozenset({"contact"}))
    assert (theirs.queue, theirs.operated_by_us, theirs.handed_over_at) == ("operators", False, bench.clock.now())
    await bench.run(Job.SEND_CASE_MAIL)
    mail = bench.ports.mail
    assert isinstance(mail, FakeMail)
    (sent,) = mail.sent
    assert (sent.to, theirs.number in sent.subject) == ("help@cpo.example", True)
    assert "DE*CPO*EVSE1" in sent.text
    assert "eve@example.com" in sent.text
    assert [word for word in ("Eve Holm", "stopped twice", "/help/contact/c/") if word in sent.text] == []
    bench.ports = replace(bench.ports, policy=replace(policy, operated_parties=frozenset({"DE-CPO"})))
    ours = await a_case(bench.work, bench.ports, **CHARGE)
    assert (ours.queue, ours.operated_by_us, ours.handed_over_at) == ("drivers", True, None)
    bill = await a_case(bench.work, bench.ports, topic="payment", given={"date": "2026-03-01", "amount": "3"})
    assert bill.queue == "drivers"
    assert await bench.value("SELECT count(*) FROM support_mail WHERE template = :t", t=str(Template.OPERATOR)) == 1


@pytest.mark.capability("EP11")
async def test_on_the_phone_holders_of_accounts_tell_their_number(bench: Bench) -> None:
    """Without it the form is not complete; whoever has no account needs none."""
    number = (await a_driver(bench, email="eve@example.com", account_number="12345-67897")).account_number
    with pytest.raises(FormIncomplete) as refused:
        await a_case(bench.work, bench.ports, channel=Channel.PHONE)
    assert refused.value.facts["missing"] == ["account_number"]
    with pytest.raises(FormIncomplete) as refused:
        await a_case(bench.work, bench.ports, channel=Channel.PHONE, given={"account_number": "12345-67890"})
    assert refused.value.facts["unusable"] == ["account_number"]
    await a_case(bench.work, bench.ports, channel=Channel.PHONE, given={"email": "other@example.com"})
    form = FORMS[CaseKind.DRIVER]
    assert "account_number" in required_fields(form, Topic.OTHER, Channel.EMAIL, holds_account=True)
    assert "account_number" not in required_fields(form, Topic.OTHER, Channel.WEB, holds_account=True)
    assert number is not None


async def test_nobody_speaks_for_another_account(bench: Bench) -> None:
    """Whose case it is says the sign-in: the number of another account that somebody types in names nobody."""
    own, other = draw_account_number("own"), draw_account_number("other")
    driver = await a_driver(bench, account_number=own)
    case = await a_case(bench.work, bench.ports, driver=driver, channel=Channel.APP, given={"account_number": other})
    assert other != own
    assert (case.driver_id, case.account_number) == (driver.id, own)


async def stops_by_itself(bench: Bench) -> ChargingSession:
    """Return a charge that the operator says is over, though nobody asked for that."""
    charge = await a_charge(bench, ChargingStatus.START_ACCEPTED)
    now, name = bench.clock.now(), f"SES-{charge.id}"
    minutes = timedelta(minutes=1)
    await push_session(bench, a_session(charge, id=name, starts_at=now, last_updated=now + minutes))
    over = {"status": SessionStatus.COMPLETED, "ended_at": now + 2 * minutes, "last_updated": now + 2 * minutes}
    await push_session(bench, a_session(charge, id=name, starts_at=now, kwh=Decimal(3), **over))
    return await bench.charge(charge)


@pytest.mark.capability("CK17")
async def test_the_second_stop_by_itself_offers_a_report(bench: Bench) -> None:
    """Not the first; the case holds both charges and the cause, and the topic says what it is."""
    first = await stops_by_itself(bench)
    assert ShownReport.of(first) is None
    bench.clock.advance(600)
    second = await stops_by_itself(bench)
    report = ShownReport.of(second)
    assert report is not None
    assert report.charging_session_ids == [first.id, second.id]
    case = await a_case(
        bench.work,
        bench.ports,
        topic="keeps_stopping",
        channel=Channel.APP,
        driver=await a_driver(bench),
        charge=second,
    )
    assert case.detail["charging_session_ids"] == [first.id, second.id]
    assert case.detail["cause"] == report.cause == "unknown"
    assert case.charging_session_id == second.id
    bench.clock.advance(25 * 3600)
    assert ShownReport.of(await stops_by_itself(bench)) is None
