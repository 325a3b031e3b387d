"""Reads a source from end to end: fetch, parse, cut, encode, and swap the new passages in at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from emporion.agents.knowledge import core, rules, site, storage
from emporion.agents.knowledge.actions import changed
from emporion.agents.knowledge.events import SourceFailed, SourceRead
from emporion.agents.knowledge.library import SITE_PAGE_CAP, SourceKind, SourceState
from emporion.agents.knowledge.models import Document, Library, Passage, Source
from emporion.agents.knowledge.replacing import have_read
from emporion.agents.knowledge.sharing import Holder, give_back, ids_of, pages_elsewhere, pages_of, told_of
from emporion.agents.knowledge.types import ParsedDocument
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.plumbing.actions import publish

log = structlog.get_logger()
Read = tuple[Document, list[Passage] | None]  # a document with its passages; `None` for passages that are as they were


class Superseded(Exception):
    """The source was deleted or is to be read anew; this reading is of no use any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A document as it came."""

    name: str
    address: str
    content: bytes


@dataclass(slots=True)
class Reading:
    """One reading of a source, known by its revision."""

    source: Source
    revision: int
    skipped: int = 0
    left_out: int = 0
    first_problem: str = ""
    elsewhere: dict[str, Holder] = field(default_factory=dict)
    left: dict[str, Holder] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def is_left(self, address: str) -> bool:
        """Whether another source has this page; it is left to that one."""
        key = rules.page_key(address)
        if key in self.elsewhere:
            self.left[key] = self.elsewhere[key]
        return key in self.left

    def takes(self, address: str) -> bool:
        """Whether this page is to be read here: nobody has it, nor did it come under another address before."""
        if self.is_left(address) or rules.page_key(address) in self.taken:
            return False
        self.taken.add(rules.page_key(address))
        return True

    def shortfall(self) -> str:
        """What is missing of a site and what is read with others, in words."""
        pages = "1 page" if self.skipped == 1 else f"{self.skipped} pages"
        unread = f"{pages} could not be read. {self.first_problem}" if self.skipped else ""
        more = f"{self.left_out} more pages are listed than the {SITE_PAGE_CAP} that are read." if self.left_out else ""
        return " ".join(part for part in (told_of(self.source.kind, self.left.values()), more, unread) if part)

    def say(self, state: SourceState, done: int, total: int, note: str = "") -> None:
        """Tell how far it is; stops the reading when nobody wants it any more."""
        wanted = Source.objects.present().filter(id=self.source.id, revision=self.revision)
        if not wanted.update(state=state, done=done, total=total, note=note[:300]):
            raise Superseded


def read(*, source_id: UUID, revision: int) -> None:
    """Read a source; its row says how far it is, and in the end that it is ready, or why not and what to do."""
    source = Source.objects.select_related("library").filter(id=source_id, revision=revision, deleted_at=None).first()
    if source is None:
        return
    reading = Reading(source=source, revision=revision, elsewhere=pages_elsewhere(source))
    try:
        reading.say(SourceState.READING, 0, 0)
        documents = [_indexed(reading, raw, position) for position, raw in enumerate(_parsed(reading))]
        _swap(reading, documents, utcnow())
    except Superseded:
        log.info("reading_superseded", source_id=str(source_id))
    except DomainError as error:
        _fail(reading, error.message, error.step, utcnow())
    except Exception:
        _fail(reading, "Something went wrong while this was read. The file is kept.", "We try again by ourselves.", utcnow())
        raise


def _raws(reading: Reading) -> Iterator[Raw]:
    source = reading.source
    if source.kind == SourceKind.FILE:
        yield Raw(name=source.name, address="", content=storage.bytes_of(source.stored_name))
        return
    if source.address.startswith("//"):
        source.address = site.with_scheme(source.address)
        Source.objects.filter(pk=source.pk).update(address=source.address)
    if source.kind == SourceKind.PAGE:
        if reading.is_left(source.address):
            return
        page = site.page(source.address)
        if not site.is_sitemap(page.content):
            if reading.takes(page.address):
                yield Raw(name=page.name, address=page.address, content=page.content)
            return
        source.kind = SourceKind.SITEMAP
    yield from _raws_of_site(reading)


def _raws_of_site(reading: Reading) -> Iterator[Raw]:
    def progress(done: int, total: int) -> None:
        reading.say(SourceState.READING, done, total, "pages")

    for page in site.pages(reading.source.address, progress, reading.is_left):
        if page.left_out:
            reading.left_out = page.left_out
        elif page.problem:
            reading.skipped += 1
            reading.first_problem = reading.first_problem or f"{page.address}: {page.problem}"
        elif reading.takes(page.address):
            yield Raw(name=page.name, address=page.address, content=page.content)


def _parsed(reading: Reading) -> Iterator[tuple[Raw, ParsedDocument]]:
    def pages(done: int, total: int) -> None:
        # A site counts its pages itself; and a row for every page of a long book would be more writing than reading.
        if reading.source.kind != SourceKind.SITEMAP and done % 10 == 0:
            reading.say(SourceState.READING, done, total, "pages")

    for raw in _raws(reading):
        try:
            yield raw, core.parse(raw.name, raw.content, pages)
        except DomainError as error:
            if reading.source.kind != SourceKind.SITEMAP:
                raise
            reading.skipped += 1
            reading.first_problem = reading.first_problem or f"{raw.address}: {error.message}"


def _indexed(reading: Reading, found: tuple[Raw, ParsedDocument], position: int) -> Read:
    raw, parsed = found
    fingerprint = rules.text_hash(core.index_version() + parsed.plain_text)
    name = (parsed.title if raw.address and parsed.title else raw.name)[:300]
    kept = Document.objects.filter(source=reading.source, address=raw.address, text_hash=fingerprint).first()
    if kept is not None:
        kept.position, kept.name, kept.read_at = position, name, utcnow()
        return kept, None
    document = Document(
        source=reading.source,
        name=name,
        address=raw.address,
        position=position,
        text=parsed.plain_text,
        language=parsed.language,
        text_hash=fingerprint,
        read_at=utcnow(),
    )
    return document, _passages(reading, document, parsed)


def _passages(reading: Reading, document: Document, parsed: ParsedDocument) -> list[Passage]:
    cut = core.cut(parsed)
    hashes = {piece.content_hash for piece in cut}
    rows = Passage.objects.filter(document__source=reading.source, text_hash__in=hashes).values_list("text_hash", "embedding")
    known = {text_hash: bytes(embedding) for text_hash, embedding in rows}
    fresh = [piece for piece in cut if piece.content_hash not in known]
    total = len(cut)

    def progress(done: int, _: int) -> None:
        reading.say(SourceState.INDEXING, total - len(fresh) + done, total, "passages")

    progress(0, total)
    embeddings = core.embed_passages(parsed.title, fresh, progress)
    known |= {piece.content_hash: embedding for piece, embedding in zip(fresh, embeddings, strict=True)}
    return [
        Passage(
            document=document,
            position=piece.ordinal,
            heading=core.HEADING_SEPARATOR.join(piece.heading_path)[:500],
            text=piece.text,
            start=piece.start,
            end=piece.end,
            page=piece.page,
            row=piece.row,
            text_hash=piece.content_hash,
            embedding=known[piece.content_hash],
        )
        for piece in cut
    ]


@transaction.atomic
def _swap(reading: Reading, read: list[Read], now: datetime) -> None:
    Library.objects.select_for_update().get(id=reading.source.library_id)  # of two who read one page, one comes first
    source = Source.objects.select_for_update().filter(id=reading.source.id, revision=reading.revision, deleted_at=None).first()
    if source is None:
        raise Superseded
    reading.elsewhere = pages_elsewhere(source)
    documents = [one for one in read if not reading.is_left(one[0].address)]
    if not documents and not reading.left:
        raise site.NoSitemap(reading.first_problem or site.NoSitemap.title)
    before = pages_of(source)
    _store(source, documents)
    source.document_count = len(documents)
    source.passage_count = Passage.objects.filter(document__source=source).count()
    source.kind = reading.source.kind
    source.state, source.read_at = SourceState.READY, now
    source.done = source.total = source.passage_count
    source.note, source.left_to = reading.shortfall()[:300], ids_of(reading.left.values())
    source.problem = reading.first_problem
    if source.kind != SourceKind.FILE:
        source.byte_count = sum(len(document.text.encode()) for document, _ in documents)
    if source.kind == SourceKind.PAGE and documents:
        source.name = documents[0][0].name[:255]
    source.save()
    if before.keys() - pages_of(source).keys():
        give_back(source, now)
    if reading.left.keys() - reading.elsewhere.keys():
        have_read(source, now)  # who had a page has let it go meanwhile
    changed(source.library_id)
    publish(
        SourceRead(
            source_id=source.id,
            library_id=source.library_id,
            organisation_id=reading.source.library.organisation_id,
            name=source.name,
            passage_count=source.passage_count,
            read_at=now,
        ),
        now=now,
    )


def _store(source: Source, documents: list[Read]) -> None:
    kept = [document.id for document, passages in documents if passages is None]
    Document.objects.filter(source=source).exclude(id__in=kept).delete()
    for document, passages in documents:
        if passages is None:
            document.save(update_fields=["position", "name", "read_at"])
        else:
            document.save(force_insert=True)
            Passage.objects.bulk_create(passages, batch_size=200)


@transaction.atomic
def _fail(reading: Reading, problem: str, next_step: str, now: datetime) -> None:
    wanted = Source.objects.present().filter(id=reading.source.id, revision=reading.revision)
    if not wanted.update(state=SourceState.FAILED, problem=problem, next_step=next_step):
        return
    publish(
        SourceFailed(
            source_id=reading.source.id,
            library_id=reading.source.library_id,
            organisation_id=reading.source.library.organisation_id,
            name=reading.source.name,
            problem=problem,
            failed_at=now,
        ),
        now=now,
    )
