"""What the server imports when it starts; each of these costs a second or more that nobody should wait for."""

import json
import subprocess
import sys

HEAVY = {
    "pydantic_ai",
    "openai",
    "anthropic",
    "mcp",
    "chdb",
    "docx",
    "pypdf",
    "trafilatura",
    "docutils",
    "weasyprint",
    "statsmodels",
    "stripe",
    "rich",  # and what it takes along: installed with developers' tools, and taken by libraries of ours if it is there
    "pygments",
    "jinja2",
}


def test_the_server_starts_without_what_only_jobs_and_first_uses_need() -> None:
    script = """if True:
        import json, sys
        from emporion.cli.main import spare

        spare()
        import emporion.config.asgi, emporion.config.urls

        print(json.dumps([name for name, module in sys.modules.items() if module]))
    """
    loaded = json.loads(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)
    assert HEAVY & set(loaded) == set()
