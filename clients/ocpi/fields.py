"""The data types of OCPI fields as partners really send them (2.2.1 chapter 16), and the one way to apply them.

Lives here: text, numbers, instants and local times, read generously; ``read_as`` applies a wire shape to decoded JSON,
``write_as`` checks a shape of ours strictly. Does not live here: which fields an object has (the files beside this).
"""

import contextlib
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

from api.domain.errors import Invalid
from clients.ocpi.unreadable import Unreadable

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[Tt ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*([Zz]|[+-]\d{2}:?\d{2})?", re.ASCII
)
_USUAL = ("-", "-", "T", ":", ":", "Z")
"""What stands between the numbers of a moment that is written as the specification wants it, and at its end."""
_LOCAL_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_EARLIEST, _LATEST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
"""What leaves room for other zones and clocks: an unset date may be the first moment there is, or the last."""
_MAX_DIGITS = 40
_MAX_MAGNITUDE = 18
_FEW_DIGITS = 18
"""So many characters never make an absurd number."""


class Unwritable(Invalid):
    """We were about to send what the specification forbids: our own mistake, found before it leaves the house."""


class Text(str):
    """A string; a number is taken as its digits, any length is accepted, NUL and broken surrogates are not."""

    __slots__ = ()


class Number(Decimal):
    """A number, exact; digits in quotes are accepted, NaN and absurd magnitudes are not."""

    __slots__ = ()


class Whole(int):
    """A whole number; ``600.0`` and ``"600"`` are accepted."""


Held = TypeVar("Held")


class _Holder(Generic[Held]):
    """Holds one value read by our own rules; no dataclass, because msgspec would read that by its rules."""

    __slots__ = ("value",)

    def __init__(self, value: Held) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


class Instant(_Holder[datetime]):
    """A moment in UTC; a missing zone means UTC, single-digit months and days are accepted."""

    __slots__ = ()


class LocalTime(_Holder[time]):
    """A time of day at the charger; seconds are accepted, ``24:00`` is midnight."""

    __slots__ = ()


class LocalDate(_Holder[date]):
    """A day at the charger; anything after the day is ignored."""

    __slots__ = ()


def _text(raw: object) -> Text:
    if type(raw) is not str:
        if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
            raise ValueError("not a text")
        if isinstance(raw, int) and abs(raw) >= 10**_MAX_DIGITS:
            raise ValueError("a number with too many digits")
    text = Text(raw)
    if "\x00" in text:
        raise ValueError("holds a NUL character")
    if not text.isascii():
        text.encode()
    return text


def _number(raw: object) -> Number:
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        raise ValueError("not a number")
    if isinstance(raw, int) and abs(raw) >= 10**_MAX_DIGITS:
        raise ValueError("a number with too many digits")
    if isinstance(raw, str) and (len(raw) > _MAX_DIGITS or not _NUMBER.fullmatch(raw.strip())):
        raise ValueError("not a number")
    number = Number(raw.strip() if isinstance(raw, str) else raw)
    if not number.is_finite():
        raise ValueError("not a finite number")
    if not number:
        return Number(0)
    if len(number.as_tuple().digits) > _MAX_DIGITS or abs(number.adjusted()) > _MAX_MAGNITUDE:
        raise ValueError("a number of absurd size")
    return number


def _whole(raw: object) -> Whole:
    number = _number(raw)
    if number != number.to_integral_value():
        raise ValueError("not a whole number")
    return Whole(number)


def _instant(raw: object) -> Instant:
    return Instant(moment_of(raw))


def moment_of(raw: object) -> datetime:
    """Return the moment in UTC that a field tells; raises ValueError where it tells none."""
    if type(raw) is str and _is_usual(raw):
        with contextlib.suppress(ValueError):
            return _with_room(datetime.fromisoformat(raw))
    match = _INSTANT.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if not match:
        raise ValueError("not a date and time")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    microsecond = int((match[7] or "0")[:6].ljust(6, "0"))
    zone = _zone(match[8])
    try:
        # A leap second does not exist for datetime; the second before it is near enough.
        at = datetime(year, month, day, hour, minute, 59 if second == 60 else second, microsecond, tzinfo=zone)
        return _with_room(at.astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError("no such date and time") from None


def _is_usual(raw: str) -> bool:
    """Say whether a moment is written as the specification wants it, to the second or with up to six decimals."""
    if not 20 <= len(raw) <= 27 or (raw[4], raw[7], raw[10], raw[13], raw[16], raw[-1]) != _USUAL:
        return False
    return len(raw) == 20 or (raw[19] == "." and raw[20:-1].isdigit())


def _with_room(at: datetime) -> datetime:
    """Return a moment, or the nearest one that can be reckoned with: a bill is never refused for a date."""
    return at if 1 < at.year < 9999 else min(max(at, _EARLIEST), _LATEST)


def _zone(offset: str | None) -> timezone:
    if not offset or offset in "Zz":
        return UTC
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError("no such offset from UTC")
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _local_time(raw: object) -> LocalTime:
    match = _LOCAL_TIME.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if not match:
        raise ValueError("not a time of day")
    hour, minute, second = (int(part or 0) for part in match.groups())
    if (hour, minute, second) == (24, 0, 0):
        return LocalTime(time(0, 0))
    return LocalTime(time(hour, minute, second))


def _local_date(raw: object) -> LocalDate:
    if not isinstance(raw, str):
        raise ValueError("not a date")
    return LocalDate(date.fromisoformat(raw.strip()[:10]))


_READERS: dict[type, Callable[[object], object]] = {
    Text: _text,
    Number: _number,
    Whole: _whole,
    Instant: _instant,
    LocalTime: _local_time,
    LocalDate: _local_date,
}


def _read_field(kind: type, raw: object) -> object:
    if kind is Text and type(raw) is str and raw.isascii() and "\x00" not in raw:  # nearly always
        return Text(raw)
    return _READERS[kind](raw)


Shape = TypeVar("Shape")


def number_of(raw: object) -> Decimal:
    """Return the exact number that a field tells; raises ValueError where it tells none."""
    if type(raw) is Number:
        return Decimal(raw)
    if type(raw) is str and len(raw) <= _FEW_DIGITS and _PLAIN_NUMBER.fullmatch(raw):
        return Decimal(raw) or Decimal(0)
    return Decimal(_number(raw))


def read_as(shape: type[Shape], raw: object) -> Shape:
    """Read decoded JSON as a wire shape, ignoring unknown fields; raises Unreadable naming field and problem."""
    try:
        return msgspec.convert(raw, shape, strict=False, dec_hook=_read_field)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).rpartition(" - at `")
        field = where.rstrip("`").removeprefix("$").removeprefix(".")
        raise Unreadable(f"{field}: {problem}" if problem else str(error)) from None
    except RecursionError:
        raise Unreadable("nested too deeply") from None


def write_as(message: msgspec.Struct) -> dict[str, object]:
    """Return a message of ours as JSON values, without unset fields and with exact numbers.

    Raises Unwritable when the message breaks its own shape.
    """
    written: dict[str, object] = msgspec.to_builtins(message, enc_hook=str, builtin_types=(Decimal,))
    try:
        msgspec.convert(written, type(message), dec_hook=_read_field)
    except msgspec.ValidationError as error:
        raise Unwritable("ocpi_unwritable", message=type(message).__name__, reason=str(error)) from None
    return written


def write_instant(at: datetime) -> str:
    """Write a moment the way the specification wants it: UTC with ``Z``, whole seconds."""
    return at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
