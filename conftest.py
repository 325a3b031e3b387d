"""Tests run in a data directory of their own, on SQLite in memory or on the PostgreSQL that EMPORION_DATABASE_URL names."""

import os
import tempfile

os.environ.setdefault("EMPORION_HOME", tempfile.mkdtemp(prefix="emporion-test-"))
os.environ.setdefault("EMPORION_SECRET_KEY", "only-for-tests")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")

pytest_plugins = ["tests.cast", "tests.guards", "tests.browser.screen"]
