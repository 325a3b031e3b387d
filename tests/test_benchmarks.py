"""The numbers in the documentation are the numbers that were measured."""

from bench import harness, report


def test_the_page_of_benchmarks_is_what_the_kept_results_say():
    assert report.PAGE.read_text(encoding="utf-8") == report.render(), "run python -m bench.report"


def test_every_benchmark_has_a_kept_result_and_every_result_a_benchmark():
    assert sorted(path.stem for path in harness.RESULTS.glob("*.json")) == harness.names()
