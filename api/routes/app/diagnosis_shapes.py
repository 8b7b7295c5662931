"""A diagnosis on the wire: what was checked, the one next step with its countdown, and things ready to be done."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.domain.support.checks import Check
from api.domain.support.diagnose import Step, Symptom
from api.models.diagnosis import DiagnosisRow
from api.ports.policy import ServicePolicy
from api.routes.app.diagnosis_texts import diagnosis_text, step_text
from api.routes.app.shapes import Moment, Shape, example
from api.services.diagnosis.begin import RUNNING, SOLVED, checks_of, tried_of
from api.services.diagnosis.chain import ChainLink, chain_of
from api.services.diagnosis.known import Looked
from api.services.directory.best import BestContact
from api.services.roaming.find import FoundConnector

DIAGNOSIS_EXAMPLE = {
    "id": "dia_5c1f",
    "symptom": "not_started",
    "state": "running",
    "safety_text": None,
    "next": {
        "step": "wait_and_retry",
        "text": "Wait until the countdown is over, then start again: the charger needs the pause.",
        "why": None,
        "not_before": "2026-06-01T10:00:30Z",
        "wait_s": 24,
        "actions": [
            {
                "kind": "request",
                "method": "POST",
                "url": "/v1/charging-sessions/chs_0a1b/restart-quotes",
                "phone": None,
                "connector_id": None,
                "label": None,
            }
        ],
    },
    "first_wrong": None,
    "checks": [
        {"name": "balance", "outcome": "skipped", "reason": "not_used", "facts": {}},
        {"name": "site", "outcome": "fine", "reason": None, "facts": {"failing": 0, "evses": 4}},
    ],
    "tried": ["check_cable"],
    "contact_chain": [
        {
            "role": "operator",
            "answers_for": "The charger and its cable",
            "name": "Harbor Energy",
            "phone": "+49 711 0000",
            "email": None,
            "website": None,
        }
    ],
    "solved_by": None,
    "case_id": None,
}


class ShownCheck(Shape):
    """One of the ordered checks."""

    name: str = Field(description="`balance`, `pass`, `payment_method`, `platform`, `site`, `evse`, `neighbors`, ...")
    outcome: str = Field(description="`fine`, `wrong`, `unknown` or `skipped`.")
    reason: str | None
    facts: dict[str, Any] = Field(description="The figures behind it.")


class ReadyAction(Shape):
    """Something that can be done with one tap."""

    kind: str = Field(description="`request` to this API, `call`, `open` a page, `connector`; new values may come.")
    method: str | None = Field(default=None)
    url: str | None = Field(default=None)
    phone: str | None = Field(default=None)
    connector_id: str | None = Field(default=None, description="Of the same site, and can be started now.")
    label: str | None = Field(default=None, description="A name: of whom to call, of what the post shows.")


class ShownStep(Shape):
    """The one thing to do now."""

    step: str = Field(description="A closed list that may grow.")
    text: str = Field(description="In the driver's language.")
    why: str | None = Field(description="The check that it follows from.")
    not_before: Moment | None = Field(description="A wait: it counts as done from then on.")
    wait_s: int | None = Field(description="The same as a countdown, in seconds.")
    actions: list[ReadyAction]


class ShownChainLink(Shape):
    """Who answers for what, and how to reach them."""

    role: str = Field(description="`operator`, `issuer`, `owner` or `platform`, which is us; new values may come.")
    answers_for: str
    name: str | None
    phone: str | None
    email: str | None
    website: str | None

    @classmethod
    def of(cls, link: ChainLink, language: str) -> "ShownChainLink":
        """Return the shape of one who answers."""
        return cls(
            role=link.role,
            answers_for=diagnosis_text(f"role_{link.role}", language),
            name=link.name,
            phone=link.phone,
            email=link.email,
            website=link.website,
        )


class ShownDiagnosis(Shape):
    """A trouble: safety first, then one thing to do."""

    model_config = example(DIAGNOSIS_EXAMPLE)
    id: str
    symptom: str
    state: str = Field(description="`running`, `solved` or `handed_over`.")
    safety_text: str | None = Field(description="Shown before everything else.")
    next: ShownStep | None = Field(description="Null: it is over.")
    first_wrong: str | None = Field(description="The first check that found something wrong.")
    checks: list[ShownCheck] = Field(description="All of them, in their order.")
    tried: list[str]
    contact_chain: list[ShownChainLink] = Field(description="In the order in which to turn to them.")
    solved_by: str | None
    case_id: str | None

    @classmethod
    def of(
        cls, row: DiagnosisRow, looked: Looked, policy: ServicePolicy, now: datetime, language: str, hotline: str | None
    ) -> "ShownDiagnosis":
        """Return the shape of a diagnosis at ``now``."""
        checks = checks_of(row)
        location = looked.site.location.location if looked.site is not None else None
        chain = chain_of(policy, location, looked.operator, looked.issuer)
        return cls(
            id=row.id,
            symptom=row.symptom,
            state=row.state,
            safety_text=_safety(row, looked, language),
            next=_step(row, looked, now, language, hotline) if row.state == RUNNING else None,
            first_wrong=next((str(each.name) for each in checks if each.outcome == "wrong"), None),
            checks=[_check(each) for each in checks],
            tried=[str(step) for step in tried_of(row)],
            contact_chain=[ShownChainLink.of(link, language) for link in chain],
            solved_by=row.solved_by,
            case_id=row.case_id,
        )


class ShownLine(Shape):
    """A line that somebody answers."""

    phone: str
    name: str | None
    open: bool | None = Field(description="Null: nobody told its hours.")
    always_open: bool
    languages_now: list[str]
    next_change_at: Moment | None

    @classmethod
    def of(cls, line: BestContact | None) -> "ShownLine | None":
        """Return the shape of the best line; None where there is none."""
        if line is None:
            return None
        return cls(
            phone=line.number,
            name=None,
            open=line.open,
            always_open=line.always_open,
            languages_now=list(line.languages_now),
            next_change_at=line.next_change_at,
        )


def _check(check: Check) -> ShownCheck:
    return ShownCheck(name=check.name, outcome=check.outcome, reason=check.reason, facts=check.facts)


def _safety(row: DiagnosisRow, looked: Looked, language: str) -> str | None:
    """Return what is said first; at fast chargers, that a stuck cable is likelier there (CK18)."""
    if row.state == SOLVED:
        return None
    if row.step == Step.EMERGENCY_STOP:
        return diagnosis_text("emergency_only", language)
    if row.symptom == Symptom.STUCK_CABLE:
        more = [diagnosis_text("direct_current", language)] if looked.situation.is_direct_current else []
        return " ".join([diagnosis_text("never_force", language), *more])
    return diagnosis_text("keep_away", language) if row.symptom == Symptom.TROUBLE else None


def _step(row: DiagnosisRow, looked: Looked, now: datetime, language: str, hotline: str | None) -> ShownStep:
    step = Step(row.step)
    wait = max(0, -int((now - row.not_before).total_seconds() // 1)) if row.not_before is not None else None
    return ShownStep(
        step=step,
        text=step_text(step, language),
        why=row.why,
        not_before=row.not_before,
        wait_s=wait,
        actions=actions_of(step, row, looked, hotline),
    )


def actions_of(step: Step, row: DiagnosisRow, looked: Looked, hotline: str | None) -> list[ReadyAction]:
    """Return what can be done about a step with one tap; none where hands at the car or the post are needed."""
    if step in (Step.OTHER_CONNECTOR, Step.OTHER_SITE):
        return _elsewhere(step, row, looked)
    if step is Step.CALL_OPERATOR:
        return _call(looked.operator.phone, looked.operator.name, looked.operator.website)
    if step is Step.ASK_ISSUER and looked.issuer is not None:
        return _call(looked.issuer.phone, looked.issuer.name, looked.issuer.website)
    if step is Step.CALL_HOTLINE:
        return _call(hotline, None, None)
    request = _requests(row).get(step)
    return [ReadyAction(kind="request", method=request[0], url=request[1])] if request is not None else []


def _requests(row: DiagnosisRow) -> dict[Step, tuple[str, str]]:
    """Return which request of this API does what a step says."""
    charge = f"/v1/charging-sessions/{row.charging_session_id}"
    of_charge = {
        Step.WAIT_AND_RETRY: ("POST", f"{charge}/restart-quotes"),
        Step.STOP_IN_APP: ("POST", f"{charge}/stop"),
        Step.ASK_TO_UNLOCK: ("POST", f"{charge}/unlock-requests"),
        Step.SETTLE_DEBT: ("GET", f"{charge}/payments"),
    }
    always = {
        Step.TOP_UP: ("POST", "/v1/wallet/top-ups"),
        Step.ADD_CARD: ("POST", "/v1/payment-method-setups"),
        Step.MEND_PASS: ("GET", "/v1/me/passes"),
        Step.RESTART_APP: ("GET", "/v1/charging-sessions/active"),
        Step.ASK_US: ("POST", f"/v1/help/diagnoses/{row.id}/hand-over"),
        Step.WAIT_FOR_US: ("GET", "/status.json"),
    }
    return always | (of_charge if row.charging_session_id is not None else {})


def _elsewhere(step: Step, row: DiagnosisRow, looked: Looked) -> list[ReadyAction]:
    if step is Step.OTHER_CONNECTOR and looked.site is not None:
        return [_connector(each) for each in looked.site.neighbors]
    here = row.connector_id or (looked.site.here.connector.public_id if looked.site and looked.site.here else None)
    if here is None:
        return []
    return [ReadyAction(kind="request", method="GET", url=f"/v1/connectors/{here}/alternatives")]


def _connector(found: FoundConnector) -> ReadyAction:
    return ReadyAction(kind="connector", connector_id=found.connector.public_id, label=found.visual_id.text)


def _call(phone: str | None, name: str | None, website: str | None) -> list[ReadyAction]:
    calls = [ReadyAction(kind="call", phone=phone, label=name)] if phone else []
    pages = [ReadyAction(kind="open", method="GET", url=website, label=name)] if website else []
    return [*calls, *pages]
