"""What people ask about: who answers for it, which queue a case goes to, which articles come first (CP13, EP09).

Pure. The articles named here are files of ours (``api/articles``); a test keeps both together. Does not live here: how
soon a queue answers (the rules of cases), and the words of the articles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.domain.language import LANGUAGES


class Phase(StrEnum):
    """When a question comes up, in the order of a charge."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Audience(StrEnum):
    """Who asks."""

    DRIVER = "driver"
    OWNER = "owner"
    """Of a site whose chargers we run."""


class Answers(StrEnum):
    """Who can put a thing right."""

    US = "us"
    """Accounts, the app, payments and bills."""
    OPERATOR = "operator"
    """The post, its cable and its site."""
    ISSUER = "issuer"
    """Whoever gave out a badge that is not ours."""


class Queue(StrEnum):
    """Where cases wait for our staff."""

    DRIVERS = "drivers"
    BUSINESS = "business"
    OWNERS = "owners"
    OPERATORS = "operators"
    """What an operator is to solve; we stay behind them."""
    COMPLAINTS = "complaints"
    """What was paid, and should not have been."""


class Topic(StrEnum):
    """What a question is about. New values may come."""

    CHARGING_SESSION = "charging_session"
    CHARGER = "charger"
    CABLE = "cable"
    PASS = "pass"  # noqa: S105 - an RFID card, not a password
    APP = "app"
    ACCOUNT = "account"
    PAYMENT = "payment"
    WALLET = "wallet"
    RECEIPT = "receipt"
    DISPUTE = "dispute"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a topic leads: the articles to read first, who can put it right, and the queue of what is left."""

    queue: Queue
    answers: Answers
    articles: tuple[str, ...]


_ROUTES: Final[Mapping[Topic, Route]] = {
    Topic.CHARGING_SESSION: Route(
        Queue.DRIVERS,
        Answers.OPERATOR,
        ("charge-does-not-start", "charge-stopped-by-itself", "car-timer", "start-again", "plug-or-start-first"),
    ),
    Topic.CHARGER: Route(Queue.DRIVERS, Answers.OPERATOR, ("find-the-number", "who-answers-for-what")),
    Topic.CABLE: Route(Queue.DRIVERS, Answers.OPERATOR, ("stuck-cable", "unplug-when-done")),
    Topic.PASS: Route(Queue.DRIVERS, Answers.ISSUER, ("use-a-pass",)),
    Topic.APP: Route(Queue.DRIVERS, Answers.US, ("charge-figures-are-late",)),
    Topic.ACCOUNT: Route(Queue.DRIVERS, Answers.US, ("activate-your-account",)),
    Topic.PAYMENT: Route(Queue.DRIVERS, Answers.US, ("why-a-hold", "when-a-hold-comes-back", "price-of-a-charge")),
    Topic.WALLET: Route(Queue.DRIVERS, Answers.US, ("wallet-minimum",)),
    Topic.RECEIPT: Route(Queue.DRIVERS, Answers.US, ("get-a-receipt", "price-of-a-charge")),
    Topic.DISPUTE: Route(Queue.COMPLAINTS, Answers.US, ("dispute-an-amount", "when-a-hold-comes-back")),
    Topic.SITE: Route(Queue.OWNERS, Answers.US, ("chargers-at-your-site",)),
}
_RESPONSIBLE: Final[Mapping[Answers, tuple[str, ...]]] = {
    Answers.US: (
        "This is ours: accounts, the app, payments, bills and receipts are put right by us.",
        "Dafür sind wir da: Konto, App, Zahlungen, Rechnungen und Belege bringen wir in Ordnung.",
        "C'est à nous de régler cela : compte, application, paiements, factures et reçus.",
        "Dette er vårt ansvar: konto, app, betalinger, regninger og kvitteringer ordner vi.",
        "Det här är vårt ansvar: konto, app, betalningar, räkningar och kvitton ordnar vi.",
    ),
    Answers.OPERATOR: (
        (
            "The charger's operator answers for the post, its cable and its site: they see it and can reach it. Of the"
            " payment we take care."
        ),
        (
            "Für die Ladesäule, ihr Kabel und den Standort ist der Betreiber da: Er sieht sie und kann sie steuern. Um"
            " die Zahlung kümmern wir uns."
        ),
        "L'exploitant répond de la borne, de son câble et du site : il la voit et peut agir. Le paiement, c'est nous.",
        "Operatøren har ansvaret for laderen, kabelen og stedet: de ser og styrer den. Betalingen tar vi oss av.",
        "Operatören ansvarar för laddaren, kabeln och platsen: de ser den och kan styra den. Betalningen sköter vi.",
    ),
    Answers.ISSUER: (
        (
            "Whoever gave you the badge answers for it: we for our own passes, your employer for theirs, another"
            " service for its own."
        ),
        (
            "Für eine Karte ist da, wer sie ausgegeben hat: wir für unsere, Ihr Arbeitgeber für seine, ein anderer"
            " Anbieter für seine."
        ),
        (
            "Qui a remis le badge en répond : nous pour les nôtres, votre employeur pour les siens, un autre service"
            " pour les siens."
        ),
        "Den som ga deg brikken har ansvaret for den: vi for våre, arbeidsgiveren for sine, andre for sine.",
        "Den som gav dig brickan ansvarar för den: vi för våra, arbetsgivaren för sina, en annan tjänst för sina.",
    ),
}


def route_of(topic: Topic) -> Route:
    """Return where a topic leads."""
    return _ROUTES[topic]


def responsibility(topic: Topic, language: str) -> str:
    """Return in a sentence who answers for a topic."""
    return _RESPONSIBLE[_ROUTES[topic].answers][LANGUAGES.index(language)]
