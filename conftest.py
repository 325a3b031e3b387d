"""The fixtures that all tests share; where tests keep their data is settled in tests/home.py."""

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.cast",
    "tests.clickhouse",
    "tests.databases",
    "tests.guards",
    "tests.thrift",
    "tests.browser.screen",
    "tests.receiving",
    "tests.serving",
    "tests.visits",
]

settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines are busy at times
settings.load_profile("steady")
