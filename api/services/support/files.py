"""Files that are added to cases: what the bytes are is looked at, how many there may be is counted."""

import hashlib
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Conflict
from api.domain.ids import Prefix
from api.domain.support.case import CaseEventKind, CaseState, CaseStep, after_case_step
from api.domain.support.file_kinds import MOST_FILES, kind_of_file, safe_name
from api.models.support_mail import SupportAttachment
from api.ports import Ports
from api.services.support.advance import Told, locked_case, note_case, step_case
from api.services.support.open import CUSTOMER


class TooManyFiles(Conflict):
    """The case has as many files as it may. Fact: ``most``."""


def download_as(name: str) -> str:
    """Return the header that has a browser save a file under its name, and never show it (RFC 6266)."""
    return f"attachment; filename*=UTF-8''{quote(name)}"


async def add_file(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    case_id: str,
    name: str,
    content: bytes,
    by: str = CUSTOMER,
    public: bool = True,
) -> SupportAttachment:
    """Add a file to an unclosed case; the same bytes again are the same file.

    Raises FileTooLarge, FileKindUnknown, TooManyFiles, CaseStepNotPossible.
    """
    media_type = kind_of_file(content)
    case = await locked_case(db=db, case_id=case_id)
    if case.state == CaseState.CLOSED:
        after_case_step(CaseState.CLOSED, CaseStep.REPLY)
    digest, attached = hashlib.sha256(content).hexdigest(), col(SupportAttachment.case_id) == case.id
    known = select(SupportAttachment).where(attached, SupportAttachment.sha256 == digest)
    if (found := (await db.exec(known)).first()) is not None:
        return found
    if (await db.exec(select(func.count()).select_from(SupportAttachment).where(attached))).one() >= MOST_FILES:
        raise TooManyFiles("too_many_files", most=MOST_FILES)
    file = SupportAttachment(
        id=ports.randomness.new_id(Prefix.CASE_FILE),
        case_id=case.id,
        name=safe_name(name, media_type), media_type=media_type, size=len(content), sha256=digest, content=content,
        public=public, added_by=by, created_at=now,
    )  # fmt: skip
    db.add(file)
    detail = {"files": [file.name], "file_id": file.id}
    told = Told(CaseEventKind.DOCUMENT, by, public=public, detail=detail)
    if by == CUSTOMER and case.state == CaseState.WAITING:  # it is what was waited for
        step_case(db, now, case, CaseStep.REPLY, told)
    else:
        note_case(db, now, case, told)
    await db.flush()
    return file
