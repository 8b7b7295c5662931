"""A year of made-up cases, and what a plain calculation says that their clocks must have done."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from api.domain.support.case import CaseKind, Priority
from api.domain.support.sla import level_of_kind, promise_for

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Plan:
    """One case of the year: when what happens to it."""

    opened: datetime
    kind: CaseKind
    priority: Priority
    steps: list[tuple[datetime, str]] = field(default_factory=list)
    """``answer``, ``ask``, ``reply``, ``resolve``, ``reject``: in order."""
    case_id: str = ""

    def expected(self, end: datetime) -> dict[tuple[str, str], datetime]:
        """Return what clocks must have done by the end and when, computed minute by minute from the promise alone."""
        walk, steps = Walk(self), list(self.steps)
        while walk.at < end and not (walk.over and not steps):
            walk.at += MINUTE
            while steps and steps[0][0] == walk.at:
                walk.take(steps.pop(0)[1])
            walk.look()
        return walk.done


class Walk:
    """A plain calculation: one case, minute by minute, sharing nothing with the code under test but promises."""

    def __init__(self, plan: Plan) -> None:
        """Begin where the case does."""
        self.promise = promise_for(level_of_kind(plan.kind), plan.priority)
        self.at = plan.opened
        self.answer_due, self.solve_due = plan.opened + self.promise.first_answer, plan.opened + self.promise.solved
        self.level, self.level_due = 1, plan.opened + self.promise.first_level
        self.state, self.since, self.answered = "open", plan.opened, False
        self.done: dict[tuple[str, str], datetime] = {}

    @property
    def over(self) -> bool:
        """Say whether no clock can do anything any more."""
        last = {("late", "solved"), ("late", "second_level")} <= self.done.keys()
        answer = self.answered or ("late", "first_answer") in self.done
        return self.state == "closed" or (self.state == "open" and last and answer)

    def take(self, step: str) -> None:
        """Take a step that somebody takes."""
        if step in ("answer", "ask") and not self.answered:
            self.late("first_answer", self.answer_due)
            self.answered = True
        if step == "resolve":
            self.late("solved", self.solve_due)
        if step == "reply":
            waited = self.at - self.since
            self.level_due, self.solve_due = self.level_due + waited, self.solve_due + waited
        if step in ("ask", "resolve", "reply", "reject"):
            self.state = {"ask": "waiting", "resolve": "resolved"}.get(step, "open")
            self.since = self.at

    def look(self) -> None:
        """Do what clocks do in this minute."""
        if self.state == "resolved" and self.at >= self.since + 7 * DAY:
            self.state = "closed"
            self.done["closed", "silence"] = self.at
        if self.state != "open":
            return
        if not self.answered:
            self.late("first_answer", self.answer_due)
        self.late("solved", self.solve_due)
        if self.level == 2:
            self.late("second_level", self.level_due)
        elif self.at >= self.level_due:
            self.level, self.level_due = 2, self.at + self.promise.second_level
            self.done["level", "2"] = self.at

    def late(self, what: str, due: datetime) -> None:
        """Note a broken promise, once."""
        if self.at >= due:
            self.done.setdefault(("late", what), self.at)


def a_year(seed: int, cases: int) -> list[Plan]:
    """Return cases of a year, many of them around the nights in which clocks change."""
    chance = random.Random(seed)
    switches = [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
    plans = []
    for number in range(cases):
        about = switches[number % 2] - 30 * HOUR if number < cases // 3 else datetime(2026, 1, 1, tzinfo=UTC)
        span = 48 * 60 if number < cases // 3 else 360 * 24 * 60
        plan = Plan(
            about + chance.randrange(span) * MINUTE, chance.choice(list(CaseKind)), chance.choice(list(Priority))
        )
        at, state = plan.opened, "open"
        for _ in range(chance.randrange(6)):
            at += chance.randrange(1, chance.choice((40, 400, 3000))) * MINUTE
            options = {"open": ("answer", "ask", "resolve"), "waiting": ("reply",), "resolved": ("reject",)}[state]
            step = chance.choice(options)
            if step == "reject" and at >= plan.steps[-1][0] + 7 * DAY:
                break
            plan.steps.append((at, step))
            state = {"ask": "waiting", "resolve": "resolved", "reply": "open", "reject": "open"}.get(step, state)
        plans.append(plan)
    return plans
