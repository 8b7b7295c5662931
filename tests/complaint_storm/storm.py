"""Playing many stories and judging each against its planted truth.

A decision by rule is wrong if the driver paid, when all is through, anything but the truth; or if the truth is such
that no rule can know it. Whatever happens, no charge gives back more than was taken.
"""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from api.models.complaint import Complaint
from api.services.charging.stored_state import state_of
from tests.bench import Bench
from tests.builders import a_location, a_tariff, an_evse
from tests.complaint_storm.stays import Stay
from tests.complaint_storm.stories import Story, play
from tests.complaint_storm.truth import KWH, PARKED_HOUR, SESSION, Plot, truth_of
from tests.complaints import ruling_of, stored

_WEIGHTS = {Plot.NOTHING_WRONG: 4, Plot.HOLD_SEEN: 4, Plot.SEEN_TWICE: 2, Plot.METER_DOUBTED: 2}
"""How much more often than once something happens."""


@dataclass
class Outcome:
    """What a storm came to."""

    played: Counter[Plot] = field(default_factory=Counter)
    alone: Counter[Plot] = field(default_factory=Counter)
    """Solved without a person."""
    wrong: list[str] = field(default_factory=list)
    """Wrong automatic decisions, with what happened."""

    def told(self) -> str:
        """Return the figures as text."""
        total, alone = sum(self.played.values()), sum(self.alone.values())
        lines = [f"{plot:28} {self.played[plot]:5} {self.alone[plot]:5}" for plot in sorted(self.played)]
        head = f"{'planted':28} {'all':>5} {'alone':>5}"
        share = f"solved without a person: {alone} of {total} ({alone / total:.1%})"
        wrong = f"wrong automatic decisions: {len(self.wrong)} ({len(self.wrong) / total:.1%})"
        return "\n".join([head, *lines, share, wrong, *self.wrong])


def plan(seed: int, stays: Sequence[Stay]) -> list[tuple[Plot, Stay]]:
    """Return a plot for each stay: every plot once, then at random by weight."""
    dice = random.Random(seed)
    plots = list(Plot)
    drawn = dice.choices(plots, [_WEIGHTS.get(plot, 1) for plot in plots], k=max(len(stays) - len(plots), 0))
    wanted = [*plots, *drawn][: len(stays)]
    return [(plot, _fitting(plot, stay, dice)) for plot, stay in zip(wanted, stays, strict=True)]


def _fitting(plot: Plot, stay: Stay, dice: random.Random) -> Stay:
    """Return a stay as its plot needs it."""
    if plot in (Plot.NO_ENERGY, Plot.NO_ENERGY_CREDITED_LATER):
        return Stay(Decimal(dice.randint(1, 4)) / 10, Decimal(0), Decimal(0))
    if plot is Plot.BLOCKED_WITH_A_FULL_CAR:
        return Stay(Decimal("0.1"), max(stay.parked_hours, Decimal(1)), Decimal(0))
    if plot is Plot.PARKING_AT_A_HIGHER_RATE:
        return replace(stay, parked_hours=max(stay.parked_hours, Decimal("0.5")))
    if plot is Plot.METER_CAME_LATE:
        return replace(stay, kwh=min(stay.kwh, Decimal(30)))
    return stay


async def storm(bench: Bench, planned: Sequence[tuple[Plot, Stay]], *, seconds: float = float("inf")) -> Outcome:
    """Play stories until all are told or so much time is over, and return what they came to."""
    until = time.monotonic() + seconds
    tariff = a_tariff(kwh=str(KWH), idle_hour=str(PARKED_HOUR), flat=str(SESSION))
    evses = [an_evse(f"E{number}") for number in range(len(planned))]
    await a_location(bench, location_id="STORM", evses=evses, tariff=tariff)
    outcome = Outcome()
    for number, (plot, stay) in enumerate(planned):
        if time.monotonic() > until:
            break
        story = Story(bench, number, plot, stay)
        complaint, charges = await play(story)
        outcome.played[plot] += 1
        paid = 0
        for charge in charges:
            state = state_of(await bench.charge(charge))
            taken = state.captured.minor if state.captured is not None else 0
            assert 0 <= state.refunded.minor <= taken, f"{plot}: {state.refunded.minor} of {taken} given back"
            paid += state.paid.minor
        await _judge(bench, outcome, story, await stored(bench, complaint), paid)
    return outcome


async def _judge(bench: Bench, outcome: Outcome, story: Story, complaint: Complaint, paid: int) -> None:
    """Count a story, and whether it was decided wrongly by rule."""
    truth = truth_of(story.plot, story.stay)
    ruling = await ruling_of(bench, complaint)
    by_rule = complaint.state == "answered" or (ruling is not None and ruling.automatic)
    if not by_rule:
        assert complaint.state == "with_agent", f"{story.plot}: left {complaint.state}"
        return
    outcome.alone[story.plot] += 1
    if truth.person or paid != truth.minor:
        said = "answered itself" if ruling is None else f"{ruling.ruling} for {ruling.reason}"
        outcome.wrong.append(f"  {story.plot} {story.stay}: {said}, paid {paid}, true {truth.minor}")
