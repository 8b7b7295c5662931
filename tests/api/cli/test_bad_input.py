"""Input that cannot be used: exit code 2, nothing on stdout, one line on stderr: the file, the field, the problem."""

from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import Result

from tests.api.cli.running import a_stay, price, run, write
from tests.clients.ocpi.samples import a_cdr, a_session, a_tariff

PERIOD = {"start_date_time": "2025-03-03T09:00:00Z", "dimensions": [{"type": "TIME", "volume": 1}]}


@pytest.mark.parametrize(
    ("tariff", "told"),
    [
        (b"", "tariff.json: not JSON: "),
        (b"{", "tariff.json: not JSON: "),
        (b"[" * 20_000, "tariff.json: not JSON: "),
        (b'{"price": NaN}', "tariff.json: not JSON: "),
        ([], "tariff.json: holds no tariff"),
        ({}, "tariff.json: not a tariff of OCPI 2.2.1: Object missing required field `id`"),
        (a_stay(), "tariff.json: not a tariff of OCPI 2.2.1: "),
        ([a_tariff(), 7], "tariff.json: [1]: not a tariff of OCPI 2.2.1: "),
        (a_tariff(currency="euro"), "not a tariff of OCPI 2.2.1: currency: not three letters"),
        (
            a_tariff(tax_included="MAYBE", max_price=None),
            "not a tariff of OCPI 2.3.0: tax_included: not YES, NO or N/A",
        ),
        (
            a_tariff(elements=[{"price_components": [{"type": "ENERGY", "price": "much"}]}]),
            "elements[0].price_components[0].price: not a number",
        ),
        ([a_tariff(), a_tariff(id="DAY")], "tariff.json: id: two tariffs are called DAY"),
        (
            [a_tariff(), a_tariff(id="b", currency="CHF")],
            "currency: the tariffs are in different currencies (currency_mixed, currency EUR, other CHF)",
        ),
        (
            {"status_code": 2001, "status_message": "no such tariff"},
            "tariff.json: data: missing in the answer (status_code 2001, status_message no such tariff)",
        ),
    ],
)
def test_a_tariff_that_cannot_be_used(tmp_path: Path, tariff: object, told: str) -> None:
    """The tariff's file is named, with the field where there is one."""
    _refused(price(tmp_path, tariff, a_stay()), told)


@pytest.mark.parametrize(
    ("stay", "told"),
    [
        (b"\xff", "session.json: not JSON: "),
        ([], "session.json: holds 0 objects where one is wanted"),
        ([a_stay(), a_stay()], "session.json: holds 2 objects where one is wanted"),
        ("x", "session.json: not a session, a CDR or charging periods: "),
        (
            a_stay(start_date_time=None),
            "a CDR or charging periods: start_date_time: missing",
        ),
        (a_stay(end_date_time=None), "session.json: end_date_time: missing, and there is no last_updated to count to"),
        (
            a_stay(charging_periods=None),
            "session.json: charging_periods: there are no charging periods to price (periods_missing)",
        ),
        (a_stay(charging_periods=[PERIOD | {"start_date_time": "soon"}]), "charging_periods[0].start_date_time: "),
        (
            a_stay(end_date_time="2025-03-03T08:00:00Z", charging_periods=[PERIOD]),
            "charging_periods[0]: the period ends before it begins (period_inverted, ",
        ),
        (
            a_stay(charging_periods=[PERIOD, PERIOD | {"dimensions": [{"type": "ENERGY", "volume": -1}]}]),
            "charging_periods[0]: something was used in a period that lasts no time (period_zero_length",
        ),
        (a_session(currency="CHF"), "session.json: currency: CHF, but tariff day is in EUR"),
        (a_cdr(currency="CHF"), "session.json: currency: CHF, but tariff day is in EUR"),
        (
            a_stay(charging_periods=[PERIOD | {"dimensions": [{"type": "TIME", "volume": Decimal("9E+18")}]}]),
            "session.json: a number or a date in it, or in the tariff, is too large",
        ),
    ],
)
def test_a_session_that_cannot_be_priced(tmp_path: Path, stay: object, told: str) -> None:
    """The session's file is named, and what the engine refuses comes with its reason and its facts."""
    _refused(price(tmp_path, a_tariff(), stay), told)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--version", "2.2"], "--version: '2.2' is none of 2.1.1, 2.2.1, 2.3.0"),
        (["--version", ""], "--version: '' is none of 2.1.1, 2.2.1, 2.3.0"),
        (["--parking-reading", "both"], "--parking-reading: 'both' is none of not_charging, not_requesting_power"),
    ],
)
def test_an_option_that_means_nothing(tmp_path: Path, options: list[str], told: str) -> None:
    """The option is named with what it may be."""
    _refused(price(tmp_path, a_tariff(), a_stay(), *options), told)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe", "../../etc/passwd", "a\x1b[31mb"])
def test_a_zone_that_does_not_exist(tmp_path: Path, zone: str) -> None:
    """Only names of the IANA database are zones."""
    _refused(price(tmp_path, a_tariff(), a_stay(), zone=zone), "--time-zone: ")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    """A missing file and a folder are named as what they are."""
    tariff = write(tmp_path, "tariff.json", a_tariff())
    _refused(run("price", tmp_path / "none.json", tariff, "--time-zone", "UTC"), "none.json: No such file or directory")
    _refused(run("price", tariff, tmp_path, "--time-zone", "UTC"), "Is a directory")


def test_what_a_partner_wrote_does_not_command_the_terminal(tmp_path: Path) -> None:
    """An id with an escape sequence and a line break stays one harmless line."""
    tariff = a_tariff(id="a\x1b[2J\nb")
    _refused(price(tmp_path, [tariff, a_tariff(id="A\x1b[2J\nB")], a_stay()), "two tariffs are called A�[2J�B")


def test_a_tariff_is_needed_with_a_zone(tmp_path: Path) -> None:
    """Without a zone no clock rule can be judged, so it is not optional."""
    tariff = write(tmp_path, "tariff.json", a_tariff())
    result = run("price", tariff, tariff)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--time-zone" in result.stderr


def _refused(result: Result, told: str) -> None:
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("chargehand: ")
    assert result.stderr.count("\n") == 1
    assert told in result.stderr
