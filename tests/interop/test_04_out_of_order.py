"""Behavior 4."""
from tests.interop.stage import PAID_IN_FULL, Stage

async def test_smoke(staged: Stage) -> None:
    """Smoke."""
    charge = await staged.taps()
    print(await staged.now(charge))
    await staged.passes(minutes=3)
    print(await staged.now(charge))
    await staged.passes(hours=2)
    print(await staged.now(charge), await staged.open_findings(), await staged.messages())
    print(await staged.cdrs())
    assert await staged.now(charge) == PAID_IN_FULL
