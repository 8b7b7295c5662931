"""What the profile is measured against: a bare FastAPI route that knows nobody and reads nothing."""

from fastapi import FastAPI

floor = FastAPI()


@floor.get("/")
async def hello() -> dict[str, str]:
    """Answer at once."""
    return {"status": "ok"}
