"""Commands on disk and their results."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.roaming.command import AnswerKind, CommandAnswer, CommandResult, ResultKind
from api.ports import Ports
from api.services.roaming.commands import START, STOP, UnknownCommand, plan_command, record_answer, store_command_result
from api.services.roaming.partners import PartnerNotConnected
from tests.api.services.roaming.builders import a_charge, a_partner, at

BASE = "http://chargehand.test/ocpi/2.2.1/emsp/commands"


async def test_each_command_has_an_address_of_its_own(db: AsyncSession, ports: Ports) -> None:
    """Start and stops of one charge are told apart by their secrets."""
    charge = await a_charge(db, await a_partner(db))
    urls = [
        (await plan_command(db=db, ports=ports, now=at(0), kind=kind, charge=charge))[1] for kind in (START, STOP, STOP)
    ]
    assert [url.rsplit("/", 1)[0] for url in urls] == [f"{BASE}/START_SESSION", *[f"{BASE}/STOP_SESSION"] * 2]
    assert len({url.rsplit("/", 1)[1] for url in urls}) == 3


async def test_a_start_is_planned_once(db: AsyncSession, ports: Ports) -> None:
    """After a crash the same start is found again with the same address."""
    charge = await a_charge(db, await a_partner(db))
    first, url = await plan_command(db=db, ports=ports, now=at(0), kind=START, charge=charge)
    again, same = await plan_command(db=db, ports=ports, now=at(1), kind=START, charge=charge)
    assert (again.id, same) == (first.id, url)


async def test_the_first_result_counts(db: AsyncSession, ports: Ports) -> None:
    """A repeated or contradicting result changes nothing that was stored."""
    partner = await a_partner(db)
    charge = await a_charge(db, partner)
    _, url = await plan_command(db=db, ports=ports, now=at(0), kind=START, charge=charge)
    secret = url.rsplit("/", 1)[1]
    for minutes, kind in ((1, ResultKind.TIMEOUT), (2, ResultKind.ACCEPTED)):
        row = await store_command_result(
            db=db, now=at(minutes), partner=partner, secret=secret, result=CommandResult(kind, "why")
        )
        assert (row.result, row.result_message, row.result_at) == ("timeout", "why", at(1))


async def test_a_result_needs_the_right_secret_and_the_right_partner(db: AsyncSession, ports: Ports) -> None:
    """Either alone is nothing (X5)."""
    partner = await a_partner(db)
    other = await a_partner(db, partner_id="prt_2", token="other")
    charge = await a_charge(db, partner)
    row, url = await plan_command(db=db, ports=ports, now=at(0), kind=START, charge=charge)
    result = CommandResult(ResultKind.ACCEPTED)
    secret = url.rsplit("/", 1)[1]
    for who, word in ((other, secret), (partner, secret + "x"), (partner, row.id), (partner, row.response_secret_hash)):
        with pytest.raises(UnknownCommand):
            await store_command_result(db=db, now=at(1), partner=who, secret=word, result=result)
    assert row.result is None


async def test_an_answer_is_kept(db: AsyncSession, ports: Ports) -> None:
    """The synchronous word of the partner is stored with its moment."""
    charge = await a_charge(db, await a_partner(db))
    row, _ = await plan_command(db=db, ports=ports, now=at(0), kind=STOP, charge=charge)
    answer = CommandAnswer(AnswerKind.REJECTED, 0, "no")
    kept = await record_answer(db=db, now=at(1), command_id=row.id, answer=answer)
    assert (kept.answer, kept.answer_message, kept.answered_at) == ("rejected", "no", at(1))
    with pytest.raises(UnknownCommand):
        await record_answer(db=db, now=at(1), command_id="cmd_none", answer=answer)


async def test_a_partner_without_a_version_cannot_be_commanded(db: AsyncSession, ports: Ports) -> None:
    """Before the registration there is no address to give."""
    charge = await a_charge(db, await a_partner(db, version=None))
    with pytest.raises(PartnerNotConnected):
        await plan_command(db=db, ports=ports, now=at(0), kind=START, charge=charge)
