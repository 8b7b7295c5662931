"""What the pages call fields, topics, states and events."""

from api.domain.support.case import CaseEventKind, CaseKind, CaseState
from api.domain.support.forms import Topic
from api.routes.contact.words import Translate
from api.services.support.view import SeenEvent

FIELDS = (
    "name",
    "email",
    "phone",
    "account_number",
    "company",
    "country",
    "vehicles",
    "invoice_number",
    "site",
    "charger",
    "date",
    "amount",
    "cause",
    "description",
)
"""In the order in which a page asks; ``charging_session_ids`` is known from a charge alone."""


def field_labels(say: Translate) -> dict[str, str]:
    """Return the label of each field."""
    return {
        "name": say("Your name"),
        "email": say("E-mail address"),
        "phone": say("Phone"),
        "account_number": say("Account number, if you have one"),
        "company": say("Company"),
        "country": say("Country"),
        "vehicles": say("How many vehicles"),
        "invoice_number": say("Number of the invoice"),
        "site": say("Site"),
        "charger": say("Number on the charger"),
        "date": say("Day"),
        "amount": say("Amount"),
        "cause": say("What you think is the cause"),
        "description": say("What happened?"),
    }


def kind_labels(say: Translate) -> dict[CaseKind, str]:
    """Return who may write to us."""
    return {
        CaseKind.DRIVER: say("I drive"),
        CaseKind.BUSINESS: say("Business and fleets"),
        CaseKind.OWNER: say("I own chargers"),
    }


def topic_labels(say: Translate) -> dict[Topic, str]:
    """Return what a case may be about."""
    return {
        Topic.CHARGING_SESSION: say("A charge"),
        Topic.KEEPS_STOPPING: say("A charger that keeps stopping"),
        Topic.CHARGER: say("A charger"),
        Topic.PAYMENT: say("A payment or an invoice"),
        Topic.APP: say("The app"),
        Topic.BADGE: say("My charging card"),
        Topic.FLEET: say("Charging for my fleet"),
        Topic.PARTNERSHIP: say("Working together"),
        Topic.INVOICE: say("An invoice"),
        Topic.SITE_FAULT: say("A fault at my site"),
        Topic.PRICES: say("My prices"),
        Topic.PAYOUT: say("What I am paid"),
        Topic.INSTALLATION: say("A new installation"),
        Topic.OTHER: say("Something else"),
    }


def state_labels(say: Translate) -> dict[CaseState, str]:
    """Return where a case stands."""
    return {
        CaseState.OPEN: say("We are working on it"),
        CaseState.WAITING: say("We wait for your answer"),
        CaseState.RESOLVED: say("Solved, as we see it"),
        CaseState.CLOSED: say("Closed"),
    }


def event_label(event: SeenEvent, say: Translate) -> str:
    """Return what happened, in words."""
    kinds = {
        CaseEventKind.OPENED: say("You wrote to us"),
        CaseEventKind.FROM_CUSTOMER: say("You wrote"),
        CaseEventKind.TO_CUSTOMER: say("We wrote"),
        CaseEventKind.ASKED: say("We asked you something"),
        CaseEventKind.LEVEL: say("Specialists look at it now"),
        CaseEventKind.EXPECTED: say("We expect another time"),
        CaseEventKind.HANDED_OVER: say("The operator has it"),
        CaseEventKind.DOCUMENT: say("A file was added"),
        CaseEventKind.RESOLVED: say("We think it is solved"),
        CaseEventKind.CONFIRMED: say("You confirmed that it is solved"),
        CaseEventKind.CLOSED: say("Closed"),
        CaseEventKind.REOPENED: say("Open again"),
        CaseEventKind.SURVEYED: say("You told us how we did"),
    }
    return kinds.get(CaseEventKind(event.kind), say("There is something new"))
