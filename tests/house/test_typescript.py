"""The TypeScript client is fresh, compiles strictly, and takes values that only tomorrow's server knows."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.typescript import CLIENT, render
from tests.published import current

DENO = shutil.which("deno", path=str(Path(sys.executable).parent)) or shutil.which("deno")
needs_deno = pytest.mark.skipif(DENO is None, reason="no deno here to check types with")
USE = """\
import { getMe, type Payer, ProblemError, type ShownPayer, signIn, startChargingSession } from "./client.ts";

const c = { base: "http://127.0.0.1:1/v1", token: () => "x" };
const tomorrow: ShownPayer["payer"] = "a_value_of_tomorrow";
const known: Payer = "wallet";
export async function walk(): Promise<string> {
  try {
    const tokens = await signIn(c, { email: "ada@example.com", password: "x" });
    const me = await getMe(c);
    const body = { quote_id: "quo_1", consent: { amount_minor: 5000, currency: "EUR" }, pay_with: known };
    const started = await startChargingSession(c, body, { "idempotency-key": "k" });
    return `${tokens?.access_token} ${me?.id} ${started?.status} ${tomorrow}`;
  } catch (error) {
    return error instanceof ProblemError ? error.problem?.next_action ?? "none" : "none";
  }
}
"""


def checked(folder: Path, use: str) -> subprocess.CompletedProcess[str]:
    """Type-check ``use`` against the client, without any network."""
    (folder / "client.ts").write_text(CLIENT.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "use.ts").write_text(use, encoding="utf-8")
    command = [str(DENO), "check", "--quiet", "--no-remote", "use.ts"]
    where = {"DENO_DIR": str(folder), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=where, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words


@pytest.mark.capability("A03")
def test_the_client_is_fresh() -> None:
    """``docs/openapi/client.ts`` is the client of today's document; ``make docs`` writes it."""
    assert CLIENT.read_text(encoding="utf-8") == render(current()), "stale: run `make docs`"


@needs_deno
@pytest.mark.capability("A03", "A04")
def test_an_app_compiles_against_the_client(tmp_path: Path) -> None:
    """A small app, with an unknown value where answers may grow, passes a strict type check."""
    found = checked(tmp_path, USE)
    assert found.returncode == 0, found.stderr


@needs_deno
def test_a_wrong_use_does_not_compile(tmp_path: Path) -> None:
    """The check sees types: a payer that requests do not take is refused."""
    found = checked(tmp_path, USE.replace('known: Payer = "wallet"', 'known: Payer = "nobody"'))
    assert found.returncode != 0
    assert "nobody" in found.stderr
