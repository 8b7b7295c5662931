"""Customers are told of each change once: drivers by notice, others by mail, in their language."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from api.domain.language import LANGUAGES
from api.domain.support.case import CaseEventKind, Channel
from api.services.deferral import Job
from api.services.support.mail_words import Template, mail_words
from api.services.support.tell import tell_cases
from tests.bench import Bench
from tests.builders import a_driver
from tests.cases import AGENT, a_case, staff_does
from tests.fakes import FakeMail


@pytest.fixture
def mail(bench: Bench) -> FakeMail:
    """Return the bench's mail server."""
    assert isinstance(bench.ports.mail, FakeMail)
    return bench.ports.mail


async def tell(bench: Bench) -> None:
    """Run the job that tells, in two workers at once, and send what it queued."""
    now = bench.clock.now()
    await asyncio.gather(*(tell_cases(work=bench.work, ports=bench.ports, now=now) for _ in range(2)))
    await bench.run(Job.SEND_CASE_MAIL)


@pytest.mark.capability("CN06")
async def test_each_change_is_mailed_once_and_notes_never(bench: Bench, mail: FakeMail) -> None:
    """Opened, answered, another time, solved: one mail each, with number and link; what is inside stays inside."""
    case = await a_case(bench.work, bench.ports, language="de")
    await tell(bench)
    later = (case.expected_at + timedelta(hours=5)).isoformat()
    await staff_does(bench.work, bench.ports, case.id, CaseEventKind.NOTE, "A difficult one")
    await staff_does(bench.work, bench.ports, case.id, CaseEventKind.TO_CUSTOMER, "Wir sehen nach.")
    await staff_does(bench.work, bench.ports, case.id, CaseEventKind.EXPECTED, expected_at=later)
    await staff_does(bench.work, bench.ports, case.id, CaseEventKind.RESOLVED, "Neu gestartet.")
    for _ in range(3):
        await tell(bench)
    subjects = [each.subject.removeprefix(f"[{case.number}] ") for each in mail.sent]
    assert subjects == [
        "Ihr Fall ist bei uns",
        "Antwort auf Ihren Fall",
        "Neuer Zeitpunkt für Ihren Fall",
        "Wir halten es für gelöst",
    ]
    assert "Wir sehen nach." in mail.sent[1].text
    assert "2026-03-05 14:00 (UTC)" in mail.sent[2].text
    whole = "".join(each.text for each in mail.sent)
    assert [word for word in ("difficult", AGENT, "It stopped twice") if word in whole] == []
    assert all("/help/contact/c/" in each.text for each in mail.sent)


@pytest.mark.capability("CN06")
async def test_drivers_are_told_by_notice_and_not_of_what_they_did(bench: Bench, mail: FakeMail) -> None:
    """Their own opening and answers are no news; a question is, and says which case it is about."""
    driver = await a_driver(bench)
    case = await a_case(bench.work, bench.ports, driver=driver, channel=Channel.APP)
    await staff_does(bench.work, bench.ports, case.id, CaseEventKind.ASKED, "Which cable?")
    await tell(bench)
    await tell(bench)
    assert await bench.messages() == ["case_asked"]
    detail = await bench.value("SELECT detail FROM notice")
    assert (detail["case_id"], detail["case_number"], "said" in detail) == (case.id, case.number, False)
    assert await bench.value("SELECT count(*) FROM support_mail") == 0
    assert await bench.value("SELECT channel FROM notice_delivery") == "email"


async def test_what_could_not_be_mailed_is_tried_again_and_never_doubled(bench: Bench, mail: FakeMail) -> None:
    """An installation without mail keeps it as not sent, with the reason."""
    await a_case(bench.work, bench.ports)
    bench.ports = replace(bench.ports, mail=FakeMail(off="no_mail_server_set"))
    await tell(bench)
    rows = await bench.rows("SELECT outcome, detail FROM support_mail")
    assert [tuple(row) for row in rows] == [("not_sent", "no_mail_server_set")]


async def test_nobody_is_flooded_by_what_strangers_type(bench: Bench, mail: FakeMail) -> None:
    """An address that others fill into the form gets five mails an hour, whatever the number of cases."""
    for _ in range(8):
        await a_case(bench.work, bench.ports)
    await tell(bench)
    assert len(mail.sent) == 5


@pytest.mark.capability("CN31")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_has_its_words_in_every_language(language: str) -> None:
    """No mail falls back to another language, and no number in it is left out."""
    facts = {
        "number": "C1",
        "link": "https://x.test/1",
        "our_name": "Us",
        "may_answer": True,
        "told": {"evse_id": "E1"},
    }
    facts |= {"expected_at": "2026-03-05T14:00:00+00:00", "level": 2, "operator": "Harbor", "time_zone": "Europe/Oslo"}
    english = {each: mail_words(each, "en", facts) for each in Template}
    for template in Template:
        subject, text = mail_words(template, language, facts)
        assert "{" not in subject + text
        assert "…" not in text
        if language != "en" and template is not Template.OPERATOR:
            assert subject != english[template][0]
