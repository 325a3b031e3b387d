"""What was brought in of a website's past; every question begins at the actor, who may configure the website."""

from datetime import date
from uuid import UUID

from emporion.insights.imports import files
from emporion.insights.imports.errors import ImportNotFound
from emporion.insights.imports.history import span_of
from emporion.insights.imports.models import Import
from emporion.insights.imports.tally import samples_in
from emporion.insights.imports.types import FileState, FileView, ImportView, LeftCount, Source, State, Totals
from emporion.insights.sites.queries import site_of
from emporion.plumbing.types import Actor, Permission

SHOWN = 50


def imports_of(actor: Actor, site_id: UUID) -> tuple[ImportView, ...]:
    """The imports of a website, the newest first."""
    site = _own(actor, site_id)
    return tuple(_view(run) for run in Import.objects.of_site(site).prefetch_related("files")[:SHOWN])


def import_of(actor: Actor, site_id: UUID, import_id: UUID) -> ImportView:
    """One import; ImportNotFound."""
    return _view(_found(actor, site_id, import_id))


def left_out(actor: Actor, site_id: UUID, import_id: UUID) -> bytes:
    """The list of what an import left out, as CSV."""
    found = files.list_of(_found(actor, site_id, import_id).pk)
    if not found:
        raise ImportNotFound(import_id=import_id)
    return found


def totals_until(actor: Actor, site_id: UUID) -> date | None:
    """The last day of which there are totals that another product counted; for whoever sees the website."""
    span = span_of(actor, site_id)
    return span.last if span else None


def _own(actor: Actor, site_id: UUID) -> UUID:
    site = site_of(actor, site_id)
    actor.require(Permission.CONFIGURE, site.project_id)
    return site.id


def _found(actor: Actor, site_id: UUID, import_id: UUID) -> Import:
    run = Import.objects.of_site(_own(actor, site_id)).prefetch_related("files").filter(pk=import_id).first()
    if run is None:
        raise ImportNotFound(import_id=import_id)
    return run


def _view(run: Import) -> ImportView:
    return ImportView(
        id=run.pk,
        site_id=run.site_id,
        source=Source(run.source),
        state=State(run.state),
        created_at=run.created_at,
        created_by=run.created_by,
        finished_at=run.finished_at,
        files=_files(run),
        totals=_totals(run),
        left=tuple(
            LeftCount(reason=reason, count=one["count"], examples=tuple(one["examples"])) for reason, one in run.left.items()
        ),
        samples=samples_in(run.samples),
        days={date.fromisoformat(day): count for day, count in sorted(run.days.items())},
        problem=run.problem,
        takes_covered=run.takes_covered,
        expected=run.expected,
        stored=run.stored,
    )


def _files(run: Import) -> tuple[FileView, ...]:
    return tuple(
        FileView(
            name=file.name,
            size=file.size,
            state=FileState(file.state),
            problem=file.problem,
            done=file.done,
            total=file.total,
            rows=file.rows,
            taken=file.taken,
        )
        for file in run.files.all()
    )


def _totals(run: Import) -> Totals:
    return Totals(
        rows=run.rows,
        taken=run.taken,
        covered=run.covered,
        pageviews=run.pageviews,
        goals=run.goals,
        visitors=run.visitors,
        visits=run.visits,
        is_at_least=run.is_at_least,
        first_at=run.first_at,
        last_at=run.last_at,
        addresses=run.addresses,
    )
