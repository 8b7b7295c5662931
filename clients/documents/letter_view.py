"""What the letter for a driver's bank shows: the hold, what became of it, and what to ask the bank."""

from typing import Any

from api.domain.finance.hold_letter import HoldLetter
from clients.documents.formats import Reader
from clients.documents.parts import facts, note, page, steps, text
from clients.documents.typesetting import typeset


def render_hold_letter(letter: HoldLetter) -> bytes:
    """Return the letter as PDF/A-3; takes some 30 ms of one core."""
    return typeset(letter_view(letter), at=letter.written_at)


def letter_view(letter: HoldLetter) -> dict[str, Any]:
    """Return the page of a letter."""
    reader = Reader(letter.language, letter.authorized.currency, letter.time_zone)
    words = reader.words
    seller = letter.issuer.to_json()
    document = {"seller": seller, "number": letter.payment_intent_id, "charging_session_id": letter.charging_session_id}
    parts = [
        text(words.letter_to, reader.day(letter.written_at)),
        text(_statement(reader, letter)),
        facts(_rows(reader, letter), heading=words.letter_facts),
        steps(_questions(reader, letter), heading=words.letter_ask),
        note(words.letter_sign),
    ]
    return page(reader, document, words.hold_letter, parts)


def _statement(reader: Reader, letter: HoldLetter) -> str:
    words = reader.words
    day, amount = reader.day(letter.placed_at), reader.money(letter.authorized.minor)
    if letter.released_at is None:
        return words.letter_open.format(day=day, amount=amount)
    return words.letter_released.format(
        day=day,
        amount=amount,
        released=reader.money(letter.released.minor),
        released_day=reader.day(letter.released_at),
    )


def _rows(reader: Reader, letter: HoldLetter) -> list[tuple[str, str | None]]:
    words = reader.words
    card = f"{(letter.card_brand or '').title()} •••• {letter.card_last4}".strip() if letter.card_last4 else None
    over = letter.released_at is not None
    return [
        (words.letter_status, words.letter_is_released if over else words.letter_is_open),
        (words.cardholder, letter.driver_name),
        (words.card, card),
        (words.reserved, reader.money(letter.authorized.minor)),
        (words.charged, reader.money(letter.captured.minor) if over or letter.captured.minor else None),
        (words.released, reader.money(letter.released.minor) if over else None),
        (words.placed_at, reader.exact_moment(letter.placed_at)),
        (words.released_at, reader.exact_moment(letter.released_at) if letter.released_at else None),
        (words.expires_at, reader.exact_moment(letter.expires_at) if letter.expires_at and not over else None),
        (words.place, letter.place),
        (words.processor, "Stripe"),
        (words.reference, letter.payment_intent_id),
        (words.charge_reference, letter.charge_id),
    ]


def _questions(reader: Reader, letter: HoldLetter) -> list[str]:
    words = reader.words
    find = words.ask_find.format(
        amount=reader.money(letter.authorized.minor),
        day=reader.day(letter.placed_at),
        last4=letter.card_last4 or "····",
    )
    if letter.released_at is None:
        return [find, words.ask_when_open]
    return [find, words.ask_reversed, words.ask_remove]
