"""``chargehand price`` for people: a table that fits, totals, and notes as sentences."""

from decimal import Decimal
from pathlib import Path

from api.cli.price_notes import sentence
from api.domain.pricing.breakdown import Note
from tests.api.cli.running import a_stay, price
from tests.clients.ocpi.samples import a_tariff

LONG = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"


def test_the_table(tmp_path: Path) -> None:
    """Every line names what was used, its price, step, amount and tax; below it the totals and why they are so."""
    tariff = a_tariff(max_price={"excl_vat": 5, "incl_vat": 6}, tariff_alt_text=None)
    shown = price(tmp_path, tariff, a_stay()).stdout
    assert _rows(shown) == [
        "OCPI 2.2.1, from 2025-03-03 10:00:00 to 2025-03-03 12:00:00, Europe/Amsterdam",
        "",
        "Tariff Element Component Quantity Price Step Amount Rate Tax",
        "─" * len(shown.splitlines()[3]),
        "day 0 energy 10 kWh 0.41/kWh 1 Wh 4.10 21 % 0.861",
        "day 1 parking time 1 h 3.60/h 60 s 3.60 unknown",
        "day - limit -1.4377 21 % -0.3019",
        "max price",
        "day - limit -1.2623 unknown",
        "max price",
        "",
        "Total excl. tax 5.00 EUR",
        "Total incl. tax unknown",
        "Shown to four decimals; --json prints the exact numbers.",
        "",
        "version_detected: The files look like OCPI 2.2.1; use --version to read them as another.",
        "not_priced: 1 h of time cost nothing: the tariff has no price for it.",
        "max_price: The maximum price of tariff day applies: before tax 7.7 became 5.",
        "limit_tax_in_proportion: The limit of tariff day is applied before tax; tax follows in proportion.",
        "tax_unknown: No tax rate is stated for the price limit, element 1; that tax is unknown.",
    ]


def test_a_rounded_quantity_and_long_numbers(tmp_path: Path) -> None:
    """What ``step_size`` bills stands under what was used; shortened numbers say that there are exact ones."""
    component = {"type": "TIME", "price": Decimal("0.123456"), "step_size": 900}
    stay = a_stay(end_date_time="2025-03-03T09:20:00Z")
    stay["charging_periods"] = [
        {"start_date_time": "2025-03-03T09:00:00Z", "dimensions": [{"type": "TIME", "volume": Decimal("0.3333333333")}]}
    ]
    shown = price(tmp_path, a_tariff(elements=[{"price_components": [component]}]), stay).stdout
    rows = _rows(shown)
    assert rows[4:6] == ["day 0 time 0.3333 h 0.1235/h 900 s 0.0617 unknown", "billed 0.5 h"]
    assert "Shown to four decimals; --json prints the exact numbers." in rows


def test_amounts_have_the_decimals_of_their_currency(tmp_path: Path) -> None:
    """Yen have none, dinars three."""
    for currency, total in (("JPY", "10 JPY"), ("KWD", "10.000 KWD"), ("EUR", "10.00 EUR")):
        tariff = a_tariff(currency=currency, elements=[{"price_components": [{"type": "ENERGY", "price": 1}]}])
        assert f"Total excl. tax  {total}\n" in price(tmp_path, tariff, a_stay()).stdout


def test_it_fits_a_hundred_columns_and_is_plain_where_no_terminal_is(tmp_path: Path) -> None:
    """Long ids fold, numbers are never cut, no color and no command to a terminal comes out, markup is text."""
    elements = [
        {"price_components": [{"type": "FLAT", "price": 1}], "restrictions": {"min_power": 1}},
        {"price_components": [{"type": "ENERGY", "price": Decimal("0.493137"), "step_size": 500}]},
        {"price_components": [{"type": "PARKING_TIME", "price": Decimal("112.4321"), "step_size": 900, "vat": 21}]},
    ]
    stay = a_stay()
    stay["charging_periods"][0]["dimensions"][0]["volume"] = Decimal("1234.5678")
    tariff = a_tariff(id=LONG, elements=elements, tax_included="YES", max_price=None)
    shown = price(tmp_path, tariff, stay).stdout
    assert max(map(len, shown.splitlines())) <= 100
    assert {"1234.5678 kWh", "billed 1235 kWh", "0.4931/kWh", "112.4321/h", "unknown"} <= _cells(shown)
    shown = price(tmp_path, a_tariff(id="[red]\x1b[31m\n[/x]"), a_stay()).stdout
    assert "[red]�[31m�[/x]" in shown
    assert "\x1b" not in shown


def _rows(shown: str) -> list[str]:
    """Return the printed lines without their alignment."""
    return [" ".join(line.split()) for line in shown.splitlines()]


def _cells(shown: str) -> set[str]:
    return {cell.strip() for line in shown.splitlines() for cell in line.split("  ")}


def test_a_price_with_unknown_tax_inside_is_not_shown_as_net(tmp_path: Path) -> None:
    """The amount is called gross, the net total unknown."""
    elements = [{"price_components": [{"type": "ENERGY", "price": 1}]}]
    shown = price(tmp_path, a_tariff(elements=elements, tax_included="YES", max_price=None), a_stay()).stdout
    assert "Total excl. tax  unknown\nTotal incl. tax  10.00 EUR\n" in shown
    assert {"10.00", "gross", "tax inside unknown"} <= _cells(shown)


def test_a_session_without_any_price_is_said_to_be_one(tmp_path: Path) -> None:
    """No empty table, and the notes say what cost nothing; a price in words is no known total."""
    nothing = [{"price_components": [{"type": "FLAT", "price": 1}], "restrictions": {"min_kwh": 99}}]
    shown = price(tmp_path, a_tariff(elements=nothing), a_stay()).stdout
    assert "\nNothing in this session has a price.\n" in shown
    assert "not_priced: 10 kWh of energy cost nothing" in shown
    empty: list[dict[str, list[object]]] = [{"price_components": []}]
    for words in (empty, empty[:0]):
        shown = price(tmp_path, a_tariff(elements=words), a_stay()).stdout
        assert "Total excl. tax  unknown\nTotal incl. tax  unknown\n" in shown
        assert "not_priced: 10 kWh of energy are not priced: the tariff tells its price in words." in shown


def test_a_note_without_a_sentence_is_shown_with_its_facts() -> None:
    """A code that is new to the table, and facts that a sentence does not expect, lose nothing."""
    assert sentence(Note("brand_new", {"period": 3, "why": "because"})) == "period 3, why because"
    assert sentence(Note("max_price", {"tariff_id": "a"})) == "tariff_id a"
    assert sentence(Note("not_priced", {"reason": "new", "quantity": "0.66666666"})) == "reason new, quantity 0.6667"
    assert sentence(Note("min_price", {"tariff_id": "a", "before": "much", "after": "2"})).endswith("much became 2.")
