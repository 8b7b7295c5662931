"""The words: complete in every language, with the same numbers, and never with a person in a push."""

import re
from typing import Any

import pytest

from api.domain.charging.orders import Message
from api.domain.language import LANGUAGES
from api.domain.notices.kinds import KINDS
from api.domain.notices.texts import OTHER, digest_title, mail_footer, text_key, text_keys, text_of, texts_of
from api.domain.notices.texts_money import STAY

FIELD = re.compile(r"\{(\w+)\}")
METER = {"currency": "EUR", "costs_now": False, "free_for_good": False, "per_hour": "0", "next_rise": None}
RISE = {"at": "2026-03-02T17:02:00+00:00", "per_hour": "4.8", "fee_minor": 0}


@pytest.mark.parametrize("key", text_keys())
def test_every_key_has_words_in_every_language_with_the_same_numbers(key: str) -> None:
    """No language is missing, none leaves a number out, none copies another."""
    words = texts_of(key)
    assert set(words) == set(LANGUAGES)
    fields = {frozenset(FIELD.findall(" ".join(each))) for each in words.values()}
    assert len(fields) == 1
    assert len(set(words.values())) == len(LANGUAGES)
    assert all(len(title) <= 40 for title, _ in words.values())


def test_every_kind_has_words_and_every_key_a_kind() -> None:
    """A kind without words would be a push that says nothing; every message of the machine is a kind."""
    assert {text_key(kind, {}) for kind in KINDS} == set(KINDS)
    assert {key.partition(".")[0] for key in text_keys()} == set(KINDS) | {OTHER}
    assert {str(each) for each in Message} <= set(KINDS)


def test_an_unknown_kind_has_words_too() -> None:
    """What was added without words is announced as news."""
    assert text_of("something_new", {}, "de").title == "Neues für Sie"


@pytest.mark.parametrize(
    ("message", "detail", "key"),
    [
        ("unplug", {"reason": "vehicle"}, "unplug.vehicle"),
        ("unplug", {"reason": "stopped_by_itself"}, "unplug.stopped_by_itself"),
        ("unplug", {"reason": None, "code": None}, "unplug"),
        ("charge_stopped", {"code": "hold_limit"}, "charge_stopped.hold_limit"),
        ("charge_stopped", {"code": "something_else"}, "charge_stopped"),
    ],
)
def test_what_sets_a_notice_apart_chooses_its_words(message: str, detail: dict[str, Any], key: str) -> None:
    """The reason, or the code, where there are words for it."""
    assert text_of(message, detail, "en").key == key


@pytest.mark.parametrize(
    ("meter", "text"),
    [
        ({"costs_now": True, "per_hour": "4.8"}, "Stehen bleiben kostet jetzt 4,80 EUR in der Stunde."),
        ({"next_rise": RISE}, "Stehen bleiben ist bis 18:02 frei, dann 4,80 EUR in der Stunde."),
        ({"next_rise": RISE | {"per_hour": "0", "fee_minor": 250}}, "Um 18:02 kommt eine Gebühr von 2,50 EUR hinzu."),
        ({"free_for_good": True}, "Stehen bleiben kostet nichts; vielleicht warten andere."),
    ],
)
def test_the_reminder_says_what_staying_costs(meter: dict[str, Any], text: str) -> None:
    """In the driver's language and by the clock at the charger; without a meter nothing is promised."""
    said = text_of("unplug", {"meter": METER | meter}, "de-AT", "Europe/Berlin").text
    assert said == f"Ihr Auto ist noch angesteckt. {text}"
    assert text_of("unplug", {"meter": None}, "de").text == "Ihr Auto ist noch angesteckt."


def test_numbers_are_filled_in_and_missing_ones_break_nothing() -> None:
    """Amounts as the language writes them; an amount that is not known is left open."""
    detail = {"amount_minor": 1234, "currency": "EUR"}
    assert text_of("payment_due", detail, "en").text.startswith("12.34 EUR is still open")
    assert text_of("refund_made", detail, "nb").text.startswith("12,34 EUR er på vei")
    assert text_of("refund_made", {}, "en").text.startswith("… is on its way")


def test_the_frame_of_a_mail_is_in_every_language() -> None:
    """The digest's title, the footer, and the sentences of the meter."""
    for language in LANGUAGES:
        assert "3" in digest_title(3, language)
        assert mail_footer(language)
        assert all(each[language] for each in STAY.values())
