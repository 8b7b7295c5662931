"""Notices as mail: in the driver's language, gathered in the night, refused, and to nobody."""

import pytest

from api.ports.mail import MailRefused, MailUnavailable
from tests.api.services.notices.devices import NIGHT, choose, mails, outcomes, sweep, tell
from tests.bench import Bench
from tests.builders import a_driver


async def test_a_mail_says_it_in_the_drivers_language(bench: Bench) -> None:
    """Subject, text with the amount, how to have none; the id of the delivery is that of the mail."""
    await a_driver(bench, language="fr")
    await tell(bench, "payment_due", detail={"amount_minor": 1234, "currency": "EUR"})
    await bench.drain()
    (mail,) = mails(bench).sent
    assert (mail.to, mail.subject, mail.language) == ("drv_1@example.test", "Un paiement est en attente", "fr")
    assert mail.text.startswith("12,34 EUR restent à payer")
    assert mail.text.rstrip().endswith("sous Notifications.")
    assert mail.id == await bench.value("SELECT id FROM notice_delivery")


@pytest.mark.capability("A28")
async def test_what_gathered_in_the_night_is_one_mail(bench: Bench) -> None:
    """In the morning several messages come as a digest, each of them noted as sent."""
    await choose(bench, channels={"charge_ended": {"email": True}, "wallet_low": {"email": True}})
    bench.clock.advance(NIGHT)
    for message in ("charge_ended", "wallet_low"):
        await tell(bench, message)
        bench.clock.advance(1)
    await sweep(bench, 8 * 3600)
    (mail,) = mails(bench).sent
    assert mail.subject == "2 messages"
    assert [mail.text.index(title) >= 0 for title in ("Charging is over", "Your wallet is running low")] == [True] * 2
    assert {each for _, _, each in await outcomes(bench)} == {"sent"}


async def test_mail_that_is_refused_and_mail_for_later(bench: Bench) -> None:
    """5xx is for good; a server that is away is tried again."""
    mails(bench).answers.extend(
        [MailRefused("mail_refused", answer="550"), MailUnavailable("mail_unavailable", answer="421")]
    )
    await tell(bench, "wallet_below_zero")
    await bench.drain()
    assert await outcomes(bench) == [("wallet_below_zero", "email", "refused")]
    bench.clock.advance(60)
    await tell(bench, "wallet_refund_failed")
    await bench.drain()
    await sweep(bench, 120)
    assert [mail.subject for mail in mails(bench).sent] == ["Your money could not be paid back"]


async def test_a_closed_account_and_an_empty_address_get_nothing(bench: Bench) -> None:
    """Who left is left alone; a guest without an address is not written to."""
    await a_driver(bench, driver_id="drv_gone", status="closed")
    await a_driver(bench, driver_id="drv_guest", kind="guest", email="")
    for driver_id in ("drv_gone", "drv_guest"):
        await tell(bench, "payment_due", driver_id=driver_id)
    assert await outcomes(bench) == []
