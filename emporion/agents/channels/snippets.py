"""Code to copy: the embed code for each way of building a site, the configuration of MCP clients, and samples of the APIs."""

import json
import re
import unicodedata
from uuid import UUID

from emporion.ui.types import Snippet

NEXT = """import Script from "next/script";

export default function Chat() {
  return <Script src="SRC" data-agent="AGENT" strategy="afterInteractive" />;
}"""
REACT = """import { useEffect } from "react";

export function Chat() {
  useEffect(() => {
    const script = document.createElement("script");
    script.src = "SRC";
    script.dataset.agent = "AGENT";
    document.body.append(script);
  }, []);
  return null;
}"""
WORDPRESS = """add_action('wp_footer', function () {
  echo 'TAG';
});"""
TAG_MANAGER = """<script>
  var script = document.createElement('script');
  script.src = 'SRC';
  script.setAttribute('data-agent', 'AGENT');
  document.body.appendChild(script);
</script>"""
CURL = """curl -N URL \\
  -H "Authorization: Bearer $EMPORION_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"message": "What do you know?"}'"""
PYTHON = """import os, httpx

answer = httpx.post(
    "URL",
    headers={"Authorization": f"Bearer {os.environ['EMPORION_KEY']}"},
    json={"message": "What do you know?", "stream": False},
    timeout=60,
).json()
print(answer["text"], answer["sources"])"""
JAVASCRIPT = """const response = await fetch("URL", {
  method: "POST",
  headers: {
    Authorization: `Bearer ${process.env.EMPORION_KEY}`,
    "Content-Type": "application/json",
  },
  body: JSON.stringify({ message: "What do you know?", stream: false }),
});
const { text, sources } = await response.json();
console.log(text, sources);"""
OPENAI = """import os
from openai import OpenAI

client = OpenAI(base_url="SITE/v1", api_key=os.environ["EMPORION_KEY"])
answer = client.chat.completions.create(
    model="AGENT",
    messages=[{"role": "user", "content": "What do you know?"}],
)
print(answer.choices[0].message.content)"""


def embed_codes(*, site: str, public_id: str) -> tuple[Snippet, ...]:
    """How to put a widget on a site; changes of its settings arrive without touching this again."""
    src = f"{site}/widget/v1.js"
    tag = f'<script defer src="{src}"\n  data-agent="{public_id}"></script>'
    frame = (
        f'<iframe src="{site}/widget/{public_id}/frame/?alone" title="Chat" width="400" height="640"\n'
        '  referrerpolicy="origin"></iframe>'
    )

    def filled(code: str) -> str:
        return code.replace("SRC", src).replace("AGENT", public_id).replace("TAG", tag)

    return (
        Snippet(label="HTML", language="html", code=tag, hint="Paste it before </body> on every page."),
        Snippet(label="Next.js", language="jsx", code=filled(NEXT), hint="Render <Chat /> in app/layout.js."),
        Snippet(label="React", language="jsx", code=filled(REACT), hint="Render <Chat /> once, near the root."),
        Snippet(label="WordPress", language="php", code=filled(WORDPRESS), hint="In functions.php of your child theme."),
        Snippet(label="Tag Manager", language="html", code=filled(TAG_MANAGER), hint="A Custom HTML tag on All Pages."),
        Snippet(label="Webflow", language="html", code=tag, hint="Site settings, Custom code, Footer code."),
        Snippet(label="iframe", language="html", code=frame, hint="Where scripts are not allowed; it passes no customer ids."),
    )


def identity_codes(*, site: str, public_id: str) -> tuple[Snippet, ...]:
    """How a site's server proves who its customer is."""
    python = (
        "import time, jwt  # PyJWT\n\n"
        "token = jwt.encode(\n"
        '    {"sub": customer.id, "exp": int(time.time()) + 3600},\n'
        "    WIDGET_SECRET,\n"
        '    algorithm="HS256",\n'
        ")"
    )
    node = (
        'import jwt from "jsonwebtoken";\n\n'
        "const token = jwt.sign({ sub: customer.id }, WIDGET_SECRET, {\n"
        '  algorithm: "HS256",\n'
        '  expiresIn: "1h",\n'
        "});"
    )
    html = (
        f'<script defer src="{site}/widget/v1.js"\n  data-agent="{public_id}"\n'
        '  data-customer-id="{{ customer.id }}"\n'
        '  data-customer-token="{{ token }}"></script>'
    )
    hash_code = (
        "import hashlib, hmac\n\n"
        "customer_hash = hmac.new(WIDGET_SECRET.encode(), customer.id.encode(), hashlib.sha256).hexdigest()\n"
        "# pass it as data-customer-hash; a token is better, because it expires"
    )
    return (
        Snippet(label="Page", language="html", code=html),
        Snippet(label="Python", language="python", code=python),
        Snippet(label="Node.js", language="javascript", code=node),
        Snippet(label="HMAC", language="python", code=hash_code),
    )


def api_samples(*, site: str, agent_id: UUID) -> tuple[Snippet, ...]:
    """How to ask the agent from a program."""
    url = f"{site}/api/agents/{agent_id}/chat"
    openai = OPENAI.replace("SITE", site).replace("AGENT", str(agent_id))
    return (
        Snippet(label="curl", language="shell", code=CURL.replace("URL", url)),
        Snippet(label="Python", language="python", code=PYTHON.replace("URL", url)),
        Snippet(label="JavaScript", language="javascript", code=JAVASCRIPT.replace("URL", url)),
        Snippet(label="OpenAI SDK", language="python", code=openai, hint="Any client of OpenAI's chat completions works."),
    )


def mcp_configurations(*, site: str, agent_id: UUID, name: str, key: str) -> tuple[Snippet, ...]:
    """The agent as an MCP server, in the words of common clients; `key` is a placeholder unless it was just made."""
    url = f"{site}/mcp/{agent_id}"
    slug = _server_name(name)
    headers = {"Authorization": f"Bearer {key}"}
    claude_code = f'claude mcp add --transport http {slug} {url} --header "Authorization: Bearer {key}"'
    cursor = {"mcpServers": {slug: {"url": url, "headers": headers}}}
    code = {"servers": {slug: {"type": "http", "url": url, "headers": headers}}}
    # On Windows the client cuts arguments at spaces, so the header's value waits in the environment.
    arguments = ["-y", "mcp-remote", url, "--header", "Authorization:${AUTHORIZATION}"]
    bridge = {"mcpServers": {slug: {"command": "npx", "args": arguments, "env": {"AUTHORIZATION": headers["Authorization"]}}}}
    return (
        Snippet(label="Claude Code", language="shell", code=claude_code),
        Snippet(label="Claude Desktop", language="json", code=_json(bridge), hint="claude_desktop_config.json"),
        Snippet(label="Cursor", language="json", code=_json(cursor), hint=".cursor/mcp.json"),
        Snippet(label="VS Code", language="json", code=_json(code), hint=".vscode/mcp.json"),
    )


def _server_name(name: str) -> str:
    """The agent's name as clients take it: Claude refuses anything but unaccented letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)) or "agent"


def _json(value: object) -> str:
    return json.dumps(value, indent=2)
