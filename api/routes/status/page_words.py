"""The words of the status page around what it tells, in the five languages."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PageWords:
    """The page around it, in one language."""

    title: str
    components: str
    incidents: str
    none_open: str
    past: str
    planned: str
    uptime: str
    uptime_hint: str
    month: str
    unknown_minutes: str
    as_of: str
    never: str
    stale: str
    database_gone: str
    slo: str
    region: str
    machine: str
    languages: str
    since: str
    until: str
    runs: str


PAGE: Final[dict[str, PageWords]] = {
    "en": PageWords(
        title="Status of {name}",
        components="What works",
        incidents="Open incidents",
        none_open="No incident is open.",
        past="Past incidents",
        planned="Planned maintenance",
        uptime="Availability by month",
        uptime_hint="Measured once a minute. Minutes in which nothing was measured count neither way.",
        month="Month",
        unknown_minutes="{n} min not measured",
        as_of="As of {at} UTC, {age} min ago.",
        never="Nothing has been measured here yet.",
        stale="Our measurements have stopped; this is what was known last.",
        database_gone="Right now our data storage does not answer. Most of the app does not work meanwhile.",
        slo="We promise to be available {percent} % of each month.",
        region="Hosted in: {region}",
        machine="For programs",
        languages="Languages",
        since="since {at} UTC",
        until="{since} to {until} UTC",
        runs="under way",
    ),
    "de": PageWords(
        title="Status von {name}",
        components="Was funktioniert",
        incidents="Offene Störungen",
        none_open="Es ist keine Störung offen.",
        past="Vergangene Störungen",
        planned="Geplante Wartung",
        uptime="Verfügbarkeit nach Monat",
        uptime_hint="Jede Minute gemessen. Minuten ohne Messung zählen weder so noch so.",
        month="Monat",
        unknown_minutes="{n} min nicht gemessen",
        as_of="Stand {at} UTC, vor {age} min.",
        never="Hier wurde noch nichts gemessen.",
        stale="Unsere Messungen stehen still; das ist der letzte bekannte Stand.",
        database_gone="Gerade antwortet unsere Datenhaltung nicht. Die App funktioniert so lange größtenteils nicht.",
        slo="Wir sagen zu, in jedem Monat zu {percent} % verfügbar zu sein.",
        region="Betrieben in: {region}",
        machine="Für Programme",
        languages="Sprachen",
        since="seit {at} UTC",
        until="{since} bis {until} UTC",
        runs="läuft",
    ),
    "fr": PageWords(
        title="État de {name}",
        components="Ce qui fonctionne",
        incidents="Incidents en cours",
        none_open="Aucun incident en cours.",
        past="Incidents passés",
        planned="Maintenance prévue",
        uptime="Disponibilité par mois",
        uptime_hint="Mesurée chaque minute. Les minutes sans mesure ne comptent dans aucun sens.",
        month="Mois",
        unknown_minutes="{n} min non mesurées",
        as_of="Situation à {at} UTC, il y a {age} min.",
        never="Rien n'a encore été mesuré ici.",
        stale="Nos mesures sont arrêtées ; voici la dernière situation connue.",
        database_gone="Notre stockage de données ne répond pas. La plupart de l'application est indisponible.",
        slo="Nous promettons une disponibilité de {percent} % par mois.",
        region="Hébergé : {region}",
        machine="Pour les programmes",
        languages="Langues",
        since="depuis {at} UTC",
        until="{since} à {until} UTC",
        runs="en cours",
    ),
    "nb": PageWords(
        title="Status for {name}",
        components="Hva som fungerer",
        incidents="Åpne hendelser",
        none_open="Ingen hendelser er åpne.",
        past="Tidligere hendelser",
        planned="Planlagt vedlikehold",
        uptime="Tilgjengelighet per måned",
        uptime_hint="Målt hvert minutt. Minutter uten måling teller ikke med.",
        month="Måned",
        unknown_minutes="{n} min ikke målt",
        as_of="Per {at} UTC, for {age} min siden.",
        never="Ingenting er målt her ennå.",
        stale="Målingene våre har stoppet; dette er det siste vi vet.",
        database_gone="Datalagringen vår svarer ikke akkurat nå. Det meste av appen virker ikke imens.",
        slo="Vi lover å være tilgjengelige {percent} % av hver måned.",
        region="Driftes i: {region}",
        machine="For programmer",
        languages="Språk",
        since="siden {at} UTC",
        until="{since} til {until} UTC",
        runs="pågår",
    ),
    "sv": PageWords(
        title="Status för {name}",
        components="Vad som fungerar",
        incidents="Öppna händelser",
        none_open="Ingen händelse är öppen.",
        past="Tidigare händelser",
        planned="Planerat underhåll",
        uptime="Tillgänglighet per månad",
        uptime_hint="Mäts varje minut. Minuter utan mätning räknas inte med.",
        month="Månad",
        unknown_minutes="{n} min ej mätta",
        as_of="Per {at} UTC, för {age} min sedan.",
        never="Inget har mätts här ännu.",
        stale="Våra mätningar har stannat; det här är det senast kända.",
        database_gone="Vår datalagring svarar inte just nu. Det mesta av appen fungerar inte under tiden.",
        slo="Vi lovar att vara tillgängliga {percent} % av varje månad.",
        region="Drivs i: {region}",
        machine="För program",
        languages="Språk",
        since="sedan {at} UTC",
        until="{since} till {until} UTC",
        runs="pågår",
    ),
}
NAMES: Final[dict[str, str]] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "nb": "Norsk bokmål",
    "sv": "Svenska",
}
