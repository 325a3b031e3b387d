"""What the template tags promise to a reader of a page."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from emporion.kernel.money import Money, Rate

NOW = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def written(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context)).strip()


@pytest.mark.requirement("UX-01")
def test_an_icon_is_silent_unless_it_has_words() -> None:
    assert 'aria-hidden="true"' in written('{% icon "bot" %}')
    spoken = written('{% icon "star" label=words %}', words='5 "stars"')
    assert 'role="img"' in spoken
    assert 'aria-label="5 &quot;stars&quot;"' in spoken


@pytest.mark.requirement("UX-01")
def test_an_icon_that_is_not_in_the_sprite_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(TemplateSyntaxError, match="chart-line"):
        written('{% icon "chart-lime" %}')


@pytest.mark.requirement("UX-01")
def test_an_offering_without_a_drawing_gets_the_plain_box() -> None:
    assert "#box" in written('{% tile "made-by-a-seller" %}')


@pytest.mark.requirement("UX-03")
@pytest.mark.parametrize(
    ("language", "whole", "full"),
    [("en", "$990", "$990.00"), ("de", "990\xa0$", "990,00\xa0$")],
)
def test_money_is_written_for_the_reader(language: str, whole: str, full: str) -> None:
    with translation.override(language):
        assert written("{{ price|money }}", price=Money.of("990", "USD")) == whole
        assert written("{{ price|money_full }}", price=Money.of("990", "USD")) == full


@pytest.mark.requirement("UX-03")
def test_money_takes_minor_units_rates_and_micros() -> None:
    assert written('{{ 1250|money:"JPY" }}') == "¥1,250"
    assert written("{{ rate|money }}", rate=Rate(Decimal("0.008"), "USD")) == "$0.008"
    assert written('{{ 148200000|micros:"USD" }}') == "$148.20"
    assert written('{{ 4996000|micros:"USD" }}') == "$4.99"
    assert written("{{ 41270000000000|picos }} {{ 2300000000|picos }} {{ 0|picos }}") == "$41.27 $0.0023 $0.00"


@pytest.mark.requirement("UX-03")
def test_a_time_is_relative_and_carries_the_exact_one() -> None:
    html = written("{% ago then now %}", then=NOW - timedelta(minutes=8), now=NOW)
    assert "8 min" in html
    assert 'datetime="2026-10-25T01:22:00+00:00"' in html
    assert "25 October 2026, 01:22 UTC" in html
    assert "29 Mar<" in written("{% ago then now %}", then=datetime(2026, 3, 29, 1, tzinfo=UTC), now=NOW)
    assert "29 Mar 2025<" in written("{% ago then now %}", then=datetime(2025, 3, 29, 1, tzinfo=UTC), now=NOW)
    assert written("{% ago then %}", then=None) == ""


@pytest.mark.requirement("UX-01")
def test_a_meter_warns_from_eighty_per_cent_and_never_leaves_its_track() -> None:
    assert "plan  " in written("{% meter 79 100 label='Calls' %}").replace('plan "', 'plan  "')
    assert "warn" in written("{% meter 80 100 label='Calls' %}")
    over = written("{% meter 10400 10000 label='Calls' %}")
    assert "bad" in over
    assert 'width="100%"' in over
    assert 'aria-valuetext="104%"' in over
    assert 'width="104' not in over


@pytest.mark.requirement("UX-01")
def test_a_meter_without_a_limit_does_not_divide_by_nothing() -> None:
    assert 'aria-valuetext="0%"' in written("{% meter 0 0 label='Calls' %}")
    assert 'aria-valuetext="100%"' in written("{% meter 3 0 label='Calls' %}")


@pytest.mark.requirement("UX-01")
def test_a_spark_of_one_number_draws_nothing_and_a_flat_one_stays_flat() -> None:
    assert written("{% spark values %}", values=[4]) == ""
    assert "M0.0 27.0 84.0 27.0" in written("{% spark values %}", values=[4, 4])


@pytest.mark.requirement("UX-01")
@pytest.mark.parametrize(("name", "letters"), [("Zoé Marchetti", "ZM"), ("élan", "É"), ("robo@x.example", "RX"), ("", "?")])
def test_initials_stand_for_a_name(name: str, letters: str) -> None:
    assert written("{{ name|initials }}", name=name) == letters


class Form(forms.Form):
    email = forms.EmailField(help_text="For the receipt.")
    cycle = forms.ChoiceField(choices=[("month", "Monthly")], widget=forms.RadioSelect)
    plan = forms.ChoiceField(choices=[("pro", "Pro")])
    note = forms.CharField(required=False)


@pytest.mark.requirement("UX-02")
def test_a_field_ties_label_hint_and_error_to_its_control() -> None:
    html = written("{{ form }}", form=Form({"email": "zoe@", "cycle": "month", "plan": "pro"}))
    assert '<label for="id_email">' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'id="id_email_helptext"' in html
    assert 'id="id_email_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'value="zoe@"' in html  # nothing typed is lost
    assert "<legend>Cycle" in html
    assert html.count("optional") >= 1


@pytest.mark.requirement("UX-01")
def test_code_is_shown_as_text_even_when_it_is_a_template_literal() -> None:
    html = written('{% include "ui/code.html" with code="<script>x</script>" label="x" only %}')
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.requirement("UX-01")
def test_a_block_component_holds_any_content() -> None:
    html = written('{% card title="Documents" %}<p>{{ words }}</p>{% endcard %}', words="5 < 6")
    assert "<h2>Documents</h2>" in html
    assert "<p>5 &lt; 6</p>" in html
