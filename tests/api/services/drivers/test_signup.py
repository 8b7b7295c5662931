"""Joining: the account, its contract id, and a card that is saved once however often it is tried."""

import pytest

from api.db import UnitOfWork
from api.domain.contract_id import parse_contract_id
from api.ports.payments import HoldDeclined, OutcomeUnknown
from api.services.drivers.passwords import CHEAP
from api.services.drivers.queries import driver_by_id
from api.services.drivers.signup import add_driver, save_driver_card
from tests.fakes import DECLINED_CARDS, START, FakeClock, FakePayments, fake_ports


async def test_a_driver_with_a_card(work: UnitOfWork) -> None:
    """The driver is the processor's customer with the attached card, under a valid contract id."""
    payments = FakePayments(FakeClock())
    ports = fake_ports(payments=payments)
    driver = await add_driver(
        work=work, ports=ports, now=START, email="a@b.test", name="A", password="p", payment_method="pm_x", hasher=CHEAP
    )
    assert (driver.processor_customer_id, driver.payment_method_id) == ("cus_fake1", "pm_fake1")
    assert parse_contract_id(driver.contract_id) == driver.contract_id
    assert [call.idempotency_key for call in payments.calls] == [f"{driver.id}.customer", f"{driver.id}.card.pm_x"]


async def test_a_lost_answer_is_made_good_by_repeating(work: UnitOfWork) -> None:
    """When the processor's answer is lost, the account stands, and trying again attaches the same card once."""
    payments = FakePayments(FakeClock())
    ports = fake_ports(payments=payments)
    payments.lose_answer("save_card")
    with pytest.raises(OutcomeUnknown):
        await add_driver(
            work=work,
            ports=ports,
            now=START,
            email="a@b.test",
            name="A",
            password="p",
            payment_method="pm_x",
            hasher=CHEAP,
        )
    driver_id = str(payments.calls_of("create_customer")[0].arguments[0])
    driver = await save_driver_card(work=work, ports=ports, driver_id=driver_id, payment_method="pm_x")
    assert (driver.processor_customer_id, driver.payment_method_id) == ("cus_fake1", "pm_fake1")


async def test_a_declined_card_leaves_an_account_without_one(work: UnitOfWork) -> None:
    """A card that the bank refuses is not saved; the account can get another."""
    payments = FakePayments(FakeClock())
    ports = fake_ports(payments=payments)
    declined = next(iter(DECLINED_CARDS))
    with pytest.raises(HoldDeclined):
        await add_driver(
            work=work,
            ports=ports,
            now=START,
            email="a@b.test",
            name="A",
            password="p",
            payment_method=declined,
            hasher=CHEAP,
        )
    driver_id = str(payments.calls_of("create_customer")[0].arguments[0])
    async with work() as db:
        assert (await driver_by_id(db, driver_id)).payment_method_id is None
