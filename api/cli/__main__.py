"""``python -m api.cli``, which is what ``./chargehand`` starts."""

from api.cli import app

if __name__ == "__main__":
    app(prog_name="chargehand")
