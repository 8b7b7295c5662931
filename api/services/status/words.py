"""The words by which components, incidents and what they are about are stored. What people read is with the pages."""

from enum import StrEnum

PARTNER = "partner:"
"""Before a partner's id it names the component of its connection."""


class Component(StrEnum):
    """What the page speaks of, beside one component for each partner."""

    APP_API = "app_api"
    STARTING = "starting"
    """Starting over roaming, all partners together."""
    PAYMENTS = "payments"
    NOTICES = "notices"
    MAP_DATA = "map_data"
    DATABASE = "database"
    JOB_QUEUE = "job_queue"


class Kind(StrEnum):
    """What an incident or planned work is about: a component, a partner's connection, or a site."""

    PLATFORM = "platform"
    PARTNER = "partner"
    SITE = "site"


class Severity(StrEnum):
    """How bad an incident is; a signal is a suspicion, and staff alone see it."""

    OUTAGE = "outage"
    DEGRADED = "degraded"
    SIGNAL = "signal"


class Stage(StrEnum):
    """How far the work on an incident is."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


SEVERAL_FAIL = "several_chargers_fail"
"""The reason of what the room of diagnosis opens about a site."""
BY_PROBE, BY_RULE, BY_DIAGNOSIS = "probe", "rule", "diagnosis"


TOLD = frozenset(
    {
        *("down", "slow", "unreachable", "not_reached", "not_ready", "no_answer_in_time"),
        *("webhooks_missing", "webhooks_wait", "late", "not_taken", "jobs_wait", "places_old"),
        *("partner_unreachable", "answers_badly", "commands_unanswered", "no_partner_reachable", "some_partners_away"),
        *("processor_outcome_unknown", "told_by_staff", SEVERAL_FAIL),
    }
)
"""Reasons that anybody may read; staff read all, also those that tell how we are built."""


def told_outside(reason: str | None) -> str | None:
    """Return a reason as the public page has it."""
    return reason if reason is None or reason in TOLD else "down"


def component_of(kind: str, subject_id: str) -> str | None:
    """Return the component that an incident or planned work is about; a site is none."""
    if kind == Kind.PARTNER:
        return f"{PARTNER}{subject_id}"
    return subject_id if kind == Kind.PLATFORM else None


def subject_of(component: str) -> tuple[Kind, str]:
    """Return kind and subject of a component."""
    if component.startswith(PARTNER):
        return Kind.PARTNER, component.removeprefix(PARTNER)
    return Kind.PLATFORM, component


def incident_code(number: int | None) -> str:
    """Return the short id that people and problem documents name an incident by."""
    return f"INC-{number}"
