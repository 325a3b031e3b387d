"""What must not happen: harm by a file, a stranger's hand, addresses that stay, a plan that is used up, rows that come twice."""

import bz2
import gzip
import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from emporion.accounts.models import AuditEntry
from emporion.config import eventlog, importing
from emporion.insights.imports import rules, working
from emporion.insights.imports.actions import give_up_forgotten
from emporion.insights.imports.models import Import
from emporion.insights.imports.tests.test_logs import events, log, visits
from emporion.insights.imports.tests.writing import DAY, access_log, combined
from emporion.insights.imports.types import State
from emporion.insights.intent.actions import learn
from emporion.insights.intent.models import Learnt
from emporion.insights.sites import metering
from emporion.insights.sites.models import Site, SiteDay
from emporion.kernel.clock import utcnow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("INS-19")]


def _zip(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def _bad() -> dict[str, tuple[bytes, str]]:
    return {
        "empty.log": (b"", "This file is empty"),
        "blank.log": (b" \n\n", "This file is empty"),
        "picture.log": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 20, "This is no text"),
        "utf16.log": ("\n".join(access_log(20)).encode("utf-16"), "written in UTF-16"),
        "error.log": (b"2025/03/03 [error] 31#31: upstream timed out\n" * 1_200, "combined or common log format"),
        "few.log": (b"hello\n", "combined or common log format"),
        "packed.log.bz2": (bz2.compress(b"x" * 500), "packed with bzip2"),
        "cut.log.gz": (gzip.compress("\n".join(access_log(3_000)).encode())[:-2_000], "This archive is damaged"),
        "broken.zip": (b"PK\x03\x04 and then nothing of an archive", "This archive is damaged"),
        "none.zip": (_zip(), "There is no file in this archive"),
        "bomb.zip": (_zip(**{"access.log": b"0" * (200 * 1024 * 1024)}), "500 times its size"),
        "bomb.log.gz": (gzip.compress(combined(DAY, "/").encode() + b"\n" + b"0" * (100 * 1024 * 1024)), "500 times its size"),
        "table.zip": (_zip(**{"xl/workbook.xml": b"<x/>"}), "This is a spreadsheet"),
    }


def test_a_file_that_cannot_be_read_says_why_on_its_row_and_harms_no_other(upload, alice_client, site) -> None:
    bad = _bad()
    good = ("good.log", log(*access_log(200)))
    run = upload(good, *((name, content) for name, (content, _) in bad.items()))
    page = alice_client.get(f"/insights/{site.id}/settings/import/{run.pk}/").content.decode()
    for name, (_, words) in bad.items():
        row = page[page.index(name) :]
        assert words in row[: row.index("</li>")], name
    assert run.state == State.READY, "what can be read waits"
    assert run.files.get(name="good.log").taken > 0


def test_odd_bytes_endless_lines_and_carriage_returns_are_rows_like_others(upload) -> None:
    page = combined(DAY, "/caf\\xc3\\xa9", referrer="https://www.google.com/")
    content = b"\xef\xbb\xbf" + page.encode() + b"\r\n\xff\xfe\xfa broken\n" + b"A" * 300_000 + b"\n" + page.encode("latin-1")
    run = upload(("odd.log", content))
    assert (run.rows, run.taken, run.left["unreadable"]["count"]) == (4, 2, 2)


def test_only_who_configures_the_website_imports_and_strangers_see_nothing(
    upload, alice_client, bob_client, ada_client, charlie_client, site
) -> None:
    run = upload(("access.log", log(*access_log(50))))
    address = f"/insights/{site.id}/settings/import/"
    assert ada_client.get(address).status_code == 200, "an administrator of the project may"
    for path in ("", f"{run.pk}/", f"{run.pk}/state/", f"{run.pk}/left-out.csv"):
        assert bob_client.get(address + path).status_code == 403
        assert charlie_client.get(address + path).status_code == 404
    for verb in ("agree", "cancel", "undo"):
        assert bob_client.post(f"{address}{run.pk}/{verb}/").status_code == 403
        assert charlie_client.post(f"{address}{run.pk}/{verb}/").status_code == 404
    sent = {"source": "logs", "files": [SimpleUploadedFile("a.log", b"x")]}
    assert bob_client.post(address, sent).status_code == 403
    run.refresh_from_db()
    assert run.state == State.READY
    assert list(AuditEntry.objects.filter(object_type="import").values_list("verb", flat=True)) == ["upload"]


def test_a_second_import_waits_for_the_first_and_nothing_is_no_file(upload, alice_client, site) -> None:
    upload(("access.log", log(*access_log(50))))
    address = f"/insights/{site.id}/settings/import/"
    sent = {"source": "logs", "files": [SimpleUploadedFile("b.log", b"x")]}
    assert "not finished" in alice_client.post(address, sent).content.decode()
    assert "There is no file" in alice_client.post(address, {"source": "logs"}).content.decode()
    assert "An import is not finished" in alice_client.get(address).content.decode()


def test_more_than_500_mb_at_once_is_refused_with_what_to_do(alice_client, site, spool, monkeypatch) -> None:
    monkeypatch.setattr(rules, "MOST_BYTES", 1_000)
    sent = {"source": "logs", "files": [SimpleUploadedFile(f"{n}.log", b"x" * 600) for n in range(2)]}
    response = alice_client.post(f"/insights/{site.id}/settings/import/", sent)
    assert response.status_code == 422
    assert "Pack them with gzip" in response.content.decode()
    assert not Import.objects.exists()


def test_no_address_stays_anywhere_once_it_is_imported(upload, agree, alice_client, site, tmp_path: Path) -> None:
    address = "203.0.113.199"
    line = combined(DAY, "/secret", address=address)
    run = agree(upload(("access.log", log(line, f"nonsense of {address} and 2001:db8::beef"))))
    listed = alice_client.get(f"/insights/{site.id}/settings/import/{run.pk}/left-out.csv").content.decode()
    assert "nonsense of … and …" in listed
    kept = [path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert not any(address.encode() in content for content in kept)
    assert not any(path.name in {"0", "salt"} for path in (tmp_path / "files").rglob("*"))
    with connection.cursor() as cursor:
        for table in ("insights_imports_import", "insights_imports_importfile"):
            cursor.execute(f"SELECT * FROM {table}")
            assert address not in str(cursor.fetchall())
    found = eventlog.store().rows("SELECT * FROM site_events WHERE site_id = {site:UUID}", {"site": site.id}, as_=dict)
    assert len(found) == 1
    assert address not in str(found)


def test_uploads_that_nobody_comes_back_to_are_erased_after_a_day(upload, tmp_path: Path) -> None:
    run = upload(("access.log", log(*access_log(50))))
    assert give_up_forgotten(now=utcnow() + timedelta(hours=23)) == 0
    assert give_up_forgotten(now=utcnow() + timedelta(hours=25)) == 1
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    assert [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()] == ["left-out.csv"]


def test_a_process_that_dies_in_the_middle_goes_on_and_adds_nothing_twice(upload, alice_client, site, move, drain) -> None:
    run = upload(("access.log", log(*access_log(4_000))))
    alice_client.post(f"/insights/{site.id}/settings/import/{run.pk}/agree/")
    kept = []

    def dies(*events_: object) -> None:
        if kept:
            raise OSError("killed")
        kept.append(len(events_))
        importing.keep(*events_)  # type: ignore[arg-type]  # whatever came, passed on

    with pytest.raises(OSError, match="killed"):
        working.store(import_id=run.pk, judges=importing.judge_for, keep=dies, now=utcnow())
    Import.objects.filter(pk=run.pk).update(stored_files=0, stored_rows=0, expected=0)  # before it wrote down how far it was
    drain(utcnow())
    move()
    drain(utcnow() + timedelta(minutes=1))
    run.refresh_from_db()
    assert run.state == State.DONE
    assert run.stored == run.taken == len(events(site))
    assert len(visits(site)) == run.visits


def test_history_of_yesterday_uses_up_no_plan_and_is_nobody_who_is_here_now(upload, agree, alice_client, site, record) -> None:
    now = utcnow()
    own = record((now - timedelta(minutes=2), "pageview", "/own"))
    lines = [combined(now - timedelta(days=1, minutes=n), f"/{n}", address=f"81.2.69.{n + 1}") for n in range(40)]
    fresh = combined(now - timedelta(minutes=3), "/too-new")
    run = upload(("access.log", log(*lines, fresh, combined(now + timedelta(days=1), "/tomorrow"))))
    assert run.left["too_new"]["count"] == 1
    assert run.left["future"]["count"] == 1
    agree(run)
    assert len(visits(site)) == 41
    metering.meter(site.organisation_id, now=now)
    assert sum(SiteDay.objects.filter(site_id=site.id).values_list("events", flat=True)) == 1, "only what was measured here"
    here = alice_client.get(f"/insights/{site.id}/realtime/now/").content.decode()
    assert str(own) in here
    assert "/too-new" not in here


def test_visits_from_before_the_website_was_measured_teach_nothing_of_who_buys(upload, agree, alice_client, site, record) -> None:
    now = utcnow()
    record((now - timedelta(days=3), "pageview", "/own"))
    Site.objects.filter(pk=site.id).update(first_event_at=now - timedelta(days=4))
    agree(upload(("access.log", log(*access_log(300, start=now - timedelta(days=20))))))
    assert len(visits(site)) > 10
    learn(site_id=site.id, now=now)
    assert Learnt.objects.get().visits == 1


def test_what_is_left_out_is_a_list_that_no_spreadsheet_takes_for_formulas(upload, alice_client, site) -> None:
    run = upload(("=access.log", log(*access_log(50), "=HYPERLINK(1)")))
    listed = alice_client.get(f"/insights/{site.id}/settings/import/{run.pk}/left-out.csv").content.decode()
    assert "'=HYPERLINK" in listed
    assert "\n=access" not in listed


def test_the_id_of_a_row_is_the_same_whenever_it_is_read(site) -> None:
    one = rules.event_id_of(site.id, 0, 7)
    assert one == rules.event_id_of(site.id, 0, 7)
    assert one != rules.event_id_of(site.id, 1, 7)
    assert one.version == 8


def test_an_import_whose_website_is_removed_meanwhile_goes_on_to_its_end(
    upload, alice_client, site, move, drain, tmp_path: Path
) -> None:
    run = upload(("access.log", log(*access_log(60))))
    alice_client.post(f"/insights/{site.id}/settings/import/{run.pk}/agree/")
    alice_client.post(f"/insights/{site.id}/remove/")
    drain(utcnow())
    move()
    drain(utcnow() + timedelta(minutes=1))
    run.refresh_from_db()
    assert run.state == State.DONE
    assert not any(path.name in {"0", "salt"} for path in (tmp_path / "files").rglob("*")), "no address lies around"
    alice_client.post(f"/insights/{site.id}/restore/")
    assert len(visits(site)) == run.visits > 0
    assert "Undo this import" in alice_client.get(f"/insights/{site.id}/settings/import/{run.pk}/").content.decode()
