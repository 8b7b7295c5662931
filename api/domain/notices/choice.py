"""What a driver chose: channels by kind, quiet hours, how far they walk, which charge of the battery they hear of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from api.domain.notices.kinds import Channel, kind_of

QUIET_FROM, QUIET_UNTIL = time(22), time(7)
WALKING_MINUTES = 5
BATTERY_PERCENT = 80


@dataclass(frozen=True, slots=True)
class Choice:
    """One driver's choice; what is not in ``channels`` (kind, channel, on or off) is as the kind says.

    Quiet hours are by the clock in ``time_zone``; ``None`` for both ends: there are none.
    """

    time_zone: str
    channels: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    quiet_from: time | None = QUIET_FROM
    quiet_until: time | None = QUIET_UNTIL
    walking_minutes: int = WALKING_MINUTES
    battery_percent: int = BATTERY_PERCENT

    def wants(self, message: str, channel: Channel) -> bool:
        """Say whether a kind of notice goes by a channel."""
        return self.channels.get(message, {}).get(channel, kind_of(message).goes_by(channel))

    @property
    def walking(self) -> timedelta:
        """How long the driver needs to their car."""
        return timedelta(minutes=self.walking_minutes)

    def after_quiet(self, now: datetime) -> datetime:
        """Return when what may wait is sent: at once, or when the quiet hours are over."""
        return quiet_end(self, now) or now


def quiet_end(choice: Choice, now: datetime) -> datetime | None:
    """Return the end of the quiet hours that ``now`` lies in, in its own zone; None: it lies in none.

    An end in the hour that a clock skips is the moment after the skip; one that comes twice is its first coming.
    """
    begins, ends = choice.quiet_from, choice.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    zone = ZoneInfo(choice.time_zone)
    local = now.astimezone(zone)
    at = local.time().replace(tzinfo=None)
    over_midnight = begins > ends
    quiet = (at >= begins or at < ends) if over_midnight else begins <= at < ends
    if not quiet:
        return None
    day = local.date() + timedelta(days=1) if over_midnight and at >= begins else local.date()
    ending = datetime.combine(day, ends, zone).astimezone(now.tzinfo)
    return ending if ending > now else datetime.combine(day, ends, zone).replace(fold=1).astimezone(now.tzinfo)
