"""Calls of the past come in from a file: whole or not at all, once, priced by the price of their day."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from emporion.config import eventlog
from emporion.gateway.routing.types import ApiView
from emporion.kernel.clock import utcnow

pytestmark = [pytest.mark.django_db]
DAY = str((utcnow() - timedelta(days=3)).date()).encode()
HEAD = "at,model,status,duration_ms,input_tokens,output_tokens,cost_usd,feature,customer\n"


class Row(msgspec.Struct):
    outcome: str
    model: str
    feature: str
    customer: str
    picos: int
    source: str


def send(client: Client, api: ApiView, content: bytes | str, name: str = "calls.csv") -> str:
    body = (content if isinstance(content, bytes) else content.encode()).replace(b"DAY", DAY)
    response = client.post("/nexus/apis/import/", {"api": str(api.id), "file": SimpleUploadedFile(name, body)}, follow=True)
    return response.content.decode()


def kept(api: ApiView) -> list[Row]:
    return eventlog.store().rows(
        "SELECT outcome, model, feature, customer, cost_picos AS picos, price_source AS source FROM api_calls"
        " WHERE api_id = {api:UUID} AND origin = 'import' ORDER BY occurred_at",
        {"api": api.id},
        as_=Row,
    )


@pytest.mark.requirement("NEX-01")
def test_a_table_is_imported_once_and_priced(alice_client: Client, openai: ApiView) -> None:
    assert "Nothing imported yet" in alice_client.get("/nexus/apis/import/").content.decode()
    table = HEAD + "DAYT09:00:00+01:00,gpt-4o-mini,200,812,1000,1000,,Suche,Müller\n"
    table += "DAY 08:00:02,gpt-4o-mini,429,45,,,,Suche,Müller\nDAYT08:00:03Z,x,200,1,,,0.25,,\n"
    page = send(alice_client, openai, table)
    assert "3 calls of OpenAI are imported." in page
    rows = kept(openai)
    assert [(row.outcome, row.feature) for row in rows] == [("ok", "Suche"), ("throttled", "Suche"), ("ok", "")]
    # 1,000 tokens in at $0.15 and 1,000 out at $0.60 a million
    assert [row.picos for row in rows] == [int(Decimal("0.00075") * 10**12), 0, 250_000_000_000]
    assert (rows[0].source, rows[2].source) == ("list", "import")
    assert "This file was imported before." in send(alice_client, openai, table)
    assert len(kept(openai)) == 3


@pytest.mark.requirement("NEX-01")
def test_lines_of_json_are_imported(alice_client: Client, openai: ApiView) -> None:
    lines = '{"at": "DAYT08:00:00Z", "outcome": "timeout", "team": null}\n\n{"at": "DAYT08:00:01Z", "status": 500}\n'
    assert "2 calls of OpenAI are imported." in send(alice_client, openai, lines, "calls.jsonl")
    assert [row.outcome for row in kept(openai)] == ["timeout", "provider_error"]


@pytest.mark.requirement("NEX-01", "UX-06")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "The submitted file is empty."),
        ("a,b\n1,2\n", "The first line does not name the columns."),
        (HEAD, "There is no call in the file."),
        (HEAD + "DAY,,200,,,,,,\nyesterday,,200,,,,,,\n", "Line 3: “yesterday” is no time."),
        (HEAD + "2019-11-01,,200,,,,,,\n", "Line 2: 2019-11-01 is too long ago, or to come."),
        (HEAD + "DAY,,abc,,,,,,\n", "Line 2: status is no number."),
        (HEAD + "DAY,,200,-5,,,,,\n", "Line 2: duration_ms is not between 0 and"),
        (HEAD + "DAY,,200,1,1,NaN,,,\n", "Line 2: output_tokens is not between 0 and"),
        (HEAD + "DAY,,200,1,1,1,much,,\n", "Line 2: cost_usd is no amount."),
        ('{"at": "DAYT08:00:00Z"}\n{"at"\n', "Line 2 is not JSON."),
        (b"at,model\nDAY,\xff\xfe\n", "The file is not text in UTF-8."),
    ],
)
def test_a_file_that_does_not_fit_is_named_with_its_line_and_nothing_is_taken(
    alice_client: Client, openai: ApiView, content: bytes | str, words: str
) -> None:
    assert words in send(alice_client, openai, content)
    assert kept(openai) == []


@pytest.mark.requirement("NEX-01", "SEC-01")
def test_only_who_may_configure_the_project_imports(bob_client: Client, charlie_client: Client, openai: ApiView) -> None:
    table = SimpleUploadedFile("calls.csv", HEAD.encode() + DAY + b",,200,,,,,,\n")
    assert bob_client.post("/nexus/apis/import/", {"api": str(openai.id), "file": table}).status_code == 403
    assert charlie_client.post("/nexus/apis/import/", {"api": str(openai.id), "file": table}).status_code == 422
    assert kept(openai) == []
