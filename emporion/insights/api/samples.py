"""First requests to copy, in the form that each program is written."""

from dataclasses import dataclass

PLACE = "YOUR_KEY"
CURL = """curl "BASE/v1/metrics?start_date=30d" \\
  -H "Authorization: Bearer KEY" """
PYTHON = """import httpx

answer = httpx.get(
    "BASE/v1/revenue",
    params={"start_date": "yesterday"},
    headers={"Authorization": "Bearer KEY"},
)
answer.raise_for_status()
print(answer.json()["revenue"], answer.json()["sources"])"""
JAVASCRIPT = """const answer = await fetch("BASE/v1/metrics?start_date=7d", {
  headers: { Authorization: "Bearer KEY" },
});
console.log(await answer.json());"""
MCP = """claude mcp add --transport http insights BASE/mcp/insights \\
  --header "Authorization: Bearer KEY" """
DATAFAST = """curl "BASE/api/v1/analytics/timeseries?fields=visitors,revenue&interval=day" \\
  -H "Authorization: Bearer KEY" """


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A piece of code with the tab that it stands under."""

    label: str
    language: str
    code: str
    hint: str = ""


def requests(*, base: str, key: str) -> tuple[Sample, ...]:
    """The samples with the address of this installation and the new key, or a place for it."""
    texts = (
        ("curl", "sh", CURL),
        ("Python", "python", PYTHON),
        ("JavaScript", "js", JAVASCRIPT),
        ("Agents (MCP)", "sh", MCP),
        ("DataFast's API", "sh", DATAFAST),
    )
    return tuple(
        Sample(label=label, language=language, code=text.strip().replace("BASE", base).replace("KEY", key or PLACE))
        for label, language, text in texts
    )
