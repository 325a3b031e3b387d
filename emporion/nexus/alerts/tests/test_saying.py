"""What was noticed is kept without words, and read in the language of who reads; what has no such facts stays as written."""

from datetime import timedelta
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.utils import translation
from django.utils.translation import trans_real

from emporion.nexus.alerts.gathering import Ground, gather
from emporion.nexus.alerts.models import Alert, Problem
from emporion.nexus.alerts.queries import open_problems
from emporion.nexus.alerts.saying import said_in_words
from emporion.nexus.alerts.tests.conftest import BEGAN
from emporion.nexus.alerts.types import Kind, Metric, Observation, Said, Severity
from emporion.nexus.alerts.wording import percent
from emporion.nexus.apis.types import Impact

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-05", "UX-03")]
GERMAN = {
    "%(name)s: every call fails": "%(name)s: jeder Aufruf schlägt fehl",
    "%(calls)s for %(people)s.": "%(calls)s bei %(people)s.",
    ("%(count)s call failed", "%(count)s calls failed"): ("%(count)s Aufruf schlug fehl", "%(count)s Aufrufe schlugen fehl"),
    ("%(count)s customer", "%(count)s customers"): ("%(count)s Kunde", "%(count)s Kunden"),
}


@pytest.fixture
def german(tmp_path, settings):
    """A catalogue of a few words in a language that is not shipped."""
    catalog, raw = Catalog(locale="de"), BytesIO()
    for words, meant in GERMAN.items():
        catalog.add(words, meant)
    write_mo(raw, catalog)
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(raw.getvalue())
    settings.LOCALE_PATHS = [tmp_path]
    trans_real._translations.pop("de", None)
    with translation.override("de"):
        yield
    trans_real._translations.pop("de", None)


@pytest.fixture
def outage(organisation_id, project_id, openai):
    """OpenAI fails every call, as detection writes it down."""
    noticed = Said(what="outage", name="OpenAI", value=1.0, seconds=24)
    words = said_in_words(noticed)
    observation = Observation(
        kind=Kind.OUTAGE,
        key="a",
        severity=Severity.PAGE,
        title=words.title,
        sentence=words.sentence,
        api_id=openai.id,
        started_at=BEGAN,
        said=noticed,
    )
    felt = Impact(since=BEGAN, until=BEGAN, calls=1300, failed_calls=1200, customers=1)
    ground = Ground(organisation_id=organisation_id, project_id=project_id, impacts={openai.id: felt})
    gather(ground, [observation], now=BEGAN)
    return observation


def test_a_problem_is_stored_as_facts_and_read_in_the_language_of_the_reader(alice, project_id, outage, german):
    (problem,) = open_problems(alice, project_id)
    assert problem.title == "OpenAI: jeder Aufruf schlägt fehl"
    assert problem.alerts[0].title == problem.title
    assert problem.sentence == "1,200 Aufrufe schlugen fehl bei 1 Kunde."
    stored = Problem.objects.get()
    assert (stored.title, stored.said) == (
        "OpenAI: every call fails",
        {"what": "outage", "name": "OpenAI", "value": 1.0, "seconds": 24},
    )


def test_a_row_from_before_or_from_a_newer_version_keeps_its_words(alice, project_id, outage, german):
    for kept in ({}, {"what": "comet"}, {"what": "outage", "value": "much"}):
        Alert.objects.update(said=kept)
        Problem.objects.update(said=kept, impact={})
        (problem,) = open_problems(alice, project_id)
        assert problem.title == problem.alerts[0].title == "OpenAI: every call fails"


@pytest.mark.parametrize(
    ("noticed", "title", "sentence"),
    [
        (
            Said(what="outage", name="A", value=0.6, minutes=1),
            "A: most calls fail",
            "60% of the calls of the last 1 minute",
        ),
        (
            Said(what="burn_rate", name="A", value=15.2, minutes=60),
            "A error budget burns 15 times too fast",
            "At this rate a month's budget is spent in 47 hours. Seen over 1 hour.",
        ),
        (
            Said(what="threshold", name="A", metric=Metric.P95_MS, value=4600.0, limit=2000.0, minutes=10),
            "A p95 of the answer time over 2.0 s",
            "The p95 of the answer time was 4.6 s in the last 10 minutes; the limit is 2.0 s.",
        ),
        (
            Said(what="anomaly", name="A", metric=Metric.CALLS_PER_MINUTE, value=900.0, usual=300.0),
            "A calls an hour is 3.0 times the usual",
            "It is 900; at this hour 300 is usual.",
        ),
        (Said(what="silence", name="A", usual=40.0, minutes=15), "No calls reach A", "Nothing came for 15 minutes"),
        (Said(what="quota", name="A", value=0.05, minutes=30), "A quota: 5% left", "At this pace it is spent in 30 minutes."),
        (Said(what="budget", share=80, value=8.0, limit=10.0), "A budget is 80% spent", "$8.00 of $10.00 are spent."),
        (Said(what="budget", share=100, value=10.0, limit=10.0), "A budget is spent", "$10.00 of $10.00 are spent."),
        (Said(what="check", detail="500 and not 200"), "A check fails", "500 and not 200"),
        (
            Said(what="heartbeat", name="Nightly", reason="missing", at=(BEGAN - timedelta(hours=1)).isoformat()),
            "Nightly did not report in time",
            "It reported last at 08:00 UTC.",
        ),
        (Said(what="heartbeat", name="Nightly", reason="failed"), "Nightly says that it failed", "It never reported."),
        (Said(what="provider", name="Elevated errors"), "Elevated errors", "The provider says so on its status page."),
        (Said(what="storm"), "More alerts than can be kept apart", "Over 1,000 alerts fire at once"),
    ],
    ids=lambda one: one.what if isinstance(one, Said) else "",
)
def test_every_kind_says_what_it_is(noticed, title, sentence):
    words = said_in_words(noticed)
    assert words.title == title
    assert sentence in words.sentence


@pytest.mark.requirement("NEX-05", "UX-02")
def test_a_half_of_a_tenth_of_a_percent_is_rounded_as_everywhere() -> None:
    halves = {0.1245: "12.5%", 0.1225: "12.3%", 0.0005: "0.1%", 0.1244: "12.4%", 0.5: "50%", 0.0: "0%", 1.0: "100%"}
    assert {share: percent(share) for share in halves} == halves
