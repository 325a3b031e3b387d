"""Code to copy: the embed code for each way of building a site, the configuration of MCP clients, and samples of the APIs."""

import json
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of code with the tab that it stands under and a line on where it goes."""

    label: str
    language: str
    code: str
    hint: str = ""


def embed_codes(*, site: str, public_id: str) -> tuple[Snippet, ...]:
    """How to put a widget on a site; changes of its settings arrive without touching this again."""
    src = f"{site}/widget/v1.js"
    tag = f'<script defer src="{src}" data-agent="{public_id}"></script>'
    component = (
        'import Script from "next/script";\n\n'
        "export default function Chat() {\n"
        f'  return <Script src="{src}" data-agent="{public_id}" strategy="afterInteractive" />;\n'
        "}"
    )
    react = (
        'import { useEffect } from "react";\n\n'
        "export function Chat() {\n"
        "  useEffect(() => {\n"
        '    const script = document.createElement("script");\n'
        f'    script.src = "{src}";\n'
        f'    script.dataset.agent = "{public_id}";\n'
        "    document.body.append(script);\n"
        "  }, []);\n"
        "  return null;\n"
        "}"
    )
    wordpress = f"add_action('wp_footer', function () {{\n    echo '{tag}';\n}});"
    tag_manager = (
        "<script>\n"
        "  var script = document.createElement('script');\n"
        f"  script.src = '{src}';\n"
        f"  script.setAttribute('data-agent', '{public_id}');\n"
        "  document.body.appendChild(script);\n"
        "</script>"
    )
    frame = (
        f'<iframe src="{site}/widget/{public_id}/frame/?alone" title="Chat" width="400" height="640"\n'
        '  referrerpolicy="origin"></iframe>'
    )
    return (
        Snippet(label="HTML", language="html", code=tag, hint="Paste it before </body> on every page."),
        Snippet(label="Next.js", language="jsx", code=component, hint="Render <Chat /> in app/layout.js."),
        Snippet(label="React", language="jsx", code=react, hint="Render <Chat /> once, near the root."),
        Snippet(label="WordPress", language="php", code=wordpress, hint="Add it to functions.php of your child theme."),
        Snippet(
            label="Tag Manager",
            language="html",
            code=tag_manager,
            hint="A Custom HTML tag on All Pages; then publish the container.",
        ),
        Snippet(
            label="Webflow", language="html", code=tag, hint="Site settings, Custom code, Footer code; then publish the site."
        ),
        Snippet(
            label="iframe",
            language="html",
            code=frame,
            hint="Where scripts are not allowed. Customer ids are not passed this way.",
        ),
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
        f'<script defer src="{site}/widget/v1.js" data-agent="{public_id}"\n'
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
    curl = (
        f"curl -N {url} \\\n"
        '  -H "Authorization: Bearer $EMPORION_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        """  -d '{"message": "What do you know?"}'"""
    )
    python = (
        "import os, httpx\n\n"
        "answer = httpx.post(\n"
        f'    "{url}",\n'
        '    headers={"Authorization": f"Bearer {os.environ[\'EMPORION_KEY\']}"},\n'
        '    json={"message": "What do you know?", "stream": False},\n'
        "    timeout=60,\n"
        ").json()\n"
        'print(answer["text"], answer["sources"])'
    )
    javascript = (
        f'const response = await fetch("{url}", {{\n'
        '  method: "POST",\n'
        "  headers: {\n"
        "    Authorization: `Bearer ${process.env.EMPORION_KEY}`,\n"
        '    "Content-Type": "application/json",\n'
        "  },\n"
        '  body: JSON.stringify({ message: "What do you know?", stream: false }),\n'
        "});\n"
        "const { text, sources } = await response.json();"
    )
    openai = (
        "import os\n"
        "from openai import OpenAI\n\n"
        f'client = OpenAI(base_url="{site}/v1", api_key=os.environ["EMPORION_KEY"])\n'
        "answer = client.chat.completions.create(\n"
        f'    model="{agent_id}",\n'
        '    messages=[{"role": "user", "content": "What do you know?"}],\n'
        ")\n"
        "print(answer.choices[0].message.content)"
    )
    return (
        Snippet(label="curl", language="shell", code=curl),
        Snippet(label="Python", language="python", code=python),
        Snippet(label="JavaScript", language="javascript", code=javascript),
        Snippet(label="OpenAI SDK", language="python", code=openai, hint="Any client of OpenAI's chat completions works."),
    )


def mcp_configurations(*, site: str, agent_id: UUID, name: str, key: str) -> tuple[Snippet, ...]:
    """The agent as an MCP server, in the words of common clients; `key` is a placeholder unless it was just made."""
    url = f"{site}/mcp/{agent_id}"
    slug = "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split()) or "agent"
    headers = {"Authorization": f"Bearer {key}"}
    claude_code = f'claude mcp add --transport http {slug} {url} --header "Authorization: Bearer {key}"'
    cursor = {"mcpServers": {slug: {"url": url, "headers": headers}}}
    code = {"servers": {slug: {"type": "http", "url": url, "headers": headers}}}
    bridge = {
        "mcpServers": {slug: {"command": "npx", "args": ["-y", "mcp-remote", url, "--header", f"Authorization: Bearer {key}"]}}
    }
    return (
        Snippet(label="Claude Code", language="shell", code=claude_code),
        Snippet(label="Claude Desktop", language="json", code=_json(bridge), hint="claude_desktop_config.json"),
        Snippet(label="Cursor", language="json", code=_json(cursor), hint=".cursor/mcp.json"),
        Snippet(label="VS Code", language="json", code=_json(code), hint=".vscode/mcp.json"),
    )


def _json(value: object) -> str:
    return json.dumps(value, indent=2)
