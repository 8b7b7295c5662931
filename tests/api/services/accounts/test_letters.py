"""Letters: in five languages, over real SMTP, tried again like all mails, with links derived and never stored."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from api.domain.language import LANGUAGES
from api.models.account import AccountLink
from api.models.driver import Driver
from api.ports import Ports
from api.ports.mail import MailRefused, MailSecurity, MailUnavailable
from api.services.accounts.links import Purpose, look_at_link, new_link
from api.services.accounts.sign_up import activate, activate_by_code, sign_up
from api.services.accounts.sweep import sweep_accounts
from api.services.deferral import Job
from api.services.drivers.passwords import CHEAP
from api.services.notices.letter_texts import TEXTS, Template, letter_text
from api.services.notices.letters import queue_letter, send_letter
from api.services.notices.link_tokens import code_of, new_token, token_of
from clients.mail.smtp import SmtpConfig, SmtpMail
from tests.bench import Bench
from tests.builders import a_driver
from tests.clients.mail.test_smtp import Post, serving
from tests.fakes import FakeMail
from tests.mailbox import code_in, token_in

EMAIL = "grace@example.com"
DOWN = MailUnavailable("mail_unavailable", answer="nobody there")
FACTS = {
    "our_name": "Chargehand", "contact": "help@chargehand.test", "link": "https://x.test/account/reset/t", "days": 7,
    "code": "1234 5678", "hours": 24, "day": "2026-03-16", "address": "a@b.test",
}  # fmt: skip


async def join(bench: Bench, ports: Ports | None = None) -> None:
    """Sign up."""
    await sign_up(
        work=bench.work, ports=ports or bench.ports, now=bench.clock.now(), email=EMAIL, name="Grace",
        password="a long sentence", hasher=CHEAP,
    )  # fmt: skip


def test_every_letter_is_written_in_every_language() -> None:
    """The same letters, each with the same blanks to fill, so that no language lacks a link."""
    assert set(TEXTS) == set(LANGUAGES)
    for language, texts in TEXTS.items():
        assert set(texts) == set(Template), language
        for template, (subject, text) in texts.items():
            blanks = set(re.findall(r"\{\w+\}", text)) - {"{our_name}"}
            assert blanks == set(re.findall(r"\{\w+\}", TEXTS["en"][template][1])) - {"{our_name}"}, template
            assert max(map(len, text.splitlines())) <= 120
            whole = letter_text(template, language, FACTS)
            assert "{" not in "".join(whole)
            assert whole[0] == subject.format(**FACTS)


@pytest.mark.capability("CK06")
async def test_the_link_and_code_arrive_over_smtp(bench: Bench) -> None:
    """A real server on loopback takes the mail within the job that the sign-up defers; link and code both work."""
    post = Post()
    async with serving(post) as port:
        config = SmtpConfig("127.0.0.1", port, "us@chargehand.test", "Chargehand", security=MailSecurity.NONE)
        bench.ports = replace(bench.ports, mail=SmtpMail(config, now=bench.clock.now))
        await join(bench)
        assert await bench.drain() == ["answer_request", "send_letter"]
    ((sender, recipients, message),) = post.taken
    assert (sender, recipients) == ("us@chargehand.test", [EMAIL])
    body = message.get_body()
    assert body is not None
    text = body.get_content()
    (token,) = re.findall(r"http://chargehand\.test/account/activate/(\S+)", text)
    async with bench.work() as db:
        (link, driver) = await look_at_link(db=db, now=bench.clock.now(), purpose=Purpose.ACTIVATE, token=token)
    assert (driver.email, driver.status) == (EMAIL, "pending")
    (code,) = re.findall(r"\b\d{4} \d{4}\b", text)
    assert code.replace(" ", "") == code_of(bench.ports.policy, link.id, link.token_hash)
    async with bench.work() as db:
        assert (await activate(db=db, now=bench.clock.now(), token=token)).status == "active"


@pytest.mark.capability("CK06")
async def test_a_mail_goes_out_within_a_minute_whatever_is_lost(bench: Bench, mail: FakeMail) -> None:
    """The jobs are due at once; were both lost, the sweep of the next minute finds the rows."""
    await join(bench)
    await bench.rows("DELETE FROM procrastinate_jobs RETURNING id")
    bench.clock.advance(61)
    await sweep_accounts(work=bench.work, ports=bench.ports)
    assert await bench.run(Job.ANSWER_REQUEST) == ["answer_request"]
    await bench.rows("DELETE FROM procrastinate_jobs RETURNING id")
    assert mail.sent == []
    bench.clock.advance(61)
    await sweep_accounts(work=bench.work, ports=bench.ports)
    await bench.drain()
    assert [each.to for each in mail.sent] == [EMAIL]


async def test_a_letter_is_tried_again_with_the_same_link(bench: Bench, mail: FakeMail) -> None:
    """Nobody took it twice: the third attempt carries the same id and the same link; then nothing more is sent."""
    mail.answers.extend([DOWN, DOWN])
    await join(bench)
    await bench.drain()
    for _ in range(3):
        bench.clock.advance(timedelta(minutes=5).total_seconds())
        await sweep_accounts(work=bench.work, ports=bench.ports)
        await bench.drain()
    assert len(mail.tried) == 3
    assert len({(each.id, each.text) for each in mail.tried}) == 1
    assert await bench.rows("SELECT outcome, attempts FROM letter") == [("sent", 3)]


async def test_what_the_server_refuses_is_left_alone(bench: Bench, mail: FakeMail) -> None:
    """An address that does not exist is noted with the server's words; without a server nothing is pretended."""
    mail.answers.append(MailRefused("mail_refused", answer="550 no such user"))
    await join(bench)
    await bench.drain()
    mail.off = "no_mail_server_set"
    await join(bench)
    await bench.drain()
    rows = await bench.rows("SELECT outcome, detail FROM letter ORDER BY created_at, id")
    assert rows == [("refused", "550 no such user"), ("not_sent", "no_mail_server_set")]


async def test_a_job_that_runs_twice_sends_once(bench: Bench, mail: FakeMail) -> None:
    """The outcome is found."""
    await join(bench)
    await bench.drain()
    letter_id = await bench.value("SELECT id FROM letter")
    await send_letter(work=bench.work, ports=bench.ports, letter_id=letter_id)
    assert len(mail.sent) == 1


@pytest.mark.capability("A19")
async def test_a_change_of_the_secret_keeps_mailed_links_alive(bench: Bench, mail: FakeMail) -> None:
    """A link that was mailed works after the change, and one that is mailed afterwards has the token it was made with.

    With the old key gone the stored hash still knows the token; only a mail that was not sent yet is void.
    """
    await join(bench)
    await bench.run(Job.ANSWER_REQUEST)
    old = bench.ports.policy
    changed = replace(old, sealing_key=b"n" * 32, old_sealing_keys=(old.sealing_key,))
    bench.ports = replace(bench.ports, policy=changed)
    await bench.run(Job.SEND_LETTER)
    (sent,) = mail.sent
    async with bench.work() as db:
        link, _ = await look_at_link(db=db, now=bench.clock.now(), purpose=Purpose.ACTIVATE, token=token_in(sent))
    gone = replace(changed, old_sealing_keys=())
    assert token_of(gone, link.id, link.token_hash) != token_in(sent)
    async with bench.work() as db:
        now = bench.clock.now()
        driver = await activate_by_code(db=db, policy=changed, now=now, email=EMAIL, code=code_in(sent))
    assert driver.status == "active"


def test_tokens_of_links_are_not_each_others(bench: Bench) -> None:
    """Another link, or another key, makes another token; a code is no part of it."""
    policy = bench.ports.policy
    other = replace(policy, sealing_key=b"x" * 32)
    tokens = {new_token(policy, "lnk_1"), new_token(policy, "lnk_2"), new_token(other, "lnk_1")}
    assert len(tokens) == 3
    assert all(len(each.partition(".")[2]) == 64 for each in tokens)


async def test_old_letters_and_links_go(bench: Bench) -> None:
    """Letters after three months, links a month after their end, accounts that were never activated after a month."""
    await join(bench)
    await bench.drain()
    bench.clock.advance(timedelta(days=31).total_seconds())
    await sweep_accounts(work=bench.work, ports=bench.ports)
    assert await bench.rows("SELECT count(*) FROM letter") == [(0,)]
    assert await bench.rows("SELECT status, name FROM driver") == [("closed", "")]
    driver = await a_driver(bench)
    await _letter_with_link(bench, driver)
    bench.clock.advance(timedelta(days=89).total_seconds())
    await sweep_accounts(work=bench.work, ports=bench.ports)
    assert await bench.rows("SELECT count(*) FROM letter") == [(1,)]
    bench.clock.advance(timedelta(days=2).total_seconds())
    await sweep_accounts(work=bench.work, ports=bench.ports)
    assert await bench.rows("SELECT count(*) FROM letter") == [(0,)]
    assert await bench.rows("SELECT count(*) FROM account_link") == [(0,)]


async def _letter_with_link(bench: Bench, driver: Driver) -> AccountLink:
    """Mail a link."""
    now = bench.clock.now()
    async with bench.work() as db:
        link = await new_link(
            db=db, ports=bench.ports, now=now, driver_id=driver.id, purpose=Purpose.RESET, address=driver.email
        )
        await queue_letter(
            db=db, ports=bench.ports, now=now, template=Template.RESET, driver_id=driver.id, to_address=driver.email,
            language="en", facts={"hours": 1}, link=link,
        )  # fmt: skip
    await bench.drain()
    return link
