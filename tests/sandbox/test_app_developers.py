"""What `docs/app-developers.md` tells a newcomer works: its walk is run against the whole sandbox, with curl only."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.mailbox import Mailbox
from sandbox.run import mailing, serve_clock
from sandbox.scene import Scene, agrees
from sandbox.stack import free_port
from tests.house.source import text_of
from tests.journeys.stage import Stage

WALK = "\n".join(re.findall(r"^```bash\n(.*?)^```", text_of("docs/app-developers.md"), flags=re.MULTILINE | re.DOTALL))


Desk = tuple[Scene, Mailbox]


@pytest.fixture
async def desk(postgres_template: tuple[str, str], tmp_path: Path) -> AsyncIterator[Desk]:
    """Yield a running sandbox with a partner and a mailbox, as ``make run`` starts it."""
    stage, mailbox, port = Stage("newcomer", postgres_template[0]), Mailbox(tmp_path / "mail"), free_port()
    async with await mailbox.serve(port):
        scene = await Scene.open(await stage.ready(access_token_seconds=30 * 24 * 3600, **mailing(port)))
        try:
            yield scene, mailbox
        finally:
            await scene.close()
            await stage.clear()


@pytest.mark.capability("DC1", "CK06")
@pytest.mark.timeout(400)
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
async def test_the_walk_of_the_document_ends_with_a_receipt(desk: Desk, tmp_path: Path) -> None:
    """Every block in order, from sign-up on; in the end there is a receipt, its mail, and the books agree."""
    scene, mailbox = desk
    clock = await serve_clock(scene, mailbox)
    where = {"API": f"{scene.stack.web_url}/v1", "CLOCK": clock, "STRIPE": scene.stack.stripe_url}
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", WALK, cwd=tmp_path,
        env={**os.environ, **where},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 300)
    assert process.returncode == 0, said.decode()
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF")
    assert "captured" in said.decode()
    (proof,), totals = await scene.prove()
    assert proof.captured > 0
    assert agrees(proof, totals)
    assert await scene.quiet.wait()
    assert [mail.to for mail in mailbox.taken] == [("nora@driver.example",)] * len(mailbox.taken)
    assert len(list((tmp_path / "mail").glob("*.eml"))) == len(mailbox.taken) >= 2
