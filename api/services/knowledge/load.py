"""The product's own articles: files in ``api/articles``, taken over as often as one likes.

A file that changed becomes the next revision. What staff edited stays as they left it: their words are about this
installation, and ours are only a beginning.
"""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.language import LANGUAGES
from api.domain.support.article_text import Words
from api.domain.support.topics import Audience, Phase, Topic
from api.models.knowledge import Article, ArticleRevision
from api.services.knowledge.write import Position, put_text

FOLDER = Path(__file__).resolve().parents[2] / "articles"
AUTHOR = "Chargehand"


@dataclass(frozen=True, slots=True)
class OwnArticle:
    """One file."""

    slug: str
    position: Position
    texts: Mapping[str, Words]
    digest: str


@dataclass
class LoadReport:
    """What became of the files, by slug."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Changed files that staff's own words were not overwritten with."""


def own_articles(folder: Path = FOLDER) -> Sequence[OwnArticle]:
    """Read our files."""
    return [_read(path) for path in sorted(folder.glob("*.toml"))]


def _read(path: Path) -> OwnArticle:
    raw = path.read_bytes()
    tree = tomllib.loads(raw.decode())
    position = Position(Phase(tree["phase"]), Topic(tree["topic"]), Audience(tree["audience"]), tree.get("pinned"))
    texts = {each: Words(tree[each]["title"], tree[each]["summary"], tree[each]["body"].strip()) for each in LANGUAGES}
    return OwnArticle(path.stem, position, texts, hashlib.sha256(raw).hexdigest())


async def load_articles(*, db: AsyncSession, now: datetime, articles: Sequence[OwnArticle]) -> LoadReport:
    """Take over what is new or changed, unless staff edited it."""
    report = LoadReport()
    for each in articles:
        row = (await db.exec(select(Article).where(Article.slug == each.slug).with_for_update())).one_or_none()
        if row is None:
            row = Article(slug=each.slug, latest=0, created_at=now)
            report.added.append(each.slug)
        elif row.file_digest == each.digest:
            report.unchanged.append(each.slug)
            continue
        elif (await db.get_one(ArticleRevision, (each.slug, row.latest))).author != AUTHOR or row.published is None:
            report.kept.append(each.slug)
            continue
        else:
            report.changed.append(each.slug)
        await _publish(db, now, row, each)
    return report


async def _publish(db: AsyncSession, now: datetime, row: Article, file: OwnArticle) -> None:
    row.latest += 1
    row.published, row.file_digest = row.latest, file.digest
    db.add(row)
    await db.flush()
    at = file.position
    revision = ArticleRevision(
        slug=file.slug,
        number=row.latest,
        phase=at.phase,
        topic=at.topic,
        audience=at.audience,
        pinned=at.pinned,
        author=AUTHOR,
        created_at=now,
        updated_at=now,
        published_at=now,
    )
    db.add(revision)
    for language, words in file.texts.items():
        await put_text(db=db, revision=revision, language=language, words=words)
