"""The PDF of a paper: made once, the same bytes ever after, and it says what the JSON says."""

import asyncio
import hashlib
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.domain.finance.paper import digest_of
from api.domain.language import LANGUAGES
from api.models.finance import Receipt
from api.services.finance.files import UnknownPaper, pdf_of_paper
from api.services.finance.receipts import receipt_of_charge
from clients.documents.formats import Reader
from clients.documents.papers import TypesetDocuments
from tests.bench import Bench, a_bench
from tests.builders import a_driver
from tests.charges import a_charge
from tests.clients.documents.reading import text_of
from tests.fakes import FakeDocuments

S = ChargingStatus


async def a_real_receipt(work: UnitOfWork, language: str = "en") -> tuple[Bench, Receipt]:
    """Return an installation that prints for real, and the receipt of its one charge."""
    bench = a_bench(work)
    bench.ports = replace(bench.ports, documents=TypesetDocuments())
    await a_driver(bench, language=language)
    charge = await a_charge(bench, S.SETTLED)
    async with bench.work() as db:
        return bench, await receipt_of_charge(db=db, driver_id="drv_1", charging_session_id=charge.id)


@pytest.mark.capability("CK27")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_pdf_agrees_with_the_json(work: UnitOfWork, language: str) -> None:
    """Every amount, the energy, the quantities, the number and the names of the document stand on the page."""
    bench, receipt = await a_real_receipt(work, language)
    made = await pdf_of_paper(work=bench.work, ports=bench.ports, now=bench.clock.now(), receipt_id=receipt.id)
    document, page = receipt.document, text_of(made.content)

    reader = Reader(language, document["currency"], document["time_zone"])
    names = [name for name in document if name.endswith("_minor") and document[name]]
    assert {"total_minor", "net_minor", "vat_minor", "reserved_minor", "charged_minor", "released_minor"} <= set(names)
    told = [reader.money(document[name]) for name in names]
    told += [reader.exact_money(Decimal(line["amount"])) for line in document["lines"]]
    told += [reader.energy(line["billed_quantity"]) for line in document["lines"] if line["unit"] == "kWh"]
    told += [reader.percent(Decimal(rate["percent"])) for rate in document["vat_rates"]]
    told += [receipt.number, document["seller"]["vat_id"], document["driver"]["name"], document["card"]["last4"]]
    told += [document["place"]["evse_id"], reader.energy(document["energy_kwh"])]
    assert [each for each in told if " ".join(each.split()) not in page] == []


@pytest.mark.capability("L9")
async def test_every_download_is_the_same_bytes_with_their_hash(work: UnitOfWork) -> None:
    """Asked for ten times at once and once again later, with another printer by then."""
    bench, receipt = await a_real_receipt(work)

    async def download() -> bytes:
        now = bench.clock.now()
        made = await pdf_of_paper(work=bench.work, ports=bench.ports, now=now, receipt_id=receipt.id)
        assert hashlib.sha256(made.content).hexdigest() == made.sha256
        return made.content

    first = await asyncio.gather(*(download() for _ in range(10)))
    bench.ports = replace(bench.ports, documents=FakeDocuments())
    assert {*first, await download()} == {first[0]}


async def test_printers_that_race_store_one(bench: Bench) -> None:
    """Each copy that the fake prints differs; whoever stores first is what all get."""
    charge = await a_charge(bench, S.SETTLED)
    async with bench.work() as db:
        receipt = await receipt_of_charge(db=db, driver_id="drv_1", charging_session_id=charge.id)
        await (await db.connection()).execute(text("ALTER TABLE receipt_file DISABLE TRIGGER kept"))
        await (await db.connection()).execute(text("DELETE FROM receipt_file"))
    calls = [
        pdf_of_paper(work=bench.work, ports=bench.ports, now=bench.clock.now(), receipt_id=receipt.id) for _ in range(5)
    ]
    assert len({made.content for made in await asyncio.gather(*calls)}) == 1


async def test_a_receipt_from_before_there_were_numbers_is_printed(work: UnitOfWork) -> None:
    """Its document lacks the seller, the tax by rate and more; the page has what is known."""
    bench, receipt = await a_real_receipt(work)
    since = ("seller", "vat_rates", "driver", "payer_type", "fleet", "number", "language", "kind", "issued_at", "id")
    old = {name: value for name, value in receipt.document.items() if name not in {*since, "waived_minor"}}
    async with bench.work() as db:
        row = Receipt(**receipt.model_dump(exclude={"document", "id", "number", "revision", "cause_id", "sha256"}))
        row.id, row.number, row.revision, row.cause_id = "rcp_old", "OLD-2026-000001", 9, "old"
        row.document, row.sha256 = old, digest_of(old)
        db.add(row)
    made = await pdf_of_paper(work=bench.work, ports=bench.ports, now=bench.clock.now(), receipt_id="rcp_old")
    page = text_of(made.content)
    assert "OLD-2026-000001" in page
    assert "€9.28" in page


async def test_a_paper_that_is_none_is_unknown(bench: Bench) -> None:
    """An id of nothing."""
    with pytest.raises(UnknownPaper):
        await pdf_of_paper(work=bench.work, ports=bench.ports, now=bench.clock.now(), receipt_id="rcp_none")
