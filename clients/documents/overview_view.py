"""What a driver's list of charges shows: each charge on a line, and the sums of each currency."""

from functools import cache
from typing import Any

from api.domain.finance.charges_overview import ChargesOverview, CurrencyTotal, ListedCharge
from clients.documents.formats import Reader
from clients.documents.parts import facts, note, page, table, text
from clients.documents.typesetting import typeset

_reader = cache(Reader)
"""By language, currency and time zone: a list has hundreds of lines and few of these."""
UNKNOWN = "–"


def render_overview(overview: ChargesOverview) -> bytes:
    """Return the list as PDF/A-3; a thousand charges take about a second of one core."""
    return typeset(overview_view(overview), at=overview.written_at)


def overview_view(overview: ChargesOverview) -> dict[str, Any]:
    """Return the page of a list."""
    reader = Reader(overview.language, "EUR", overview.time_zone)
    words = reader.words
    columns = [words.date, words.place, words.energy, words.price, words.paid, words.returned]
    listed = table(columns, [_row(overview.language, each) for each in overview.lines], left=2)
    parts = [
        facts(
            [
                (words.driver, overview.driver_name),
                (words.account, overview.account_number),
                (words.period, _period(reader, overview)),
            ]
        ),
        _sums(overview),
        listed if overview.lines else text(words.nothing_listed),
        note(words.narrowed if overview.narrowed else None, words.overview_note),
    ]
    document = {"seller": overview.issuer.to_json(), "number": reader.day(overview.written_at)}
    return page(reader, document, words.overview, parts)


def _period(reader: Reader, overview: ChargesOverview) -> str | None:
    """Return from when until when, if the driver asked for a part of their history; open ends stay open."""
    since, before = (None if at is None else reader.moment(at) for at in (overview.since, overview.before))
    return f"{since or '…'} – {before or '…'}" if since or before else None


def _row(language: str, line: ListedCharge) -> list[str]:
    reader = _reader(language, line.currency, line.time_zone)
    words = reader.words
    receipt = f"{words.receipt} {line.receipt_number}" if line.receipt_number else None
    about = " · ".join(each for each in (receipt, line.employer) if each)
    return [
        reader.short_day(line.at),
        f"{line.place}\n{about}" if about else line.place,
        reader.energy(line.energy_kwh),
        UNKNOWN if line.price_minor is None else reader.money(line.price_minor),
        UNKNOWN if line.paid_minor is None else reader.money(line.paid_minor),
        reader.money(line.refunded_minor) if line.refunded_minor else "",
    ]


def _sums(overview: ChargesOverview) -> dict[str, Any]:
    """Return the sums, a currency a line; what an employer paid has a column of its own where there is any."""
    totals = overview.totals()
    words = Reader(overview.language, "EUR", overview.time_zone).words
    by_employer = any(each.by_employer for each in overview.lines)
    columns = [words.currency, words.count, words.energy, words.paid_by_you]
    columns += [words.paid_by_employer] if by_employer else []
    rows = [_sum_row(overview, each, by_employer=by_employer) for each in totals]
    return table([*columns, words.returned], rows, heading=words.total) if totals else text()


def _sum_row(overview: ChargesOverview, total: CurrencyTotal, *, by_employer: bool) -> list[str]:
    reader = _reader(overview.language, total.currency, overview.time_zone)
    row = [total.currency, str(total.count), reader.energy(total.energy_kwh), reader.money(total.paid_minor)]
    row += [reader.money(total.by_employer_minor)] if by_employer else []
    return [*row, reader.money(total.refunded_minor)]
