"""What the board knows, with words in five languages: the document at ``/status.json``, and what the page is made of.

Its shape is described in ``docs/status.md``. Names, titles and texts are objects by language; where staff wrote nothing
in one, the stage's own sentence stands there.
"""

from typing import Any

from api.domain.language import LANGUAGES
from api.routes.status.texts import (
    COMPONENTS,
    CONNECTION,
    LEVELS,
    OVERALL,
    SEVERITIES,
    SITE,
    STAGES,
    WORK,
    WORK_ON_PLATFORM,
    Row,
    in_all,
)
from api.services.status.words import Kind

Told = dict[str, Any]


def public_document(known: Told, *, url: str, age_s: int | None) -> Told:
    """Return what anybody may read."""
    return {
        "schema": "chargehand.status/1",
        "url": f"{url}/status",
        "generated_at": known["generated_at"],
        "age_s": age_s,
        "stale": known["stale"],
        "seen_here": known["seen_here"],
        "status": known["status"],
        "headline": in_all(OVERALL[known["status"]]),
        "components": [_component(each) for each in known["components"]],
        "incidents": [_incident(each) for each in known["incidents"]],
        "maintenance": [_work(each) for each in known["maintenance"]],
        "slo_percent": known["slo_percent"],
        "hosting_region": known["hosting_region"],
    }


def name_of(kind: str, subject_id: str, name: str | None) -> dict[str, str]:
    """Return what something is called."""
    if kind == Kind.PLATFORM and subject_id in COMPONENTS:
        return in_all(COMPONENTS[subject_id])
    row = SITE if kind == Kind.SITE else CONNECTION
    return {language: text.replace("{name}", name or subject_id) for language, text in in_all(row).items()}


def _component(each: Told) -> Told:
    name = name_of(each["kind"], each["id"], each["name"])
    return {**each, "name": name, "status_text": in_all(LEVELS[each["status"]])}


def _about(each: Told) -> Told:
    name = name_of(each["kind"], each["subject_id"], each["subject_name"])
    return {"kind": each["kind"], "subject_id": each["subject_id"], "component": each["component"], "name": name}


def _incident(each: Told) -> Told:
    about, severity = _about(each), in_all(SEVERITIES[each["severity"]])
    return {
        "id": each["id"],
        **about,
        "severity": each["severity"],
        "reason": each["reason"],
        "title": {language: f"{about['name'][language]}: {severity[language]}" for language in LANGUAGES},
        "opened_at": each["opened_at"],
        "closed_at": each["closed_at"],
        "updates": [
            {"at": told["at"], "stage": told["stage"], "text": _text(told["texts"], STAGES[told["stage"]])}
            for told in each["updates"]
        ],
    }


def _work(each: Told) -> Told:
    standard = WORK_ON_PLATFORM if each["kind"] == Kind.PLATFORM else WORK
    return {
        "id": each["id"],
        **_about(each),
        "starts_at": each["starts_at"],
        "ends_at": each["ends_at"],
        "running": each["running"],
        "text": _text(each["texts"], standard),
    }


def _text(written: dict[str, str], standard: Row) -> dict[str, str]:
    """Return what was written; in a language in which nothing was, our own sentence."""
    return {language: written.get(language) or own for language, own in in_all(standard).items()}
