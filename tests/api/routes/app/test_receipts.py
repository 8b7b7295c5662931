"""The receipt as documented: what is free-form in its shape must at least look as its example says."""

from sqlmodel import select

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.models.finance import Receipt
from api.routes.app.receipts import ShownReceipt, shown_receipt
from api.services.finance.receipts import ChargePapers
from tests.bench import Bench, a_bench
from tests.charges import a_charge


async def test_the_example_has_the_fields_of_a_real_receipt(work: UnitOfWork) -> None:
    """Lines, taxes, checks and place of a settled charge have exactly the fields that the document shows."""
    bench: Bench = a_bench(work)
    await a_charge(bench, ChargingStatus.SETTLED)
    async with work() as db:
        receipt = (await db.exec(select(Receipt))).one()
    extra = ShownReceipt.model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    examples = extra["examples"]
    assert isinstance(examples, list)
    documented, real = ShownReceipt.model_validate(examples[0]), shown_receipt(ChargePapers(receipt, ()))
    assert real.lines
    assert set(documented.place) == set(real.place)
    assert set(documented.place["operator"]) == set(real.place["operator"])
    assert set(documented.seller) == set(real.seller)
    for name in ("lines", "taxes", "checks"):
        for each in getattr(real, name):
            assert set(each) == set(getattr(documented, name)[0]), name
