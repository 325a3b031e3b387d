"""The catalogue, read once by each process; whoever wants it after that gets the same rows again, in a tenth of the time."""

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import AutoField

from emporion.agents.knowledge import snapshots
from emporion.agents.knowledge.models import Library, Source
from emporion.config.catalogue import sync_catalogue
from emporion.market.actions.publishing import stored_name
from emporion.market.models import OfferingAsset

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gained:
    """The rows that one table gained, without the key that the database counts up itself."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """What reading the catalogue left behind: rows by table, and the files that they name."""

    tables: dict[str, _Gained]
    files: dict[str, bytes]

    def put_up(self) -> None:
        """Writes the rows and the files again; what an earlier test made of these libraries is forgotten."""
        for name, content in self.files.items():
            if not default_storage.exists(name):
                default_storage.save(name, ContentFile(content))
        with transaction.atomic(), connection.cursor() as cursor:
            for table, gained in self.tables.items():
                names = ", ".join(f'"{column}"' for column in gained.columns)
                places = ", ".join(["%s"] * len(gained.columns))
                cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', gained.rows)
        for library_id in Library.objects.values_list("id", flat=True):
            snapshots.forget(library_id)


_shelves: dict[tuple[datetime, str], _Shelf] = {}


def put_on_sale(now: datetime) -> None:
    """Everything that the product itself has on sale; read anew where there are offerings."""
    wanted = now, str(settings.CATALOGUE_DIR)
    shelf = _shelves.get(wanted)
    if shelf is not None and not Library.objects.exists():
        shelf.put_up()
        return
    before = _everything()
    sync_catalogue(now=now)
    names = {*Source.objects.exclude(stored_name="").values_list("stored_name", flat=True)}
    names |= {stored_name(digest) for digest in OfferingAsset.objects.values_list("sha256", flat=True)}
    files = {name: default_storage.open(name).read() for name in names}
    _shelves[wanted] = _Shelf(tables=_gained(before, _everything()), files=files)


def _everything() -> dict[str, _Gained]:
    counted = {
        model._meta.db_table: model._meta.pk.column
        for model in apps.get_models(include_auto_created=True)
        if isinstance(model._meta.pk, AutoField)
    }
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = tuple(column[0] for column in cursor.description)
            kept = [place for place, column in enumerate(columns) if column != counted.get(table)]
            rows = tuple(tuple(row[place] for place in kept) for row in cursor.fetchall())
            found[table] = _Gained(columns=tuple(columns[place] for place in kept), rows=rows)
    return found


def _gained(before: dict[str, _Gained], after: dict[str, _Gained]) -> dict[str, _Gained]:
    gained = {}
    for table, held in after.items():
        known = set(map(repr, before[table].rows))
        rows = tuple(row for row in held.rows if repr(row) not in known)
        if rows:
            gained[table] = _Gained(columns=held.columns, rows=rows)
    return gained
