"""What `docs/app-developers.md` tells a newcomer works: its walk is run against the whole sandbox, with curl only."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.run import serve_clock
from sandbox.scene import PASSWORD, Scene
from tests.house.source import text_of
from tests.journeys.stage import Stage

WALK = "\n".join(re.findall(r"^```bash\n(.*?)^```", text_of("docs/app-developers.md"), flags=re.MULTILINE | re.DOTALL))


@pytest.fixture
async def scene(postgres_template: tuple[str, str]) -> AsyncIterator[Scene]:
    """Yield a running sandbox with a partner, as ``make run`` starts it."""
    stage = Stage("newcomer", postgres_template[0])
    scene = await Scene.open(await stage.ready(access_token_seconds=30 * 24 * 3600))
    try:
        yield scene
    finally:
        await scene.close()
        await stage.clear()


@pytest.mark.capability("DC1")
@pytest.mark.timeout(400)
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
async def test_the_walk_of_the_document_ends_with_a_receipt(scene: Scene, tmp_path: Path) -> None:
    """Every block in order, stopping at the first that fails; in the end there is a receipt and the books agree."""
    await scene.driver("Nora Newcomer")
    clock = await serve_clock(scene)
    where = {"API": f"{scene.stack.web_url}/v1", "CLOCK": clock, "PASSWORD": PASSWORD}
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", WALK, cwd=tmp_path,
        env={**os.environ, **where, "EMAIL": "nora.newcomer@example.com"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 300)
    assert process.returncode == 0, said.decode()
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF")
    assert "captured" in said.decode()
    (proof,), _totals = await scene.prove()
    assert proof.captured > 0
