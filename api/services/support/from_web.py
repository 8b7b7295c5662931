"""Cases of people without a sign-in: the form in a browser, counted: nobody floods us or a stranger's mailbox."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.support.case import Channel
from api.domain.support.file_kinds import kind_of_file
from api.models.support import SupportCase
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.drivers.attempts import Limit, count_attempt, network_of
from api.services.drivers.signup import normal_email
from api.services.knowledge.readings import stranger_reader, went_on
from api.services.support.advance import locked_case
from api.services.support.files import add_file
from api.services.support.from_app import Wish
from api.services.support.intake import Asked, take_in_case, topic_of_charge
from api.services.support.links import charge_of_form, follow_url
from api.services.support.place import filled_in
from api.services.work import Work

WINDOW = timedelta(hours=1)
FOR_ONE_ADDRESS, OF_ONE_CALLER = 5, 20
_TRIES_OF_ONE_CALLER = 120
"""Looks at, and writes to, cases by their links: more is guessing or flooding."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file from a form."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """What a browser sent; ``token`` is of the page, so that a form sent twice is one case."""

    wish: Wish
    caller: str
    token: str
    charge_token: str = ""
    agent: str = ""
    """The browser, as it names itself."""
    file: UploadedFile | None = None


async def open_from_web(*, work: Work, ports: Ports, now: datetime, sent: Sent) -> tuple[SupportCase, str]:
    """Open a case and return it with the link that follows it.

    Raises TopicUnknown, FormIncomplete, FileTooLarge, FileKindUnknown, TooManyAttempts.
    """
    if sent.file is not None:
        kind_of_file(sent.file.content)
    email = sent.wish.given.get("email", "")
    limits = (
        Limit("case_form", ("address", normal_email(email)), FOR_ONE_ADDRESS, WINDOW),
        Limit("case_form", ("caller", network_of(sent.caller)), OF_ONE_CALLER, WINDOW),
    )
    await count_attempt(work=work, policy=ports.policy, now=now, limits=limits)
    said = "\n".join((sent.token, email, sent.wish.given.get("description", "")))
    async with work() as db:
        charge = await charge_of_form(db=db, policy=ports.policy, token=sent.charge_token, now=now)
        asked = Asked(
            kind=sent.wish.kind,
            topic=topic_of_charge(sent.wish.topic, charge),
            channel=Channel.WEB,
            given=sent.wish.given,
            language=sent.wish.languages[0],
            charge=charge,
            shared=sent.wish.shared,
            once_key=f"web:{hashlib.sha256(said.encode()).hexdigest()}",
        )
        case = await take_in_case(db=db, ports=ports, now=now, asked=asked)
        reader = stranger_reader(ports.policy, now=now, caller=sent.caller, agent=sent.agent)
        await went_on(db=db, now=now, reader=reader, case_id=case.id)
        if sent.file is not None:
            name, content = sent.file.name, sent.file.content
            await add_file(db=db, ports=ports, now=now, case_id=case.id, name=name, content=content)
        case = await locked_case(db=db, case_id=case.id)
    return case, follow_url(ports.policy, case) or ""


async def known_of_charge(*, work: Work, policy: ServicePolicy, token: str, now: datetime) -> dict[str, str]:
    """Return what a signed link fills a form in with; nothing, where the link is not ours or ran out."""
    async with work() as db:
        charge = await charge_of_form(db=db, policy=policy, token=token, now=now)
        return filled_in(charge) if charge is not None else {}


async def count_link_use(*, work: Work, ports: Ports, now: datetime, caller: str) -> None:
    """Count a use of a link to a case; raises TooManyAttempts."""
    limit = Limit("case_link", ("caller", network_of(caller)), _TRIES_OF_ONE_CALLER, timedelta(minutes=15))
    await count_attempt(work=work, policy=ports.policy, now=now, limits=(limit,))
