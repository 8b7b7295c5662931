"""How a partner does: pushes, delays, errors, oddities and what is open, from rows that are there anyway."""

from datetime import timedelta

import pytest

from api.db import UnitOfWork
from api.domain.roaming.exchange import Direction, Exchange
from api.models.finance import MismatchRow
from api.models.roaming import CommandRow
from api.services.roaming.cdrs import store_cdr
from api.services.roaming.health import Delay, Errors, health_of, last_exchanges
from api.services.roaming.partners import UnknownPartner
from api.services.roaming.sessions import store_session
from api.services.roaming.traffic import TrafficBuffer, flush_traffic
from tests.api.services.roaming.builders import a_cdr, a_charge, a_partner, a_session, at, partner_of
from tests.fakes import FakeClock, fake_ports


async def test_a_new_partner_has_nothing_to_tell(work: UnitOfWork) -> None:
    """Every figure has a value for nothing; an unknown partner has none."""
    async with work() as db:
        await a_partner(db)
        health = await health_of(db=db, now=at(0), partner_id="prt_1")
        with pytest.raises(UnknownPartner):
            await health_of(db=db, now=at(0), partner_id="prt_9")
    assert (health.pushed_at, health.command_delays, health.cdr_delay) == ({}, {}, None)
    assert health.pulled_at == dict.fromkeys(("tariffs", "locations", "sessions", "cdrs"))
    assert health.errors == {"inbound": Errors(0, 0), "outbound": Errors(0, 0)}
    assert (health.tariff_errors, health.oddities, health.open_findings) == (0, (), {})


async def test_delays_come_from_commands_sessions_and_cdrs(work: UnitOfWork) -> None:
    """From the start to answer, result and session; from the end of the stay to the CDR; others' do not count."""
    ports = fake_ports(clock=FakeClock(at(62)))
    async with work() as db:
        partner = await a_partner(db)
        await a_partner(db, partner_id="prt_2", token="other")
        charge = await a_charge(db, partner)
        for number, (answer, result) in enumerate([(1, 5), (3, 7), (2, None)]):
            sent = at(number)
            db.add(
                CommandRow(
                    id=f"cmd_{number}",
                    kind="start" if number == 0 else "stop",
                    charging_session_id=charge.id,
                    partner_id="prt_1",
                    response_secret_hash=str(number),
                    created_at=sent,
                    sent_at=sent,
                    answered_at=sent + timedelta(seconds=answer),
                    result_at=sent + timedelta(seconds=result) if result else None,
                )
            )
        await db.flush()
        await store_session(db=db, ports=ports, now=at(1), partner=partner, session=a_session(), raw="{}")
        await store_cdr(db=db, ports=ports, now=at(62), partner=partner, cdr=a_cdr(), raw="{}")
    async with work() as db:
        health = await health_of(db=db, now=at(62), partner_id="prt_1")
        other = await health_of(db=db, now=at(62), partner_id="prt_2")
        later = await health_of(db=db, now=at(62) + timedelta(days=31), partner_id="prt_1")
    assert health.command_delays == {"answer": Delay(1, 1, 1), "result": Delay(1, 5, 5), "session": Delay(1, 60, 60)}
    assert health.cdr_delay == Delay(1, 120, 120)
    assert (other.command_delays, other.cdr_delay) == ({}, None)
    assert (later.command_delays, later.cdr_delay) == ({}, None)


async def test_what_was_noted_of_exchanges_is_told(work: UnitOfWork) -> None:
    """The last push by module, what failed within the hour in each direction, what was odd, and unreadable tariffs."""
    traffic = TrafficBuffer()
    for minute, direction, status in (
        (-90, Direction.INBOUND, 2001),
        (-5, Direction.INBOUND, 2001),
        (-4, Direction.INBOUND, 1000),
        (-3, Direction.OUTBOUND, None),
    ):
        traffic.exchanged(
            Exchange("prt_1", at(minute), direction, "PUT", f"/{minute}", http_status=200, ocpi_status=status)
        )
    traffic.pushed("prt_1", "sessions", at(-5))
    traffic.odd("prt_1", "tariffs", "unreadable", at(-2), "elements: missing")
    traffic.odd("prt_1", "tariffs", "unreadable", at(-1), "elements: missing")
    traffic.odd("prt_1", "sessions", "unreadable", at(-1), "kwh: missing")
    await flush_traffic(work=work, traffic=traffic)
    async with work() as db:
        await a_partner(db, locations_pulled_at=at(-30))
        health = await health_of(db=db, now=at(0), partner_id="prt_1")
        failed = await last_exchanges(db=db, partner_id="prt_1", failed=True)
        strangers = await last_exchanges(db=db, partner_id=None, failed=True)
    assert health.pushed_at == {"sessions": at(-5)}
    assert health.pulled_at["locations"] == at(-30)
    assert health.errors == {"inbound": Errors(2, 1), "outbound": Errors(1, 0)}
    assert health.tariff_errors == 2
    assert [(odd.module, odd.seen, odd.samples) for odd in health.oddities] == [
        ("tariffs", 2, ("elements: missing",)),
        ("sessions", 1, ("kwh: missing",)),
    ]
    assert [row.path for row in failed] == ["/-5", "/-90"]
    assert strangers == []


async def test_open_findings_are_those_of_its_charges_and_objects(work: UnitOfWork) -> None:
    """By charge, and by the key of a session or CDR that belongs to no charge; closed ones are gone."""
    async with work() as db:
        await a_partner(db)
        charge = await a_charge(db, await partner_of(db))
        for number, (charge_id, subject, closed) in enumerate(
            [
                (charge.id, "x", None),
                (None, "prt_1/DE/CPO/SES1", None),
                (None, "prt_12/DE/CPO/SES1", None),
                (charge.id, "y", at(0)),
            ]
        ):
            db.add(
                MismatchRow(
                    id=f"mis_{number}",
                    reason="session_of_no_charge",
                    charging_session_id=charge_id,
                    subject=subject,
                    opened_at=at(0),
                    resolved_at=closed,
                )
            )
        await db.flush()
        health = await health_of(db=db, now=at(0), partner_id="prt_1")
    assert health.open_findings == {"session_of_no_charge": 2}
