"""Keeps the suite quick: the order of the modules, what another database needs not prove again, and what is done once only.

The encoder is real and its own tests meet it directly; all other tests get what it made once (tests/vectors.py): the documents of
the catalogue are read by hundreds of them, and one reading takes seconds of two cores.
"""

import gc
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.template import Template

from tests.vectors import encoded_once

_rendered = Template._render  # before Django exchanges it for the time of the tests


@pytest.fixture(scope="session", autouse=True)
def _texts_are_encoded_once() -> Iterator[None]:
    with encoded_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_little() -> Iterator[None]:
    """The same hasher at its least price: a person signs in once a day, the tests do so hundreds of times."""
    patch = pytest.MonkeyPatch()
    for name, least in {"time_cost": 1, "parallelism": 1, "memory_cost": 8}.items():
        patch.setattr(Argon2PasswordHasher, name, least)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """As pytest-django has it; no test cuts the power, so none waits until what it wrote has reached the disk."""
    options = settings.DATABASES["default"].get("OPTIONS", {})
    if "init_command" in options:
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")


@pytest.fixture(scope="session", autouse=True)
def _pages_are_rendered_as_for_people(django_test_environment: None) -> Iterator[None]:
    """Django keeps a copy of all that each part of a page was given, for tests that look at it; ours look at the page."""
    patch = pytest.MonkeyPatch()
    patch.setattr(Template, "_render", _rendered)
    yield
    patch.undo()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What the imports made stays to the end: it is not searched for garbage again and again, a fifth of their time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


# What reaches a database: by its own tables, or by a process of its own that is given the address (`database_url`).
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "database_url"}


# Tests whose subject is something else, by how their ids begin, with what it is. That every page and address does with another
# database, too, what it does is tried there by the sweeps of tests/architecture, and what is written by the rest of each area.
# Money, constraints, locks, jobs, permissions and migrations have no place in this list. Of those who try every address, two stay
# here: nobody is sent away before a row is looked for, and what keeps a stranger out keeps out the stranger's program by the same
# queries, which is tried there like the member of another project.
OF_ADDRESSES = "tests/architecture/test_tenants.py::test_every_address_keeps_to_itself_what_is_not_the_visitors"


def _some(module: str, *begin: str, of: str) -> dict[str, str]:
    """Some tests of a module, by how their names begin."""
    return {f"{module}::test_{one}": of for one in begin}


NOT_ABOUT_THE_DATABASE = {
    "emporion/insights/reports/tests/test_figures.py": "figures of the event store, asked in its two homes",
    "emporion/insights/reports/tests/test_dashboard_page.py": "how figures of the event store are shown",
    "emporion/insights/reports/tests/test_days.py": "figures of the event store, added up in it",
    "emporion/insights/reports/tests/test_journeys.py": "figures of the event store, asked in its two homes",
    "emporion/insights/imports/tests/test_logs.py": "files of web servers, read into the event store",
    "emporion/nexus/apis/tests/test_figures.py": "figures of the event store, asked in its two homes",
    "emporion/insights/sites/tests/test_verifying.py": "pages of other people's websites",
    "emporion/agents/channels/tests/test_integration.py": "pages of other people's websites",
    "emporion/agents/channels/tests/test_mcp.py": "the protocol, spoken by other people's programs",
    "emporion/agents/channels/tests/test_mcp_peers.py": "the protocol, spoken by other people's programs",
    "emporion/agents/channels/tests/test_samples.py": "the code that a page gives to copy",
    "emporion/agents/knowledge/tests/test_sites.py": "pages of other people's websites",
    "emporion/agents/runtime/tests/test_gateway.py": "how a model is reached, through a process without a database",
    "emporion/agents/runtime/tests/test_manners.py": "the words of an answer",
    "emporion/agents/runtime/tests/test_models.py": "what a model says and what becomes of it",
    "emporion/ui/tests/test_views.py": "looks, which ask no rows",
    "tests/api/test_insights_mcp.py": "the protocol, spoken by other people's programs",
    "tests/architecture/test_methods.py": "which methods an address takes, whatever the rows behind it",
    "tests/architecture/test_forms.py::test_nonsense_that_any_column_takes": "input that Python reads, or any text column holds",
    "tests/architecture/test_payloads.py::test_what_people_write_is_shown_as_they_wrote_it_on_every_page[a visitor]": "what a"
    " template makes of words; that it opens the rows of every page is seen with their owner",
    f"{OF_ADDRESSES}[nobody]": "who is sent away at the door",
    f"{OF_ADDRESSES}[a stranger]": "who is refused by the same queries as the stranger's program",
    **_some(
        "emporion/nexus/alerts/tests/test_detection.py",
        "an_outage_that_meets_the_end_of_a_burst",
        "a_quarter_of_failing_calls",
        "an_hour_of_ordinary_calls",
        "calls_that_stop_coming",
        "three_failures_in_a_row",
        "throttled_calls",
        "the_first_cost_beside_none",
        of="what figures of the event store mean; the outage of the same module opens and ends a problem there",
    ),
    "emporion/insights/reports/tests/test_funnel_numbers.py": "figures of the event store and the pages behind them; what"
    " joins them to rows of payments is tried with the revenue of test_behind_figures.py",
    **_some(
        "emporion/insights/reports/tests/test_behind_figures.py",
        "each_row_of_a_card",
        "every_card_compares",
        "a_long_list_of_visitors",
        "the_raw_export_reaches_back",
        "what_visits_earned_leaves_in_units",
        "a_share_and_its_points",
        of="how figures of the event store are shown and leave; the page of the payments behind one is opened there",
    ),
    **_some(
        "emporion/insights/reports/tests/test_goal_pages.py",
        "a_goal_that_happens_by_itself",
        "every_step_of_a_funnel_opens",
        "every_number_of_a_goal_opens",
        "goals_have_the_period_and_filters",
        "a_saved_funnel_is_filtered",
        "goals_and_funnels_stand_against",
        of="figures of the event store; goals and funnels are saved, refused, removed and restored there",
    ),
    **_some(
        "emporion/insights/intent/tests/test_intent.py",
        "visitors_are_rated_by_what_buyers_did",
        "who_reached_a_goal_or_is_likely",
        "programs_get_the_likelihood",
        of="what visits of the event store make likely; what was learnt is kept, read and told of there",
    ),
    **_some(
        "emporion/nexus/costs/tests/test_costs.py",
        "the_month_is_summed",
        "the_lines_of_a_file_add_up",
        "each_number_opens_to_its_calls",
        "a_change_is_explained",
        "a_day_out_of_the_ordinary",
        "calls_without_a_price",
        "files_hold_nothing",
        "the_report_is_put_on_paper",
        "focus_has_every_mandatory_column",
        of="figures of calls, added up in the event store; budgets and prices, which are rows, are seen there",
    ),
    **_some(
        "emporion/insights/api/tests/test_api.py",
        "the_overview_has_datafasts_envelope",
        "a_series_adds_payments",
        "breakdowns_name_their_value",
        "filters_take_names",
        "a_parameter_that_means_nothing",
        "visitors_are_listed",
        "a_visitor_is_told_with_the_parameters",
        "realtime_counts_and_maps",
        "the_short_addresses",
        "the_description",
        of="the form of figures of the event store; keys, limits, goals and payments are tried there",
    ),
    **_some(
        "emporion/nexus/diagnosis/tests/test_diagnosis.py",
        "an_outage_is_theirs",
        "a_refused_key_is_ours",
        "where_all_is_well",
        "other_pages_get_the_cards",
        of="what figures of the event store mean; a problem's diagnosis and what it changes is tried there",
    ),
    **_some(
        "emporion/market/tests/test_offering.py",
        "a_film_has_a_poster",
        "plans_stand_side_by_side",
        "the_panel_leads_to_the_checkout",
        "the_box_the_bar_and_the_plans",
        "no_plan_of_our_own_catalogue",
        "who_begins_empty",
        "each_shape_of_price",
        "hosted_offerings_can_be_tried",
        "checkout_without_a_plan",
        "markdown_of_strangers",
        of="words and prices of the catalogue's files; every offering's page is opened there, as one is bought in checkout",
    ),
    **_some(
        "emporion/agents/channels/tests/test_visitors_language.py",
        "a_refusal_is_in_the_language",
        "where_the_question_does_not_tell",
        "a_topic_to_avoid",
        "a_widget_that_rests",
        "a_message_that_is_refused",
        "what_happened_is_told",
        "the_product_s_greeting",
        of="words in the visitor's language, which no row holds",
    ),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-database", action="store_true", help="leave out what is not about the database: another one changes nothing"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long modules first, then browsers: no worker is left with one at the end. `--only-database` leaves out the rest."""
    items.sort(key=lambda item: [item.get_closest_marker(mark) is None for mark in ("long", "browser")])
    if config.getoption("--only-database"):
        gone = [begin for begin in NOT_ABOUT_THE_DATABASE if not _is_there(config.rootpath, begin)]
        assert not gone, f"tests/thrift.py names what is no longer there: {gone}"
        kept = [item for item in items if _uses_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if not _uses_database(item)])
        items[:] = kept


def _is_there(root: Path, begin: str) -> bool:
    module, _, test = begin.partition("::")
    return (root / module).exists() and test.partition("[")[0] in (root / module).read_text()


def _uses_database(item: pytest.Item) -> bool:
    if item.nodeid.startswith(tuple(NOT_ABOUT_THE_DATABASE)):
        return False
    return bool(item.get_closest_marker("django_db")) or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
