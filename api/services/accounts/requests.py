"""What is asked for by an address alone: a sign-up, the mail again, a new password, another address.

Whoever asks is told the same, as fast, whether an account has the address or not: the request is stored, and a job
looks the address up and writes the letter. A request that is answered is deleted.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.ids import Prefix
from api.models.account import AccountRequest
from api.models.driver import Driver
from api.ports import Ports
from api.services.accounts.forget import forget_pending
from api.services.accounts.links import LIFETIMES, Purpose, new_link
from api.services.deferral import Job, defer_once
from api.services.drivers.signup import account_at, normal_email, pending_accounts_at
from api.services.drivers.standing import AccountStatus
from api.services.notices.letter_texts import Template
from api.services.notices.letters import queue_letter
from api.services.work import Work

LOST_AFTER = timedelta(minutes=1)


class RequestKind(StrEnum):
    """What somebody asked for."""

    SIGN_UP = "sign_up"
    RESEND = "resend"
    RESET = "reset"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request with what answering it needs."""

    db: AsyncSession
    ports: Ports
    now: datetime
    request: AccountRequest


async def store_request(
    *, db: AsyncSession, ports: Ports, now: datetime, kind: RequestKind, address: str, driver_id: str | None = None
) -> AccountRequest:
    """Store a request and the job that answers it."""
    request = AccountRequest(
        id=ports.randomness.new_id(Prefix.ACCOUNT_REQUEST),
        kind=kind,
        address=normal_email(address),
        driver_id=driver_id,
        created_at=now,
    )
    db.add(request)
    await db.flush()
    await defer_once(db, Job.ANSWER_REQUEST, once=request.id, request_id=request.id)
    return request


async def answer_request(*, work: Work, ports: Ports, request_id: str) -> None:
    """Look up whose address it is, write the letter that fits, and delete the request."""
    async with work() as db:
        request = await db.get(AccountRequest, request_id, with_for_update=True)
        if request is None:
            return
        await _ANSWERS[RequestKind(request.kind)](_Asked(db, ports, ports.clock.now(), request))
        await db.delete(request)


async def sweep_requests(*, work: Work, now: datetime) -> int:
    """Put requests whose job was lost back into the queue; return how many."""
    async with work() as db:
        lost = list(await db.exec(select(AccountRequest.id).where(col(AccountRequest.created_at) < now - LOST_AFTER)))
        for request_id in lost:
            await defer_once(db, Job.ANSWER_REQUEST, once=request_id, request_id=request_id)
    return len(lost)


async def send_activation(*, db: AsyncSession, ports: Ports, now: datetime, driver: Driver) -> None:
    """Mail a new link and code to a pending account's address; older ones stay good beside it."""
    await _send_link(_Send(db, ports, now, driver, Purpose.ACTIVATE, Template.ACTIVATE, driver.email))


async def send_reset(*, db: AsyncSession, ports: Ports, now: datetime, driver: Driver) -> None:
    """Mail a link for a new password to an account's address."""
    await _send_link(_Send(db, ports, now, driver, Purpose.RESET, Template.RESET, driver.email))


@dataclass(frozen=True, slots=True)
class _Send:
    db: AsyncSession
    ports: Ports
    now: datetime
    driver: Driver
    purpose: Purpose
    template: Template
    address: str


async def _send_link(send: _Send) -> None:
    link = await new_link(
        db=send.db, ports=send.ports, now=send.now, driver_id=send.driver.id, purpose=send.purpose, address=send.address
    )
    await queue_letter(
        db=send.db,
        ports=send.ports,
        now=send.now,
        template=send.template,
        driver_id=send.driver.id,
        to_address=send.address,
        language=send.driver.language,
        facts={"hours": int(LIFETIMES[send.purpose].total_seconds()) // 3600},
        link=link,
    )


async def _tell_that_it_is_taken(asked: _Asked, owner: Driver) -> None:
    """Tell the owner of an address that somebody wanted it for another account."""
    await queue_letter(
        db=asked.db,
        ports=asked.ports,
        now=asked.now,
        template=Template.ACCOUNT_EXISTS,
        driver_id=owner.id,
        to_address=owner.email,
        language=owner.language,
    )


async def _answer_sign_up(asked: _Asked) -> None:
    driver = await asked.db.get(Driver, asked.request.driver_id)
    if driver is None or driver.status != AccountStatus.PENDING or driver.email != asked.request.address:
        return
    owner = await account_at(db=asked.db, email=driver.email)
    if owner is None:
        await send_activation(db=asked.db, ports=asked.ports, now=asked.now, driver=driver)
        return
    await _tell_that_it_is_taken(asked, owner)
    await forget_pending(db=asked.db, now=asked.now, driver=driver)


async def _answer_resend(asked: _Asked) -> None:
    owner = await account_at(db=asked.db, email=asked.request.address)
    if owner is not None:
        await _tell_that_it_is_taken(asked, owner)
        return
    waiting = await pending_accounts_at(db=asked.db, email=asked.request.address)
    # Which of several is the owner's nobody knows: whoever reads the mail chooses the password anew.
    send = send_reset if len(waiting) > 1 else send_activation
    for driver in waiting[:1]:
        await send(db=asked.db, ports=asked.ports, now=asked.now, driver=driver)


async def _answer_reset(asked: _Asked) -> None:
    owner = await account_at(db=asked.db, email=asked.request.address)
    if owner is not None:
        await send_reset(db=asked.db, ports=asked.ports, now=asked.now, driver=owner)
        return
    await _answer_resend(asked)


async def _answer_email(asked: _Asked) -> None:
    driver = await asked.db.get(Driver, asked.request.driver_id)
    if driver is None or driver.status != AccountStatus.ACTIVE:
        return
    address = asked.request.address
    owner = await account_at(db=asked.db, email=address)
    if owner is not None:
        await _tell_that_it_is_taken(asked, owner)
        return
    await _send_link(_Send(asked.db, asked.ports, asked.now, driver, Purpose.EMAIL, Template.EMAIL_CONFIRM, address))


_ANSWERS: dict[RequestKind, Callable[[_Asked], Awaitable[None]]] = {
    RequestKind.SIGN_UP: _answer_sign_up,
    RequestKind.RESEND: _answer_resend,
    RequestKind.RESET: _answer_reset,
    RequestKind.EMAIL: _answer_email,
}
