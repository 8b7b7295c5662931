"""The words of the status page in the five languages: components, levels, severities, stages."""

from typing import Final

from api.domain.language import LANGUAGES
from api.domain.support.availability import Level
from api.services.status.words import Component, Severity, Stage

Row = tuple[str, str, str, str, str]
"""In the order of ``LANGUAGES``: English, German, French, Norwegian, Swedish."""

COMPONENTS: Final[dict[str, Row]] = {
    Component.APP_API: ("App", "App", "Application", "App", "App"),
    Component.STARTING: (
        "Starting a charge",
        "Laden starten",
        "Démarrage d'une charge",
        "Start av lading",
        "Starta laddning",
    ),
    Component.PAYMENTS: ("Payments", "Zahlungen", "Paiements", "Betalinger", "Betalningar"),
    Component.NOTICES: (
        "Notices and e-mails",
        "Mitteilungen und E-Mails",
        "Notifications et e-mails",
        "Varsler og e-post",
        "Aviseringar och e-post",
    ),
    Component.MAP_DATA: ("Map of chargers", "Karte der Ladepunkte", "Carte des bornes", "Ladekart", "Laddkarta"),
    Component.DATABASE: ("Data storage", "Datenhaltung", "Stockage des données", "Datalagring", "Datalagring"),
    Component.JOB_QUEUE: (
        "Background work",
        "Hintergrundverarbeitung",
        "Traitements en arrière-plan",
        "Bakgrunnsarbeid",
        "Bakgrundsarbete",
    ),
}
CONNECTION: Final[Row] = (
    "Network {name}",
    "Netz {name}",
    "Réseau {name}",
    "Nettverk {name}",
    "Nätverk {name}",
)
SITE: Final[Row] = ("Site {name}", "Standort {name}", "Site {name}", "Sted {name}", "Plats {name}")
LEVELS: Final[dict[str, Row]] = {
    Level.OPERATIONAL: ("Works", "Funktioniert", "Fonctionne", "Fungerer", "Fungerar"),
    Level.DEGRADED: ("Limited", "Eingeschränkt", "Limité", "Begrenset", "Begränsad"),
    Level.DOWN: ("Down", "Ausgefallen", "En panne", "Nede", "Ur funktion"),
    Level.UNKNOWN: ("Not known", "Nicht bekannt", "Inconnu", "Ikke kjent", "Okänt"),
    Level.MAINTENANCE: (
        "Planned maintenance",
        "Geplante Wartung",
        "Maintenance prévue",
        "Planlagt vedlikehold",
        "Planerat underhåll",
    ),
}
OVERALL: Final[dict[str, Row]] = {
    Level.OPERATIONAL: (
        "Everything works",
        "Alles funktioniert",
        "Tout fonctionne",
        "Alt fungerer",
        "Allt fungerar",
    ),
    Level.DEGRADED: (
        "Some things work only in part",
        "Manches funktioniert nur eingeschränkt",
        "Certains services sont limités",
        "Noe fungerer bare delvis",
        "En del fungerar bara delvis",
    ),
    Level.DOWN: (
        "Something is down",
        "Etwas ist ausgefallen",
        "Un service est en panne",
        "Noe er nede",
        "Något är ur funktion",
    ),
    Level.UNKNOWN: (
        "We do not know everything at the moment",
        "Wir wissen gerade nicht alles",
        "Nous ne savons pas tout pour le moment",
        "Vi vet ikke alt akkurat nå",
        "Vi vet inte allt just nu",
    ),
    Level.MAINTENANCE: (
        "Planned maintenance is under way",
        "Eine geplante Wartung läuft",
        "Une maintenance prévue est en cours",
        "Planlagt vedlikehold pågår",
        "Planerat underhåll pågår",
    ),
}
SEVERITIES: Final[dict[str, Row]] = {
    Severity.OUTAGE: ("outage", "Ausfall", "panne", "utfall", "avbrott"),
    Severity.DEGRADED: ("limited", "eingeschränkt", "limité", "begrenset", "begränsad"),
}
STAGES: Final[dict[str, Row]] = {
    Stage.INVESTIGATING: (
        "We know of it and are looking for the cause.",
        "Wir wissen davon und suchen die Ursache.",
        "Nous en avons connaissance et cherchons la cause.",
        "Vi er klar over det og leter etter årsaken.",
        "Vi känner till det och söker orsaken.",
    ),
    Stage.IDENTIFIED: (
        "We have found the cause and are working on it.",
        "Wir haben die Ursache gefunden und arbeiten daran.",
        "Nous avons trouvé la cause et y travaillons.",
        "Vi har funnet årsaken og arbeider med den.",
        "Vi har hittat orsaken och arbetar med den.",
    ),
    Stage.MONITORING: (
        "It should work again; we are watching.",
        "Es sollte wieder funktionieren; wir beobachten es.",
        "Cela devrait fonctionner de nouveau ; nous surveillons.",
        "Det skal virke igjen; vi følger med.",
        "Det bör fungera igen; vi håller uppsikt.",
    ),
    Stage.RESOLVED: (
        "It is over.",
        "Es ist behoben.",
        "C'est résolu.",
        "Det er løst.",
        "Det är åtgärdat.",
    ),
}
WORK: Final[Row] = (
    "Work is planned there. Charging cannot be started meanwhile.",
    "Dort sind Arbeiten geplant. Währenddessen kann kein Laden gestartet werden.",
    "Des travaux y sont prévus. Aucune charge ne peut être démarrée pendant ce temps.",
    "Det er planlagt arbeid der. Lading kan ikke startes imens.",
    "Arbete är planerat där. Laddning kan inte startas under tiden.",
)
WORK_ON_PLATFORM: Final[Row] = (
    "Work on our systems is planned.",
    "Arbeiten an unseren Systemen sind geplant.",
    "Des travaux sur nos systèmes sont prévus.",
    "Det er planlagt arbeid på systemene våre.",
    "Arbete på våra system är planerat.",
)


def in_all(row: Row) -> dict[str, str]:
    """Return a row by language."""
    return dict(zip(LANGUAGES, row, strict=True))
