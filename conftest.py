"""The fixtures that all tests share; where tests keep their data is settled in tests/home.py."""

pytest_plugins = ["tests.cast", "tests.guards", "tests.thrift", "tests.browser.screen"]
