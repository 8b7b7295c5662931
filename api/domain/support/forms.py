"""What a case needs by whose it is and what it is about: the fields of its form, and which of them must be there.

Three audiences with forms of their own (CP12, CN03). Does not live here: what the page asks in words
(``api/routes/contact``), and what staff write down later.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.domain.account_number import AccountNumberInvalid, parse_account_number
from api.domain.errors import Invalid
from api.domain.support.case import CaseKind, Channel
from api.domain.support.topics import Queue

LONGEST_TEXT, LONGEST_FIELD = 5000, 200
_MAIL = re.compile(r"[^\s@<>,;:\"]{1,64}@[^\s@<>,;:\"]{1,180}\.[^\s@<>,;:\".]{2,63}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.\-]{4,30}")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Topic(StrEnum):
    """What a case is about."""

    CHARGING_SESSION = "charging_session"
    KEEPS_STOPPING = "keeps_stopping"
    """A charger where charges end by themselves again and again (CK17)."""
    CHARGER = "charger"
    PAYMENT = "payment"
    APP = "app"
    BADGE = "badge"
    FLEET = "fleet"
    PARTNERSHIP = "partnership"
    INVOICE = "invoice"
    SITE_FAULT = "site_fault"
    PRICES = "prices"
    PAYOUT = "payout"
    INSTALLATION = "installation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Form:
    """One form: who may choose which topics, and what must be filled in."""

    kind: CaseKind
    topics: tuple[Topic, ...]
    required: tuple[str, ...]
    by_topic: Mapping[Topic, tuple[str, ...]]
    optional: tuple[str, ...] = ()

    def fields(self, topic: Topic) -> tuple[str, ...]:
        """Return the names of all fields that a topic's form may have."""
        return (*self.required, *self.by_topic.get(topic, ()), *self.optional)


_T = Topic
_PLACE = ("charger", "date")
FORMS: Mapping[CaseKind, Form] = {
    CaseKind.DRIVER: Form(
        CaseKind.DRIVER,
        (_T.CHARGING_SESSION, _T.KEEPS_STOPPING, _T.CHARGER, _T.PAYMENT, _T.APP, _T.BADGE, _T.OTHER),
        ("description", "email"),
        {
            _T.CHARGING_SESSION: _PLACE,
            _T.KEEPS_STOPPING: (*_PLACE, "cause"),
            _T.CHARGER: ("charger",),
            _T.PAYMENT: ("date", "amount"),
        },
        ("name", "phone", "account_number", "charger", "date", "amount", "charging_session_ids"),
    ),
    CaseKind.BUSINESS: Form(
        CaseKind.BUSINESS,
        (_T.FLEET, _T.PARTNERSHIP, _T.INVOICE, _T.OTHER),
        ("description", "email", "name", "company", "country"),
        {_T.INVOICE: ("invoice_number",)},
        ("phone", "account_number", "vehicles"),
    ),
    CaseKind.OWNER: Form(
        CaseKind.OWNER,
        (_T.SITE_FAULT, _T.PRICES, _T.PAYOUT, _T.INSTALLATION, _T.OTHER),
        ("description", "email", "name", "site"),
        {_T.SITE_FAULT: ("charger", "phone"), _T.INSTALLATION: ("phone", "country")},
        ("phone", "account_number", "date", "charger"),
    ),
}
QUEUES: Mapping[CaseKind, Queue] = {
    CaseKind.DRIVER: Queue.DRIVERS,
    CaseKind.BUSINESS: Queue.BUSINESS,
    CaseKind.OWNER: Queue.OWNERS,
}
CUSTOMER_FIELDS = frozenset({"description", "email", "name", "phone", "account_number"})
"""Fields with a column of their own; all others are details."""


class FormIncomplete(Invalid):
    """A form lacks what it must have, or has it unusable. Facts: ``missing`` and ``unusable``, names of fields."""


class TopicUnknown(Invalid):
    """This audience's form has no such topic. Fact: ``topics``."""


def form_for(kind: CaseKind, topic: str) -> tuple[Form, Topic]:
    """Return the form of an audience and its topic; raises TopicUnknown."""
    form = FORMS[kind]
    found = next((each for each in form.topics if each == topic), None)
    if found is None:
        raise TopicUnknown("topic_unknown", topics=[str(each) for each in form.topics])
    return form, found


def required_fields(form: Form, topic: Topic, channel: Channel, *, holds_account: bool) -> list[str]:
    """Return what must be filled in: on the phone and by mail the number of whoever holds an account, too (EP11).

    On the phone there need be no address.
    """
    needed = [*form.required, *form.by_topic.get(topic, ())]
    if channel is Channel.PHONE:
        needed = [each for each in needed if each != "email"]
    if holds_account and channel in (Channel.PHONE, Channel.EMAIL):
        needed.append("account_number")
    return list(dict.fromkeys(needed))


def check_form(needed: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """Return what was filled in, tidied; raises FormIncomplete with every field that is missing or unusable."""
    tidy = {name: value.strip() for name, value in given.items() if value.strip()}
    missing = [name for name in needed if name not in tidy]
    unusable = [name for name, value in tidy.items() if not _usable(name, value)]
    if missing or unusable:
        raise FormIncomplete("form_incomplete", missing=missing, unusable=unusable)
    if "account_number" in tidy:
        tidy["account_number"] = parse_account_number(tidy["account_number"])
    return tidy


def _usable(name: str, value: str) -> bool:
    if _UNSEEN.search(value) or len(value) > (LONGEST_TEXT if name == "description" else LONGEST_FIELD):
        return False
    if name == "email":
        return bool(_MAIL.fullmatch(value))
    if name == "phone":
        return bool(_PHONE.fullmatch(value))
    if name == "account_number":
        try:
            parse_account_number(value)
        except AccountNumberInvalid:
            return False
    return name == "description" or "\n" not in value
