"""What goes out of a notice: a push that says which one, a mail that says what."""

from collections.abc import Sequence

from api.domain.notices.kinds import collapse_key, kind_of
from api.domain.notices.texts import NoticeText, digest_title, mail_footer, text_key, text_of
from api.models.driver import Driver
from api.models.notice import NoticeDelivery, NoticeRow, PushDevice
from api.ports.mail import OutgoingMail
from api.ports.push import OutgoingPush, Platform, PushTarget

UTC_ZONE = "UTC"


def target_of(device: PushDevice) -> PushTarget:
    """Return a device as its service knows it."""
    return PushTarget(Platform(device.platform), device.token, device.keys)


def push_of(delivery: NoticeDelivery, notice: NoticeRow) -> OutgoingPush:
    """Return the push of a delivery: ids and kinds, no words, no amounts (A27)."""
    return OutgoingPush(
        id=delivery.id,
        notice_id=notice.id,
        kind=notice.message,
        text_key=text_key(notice.message, notice.detail),
        collapse_key=collapse_key(notice.message, delivery.subject),
        urgent=not kind_of(notice.message).waits,
        expires_at=delivery.expires_at,
    )


def mail_of(first: NoticeDelivery, notices: Sequence[NoticeRow], driver: Driver) -> OutgoingMail:
    """Return one mail with all these notices, under the id of the first delivery."""
    words = [words_of(notice, driver.language) for notice in notices]
    subject = words[0].title if len(words) == 1 else digest_title(len(words), driver.language)
    parts = [f"{each.title}\n\n{each.text}" if len(words) > 1 else each.text for each in words]
    body = "\n\n\n".join([*parts, f"-- \n{mail_footer(driver.language)}\n"])
    return OutgoingMail(first.id, driver.email, subject, body, words[0].language)


def words_of(notice: NoticeRow, language: str) -> NoticeText:
    """Return a notice in words, its times by the clock at the charger."""
    zone = str(notice.detail.get("time_zone") or UTC_ZONE)
    return text_of(notice.message, notice.detail, language, zone)
