"""The lines to paste for a first call through the gateway, ready to run: with the key where it may be shown."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from emporion.gateway.routing.presets import Preset, preset_of
from emporion.gateway.routing.types import ApiView, Protocol

YOUR_KEY = "emp_gw_YOUR_KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A piece of code with the tab that it stands under."""

    label: str
    language: str
    code: str


def first_call(api: ApiView, *, server: str, key: str = "") -> tuple[Sample, ...]:
    """curl, Python and JavaScript for the protocol that the API speaks."""
    preset, address, secret = preset_of(api.template), f"{server}/gateway/{api.slug}", key or YOUR_KEY
    if api.protocol is Protocol.OPENAI:
        return _openai(preset, address, secret)
    if api.protocol is Protocol.ANTHROPIC:
        return _anthropic(preset, address, secret)
    return _http(preset, address, secret)


def _openai(preset: Preset, address: str, key: str) -> tuple[Sample, ...]:
    model = preset.model or "gpt-4o-mini"
    base = f"{address}/{(preset.example or 'v1/chat/completions').removesuffix('/chat/completions')}"
    body = f'{{"model": "{model}", "messages": [{{"role": "user", "content": "Hello"}}]}}'
    curl = f"""curl {base}/chat/completions \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -d '{body}'"""
    python = f"""from openai import OpenAI

client = OpenAI(base_url="{base}", api_key="{key}")
client.chat.completions.create(model="{model}", messages=[{{"role": "user", "content": "Hello"}}])"""
    script = f"""import OpenAI from "openai";

const client = new OpenAI({{ baseURL: "{base}", apiKey: "{key}" }});
await client.chat.completions.create({{ model: "{model}", messages: [{{ role: "user", content: "Hello" }}] }});"""
    return _three(curl, python, script)


def _anthropic(preset: Preset, address: str, key: str) -> tuple[Sample, ...]:
    model = preset.model or "claude-3-5-haiku-latest"
    body = f'{{"model": "{model}", "max_tokens": 64, "messages": [{{"role": "user", "content": "Hello"}}]}}'
    curl = f"""curl {address}/v1/messages \\
  -H "x-api-key: {key}" \\
  -H "anthropic-version: 2023-06-01" -H "Content-Type: application/json" \\
  -d '{body}'"""
    python = f"""from anthropic import Anthropic

client = Anthropic(base_url="{address}", api_key="{key}")
client.messages.create(model="{model}", max_tokens=64, messages=[{{"role": "user", "content": "Hello"}}])"""
    script = f"""import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({{ baseURL: "{address}", apiKey: "{key}" }});
await client.messages.create({{ model: "{model}", max_tokens: 64, messages: [{{ role: "user", content: "Hello" }}] }});"""
    return _three(curl, python, script)


def _http(preset: Preset, address: str, key: str) -> tuple[Sample, ...]:
    url = f"{address}/{preset.example}" if preset.example else f"{address}/"
    curl = f"""curl {url} \\
  -H "Authorization: Bearer {key}" \\
  -H "X-Emporion-Feature: checkout\""""
    python = f"""import httpx

client = httpx.Client(base_url="{address}", headers={{"Authorization": "Bearer {key}"}})
client.get("/{preset.example}")"""
    script = f"""await fetch("{url}", {{
  headers: {{ Authorization: "Bearer {key}" }},
}});"""
    return _three(curl, python, script)


def _three(curl: str, python: str, script: str) -> tuple[Sample, ...]:
    return (
        Sample(label="curl", language="shell", code=curl),
        Sample(label="Python", language="python", code=python),
        Sample(label="JavaScript", language="javascript", code=script),
    )


def ways_in() -> tuple[tuple[str, str, str], ...]:
    """How the data of an API arrives without the gateway: heading, sentence, address; only of pages that are served."""
    return (
        (_("OpenTelemetry"), _("Send the traces that you have; calls in them are found and counted."), "/nexus/telemetry/"),
        (_("Checks"), _("We ask the API at intervals, from here, and say what did not hold."), "/nexus/checks/"),
        (_("The provider's status page"), _("Its incidents stand beside your own figures."), "/nexus/providers/"),
        (_("Import"), _("Bring the calls of the past from a file."), "/nexus/apis/import/"),
    )
