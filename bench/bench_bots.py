"""How many crawlers are told from people: by the user agents that device_detector's tests hold."""

import json
import sys
import time
from collections import Counter

from bench.harness import Figure
from bench.user_agents import PACKAGE, fixtures
from emporion.edge.collect.agents import MOST_CHARACTERS, Nature, agent_of
from emporion.edge.collect.payload import clean

TITLE = "Bots and people"


def measure() -> list[Figure]:
    """The shares of crawlers and of people who are dropped; `python -m bench.bench_bots` lists the misses."""
    agents = fixtures()
    crawlers, browsers, others = agents.crawlers, agents.browsers, agents.others
    before = time.process_time()
    natures = {text: agent_of(clean(text, MOST_CHARACTERS)) for text in (*crawlers, *browsers, *others)}
    micros = (time.process_time() - before) / len(natures) * 1e6
    caught = sum(natures[one].nature is not Nature.PERSON for one in crawlers)
    wrong = [one for one in browsers if natures[one].nature is not Nature.PERSON]
    if "--misses" in sys.argv:
        _list([one for one in crawlers if natures[one].nature is Nature.PERSON], [(natures[one].sign, one) for one in wrong])
    apps = sum(natures[one].nature is not Nature.PERSON for one in others)
    source = f"fixtures of {PACKAGE}, {len(crawlers):,} crawlers, {len(browsers):,} browsers"
    return [
        Figure(
            name="crawlers dropped", value=caught / len(crawlers) * 100, unit="%", due=97, at_least=True,
            compared_with="our promise", conditions=f"{source}; isbot and crawler-user-agents together",
        ),
        Figure(
            name="browsers of people dropped", value=len(wrong) / len(browsers) * 100, unit="%", due=0.5, at_least=False,
            compared_with="our promise", conditions=f"{source}; beside them {apps:,} of {len(others):,} players and apps",
        ),
        Figure(
            name="an agent never seen before", value=micros, unit="µs", due=500, at_least=False,
            compared_with="one pattern of both lists", conditions="bots, browser, system, device; later ones are remembered",
        ),
    ]  # fmt: skip


def _list(missed: list[str], wrong: list[tuple[str, str]]) -> None:
    print(json.dumps({"missed": missed}, indent=1))
    print(Counter(sign for sign, _ in wrong).most_common(40))
    print("\n".join(f"{sign}\t{text}" for sign, text in wrong[:60]))


if __name__ == "__main__":
    from bench import harness

    sys.argv.append("--misses")
    harness.run("bots")
