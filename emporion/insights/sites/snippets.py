"""Code to copy: the tracking script for each way of building a website, and how the owner's own visits are left out."""

import re
from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext as _

from emporion.insights.sites.types import SiteView
from emporion.ui.types import Snippet


class Variant(StrEnum):
    """Which of the three scripts; the value is its file."""

    COOKIES = "script.js"
    COOKIELESS = "script.cookieless.js"
    HASH = "script.hash.js"


NEXT = """import Script from "next/script";

export default function RootLayout({ children }) {
  return (
    <html lang="en">
      <body>
        {children}
        <Script
          src="SRC"
          data-website-id="ID"
          data-domain="DOMAIN"MORE_JSX
          strategy="afterInteractive"
        />
      </body>
    </html>
  );
}"""
REACT = """import { useEffect } from "react";

export function Insights() {
  useEffect(() => {
    const script = document.createElement("script");
    script.src = "SRC";
    script.dataset.websiteId = "ID";
    script.dataset.domain = "DOMAIN";MORE_JS
    document.head.append(script);
  }, []);
  return null;
}"""
TAG_MANAGER = """<script>
  (function () {
    var script = document.createElement("script");
    script.src = "SRC";
    script.setAttribute("data-website-id", "ID");
    script.setAttribute("data-domain", "DOMAIN");MORE_ATTRIBUTE
    document.head.appendChild(script);
  })();
</script>"""
WORDPRESS = """add_action('wp_head', function () {
  echo 'TAG';
});"""
STUB = """<script id="datafast-queue">
  window.datafast = window.datafast || function () {
    (window.datafast.q = window.datafast.q || []).push(arguments);
  };
</script>"""
GOALS = """<!-- A click, or a form that is sent -->
<button data-fast-goal="add_to_cart" data-fast-goal-plan="pro">Add to cart</button>
<form data-fast-goal="newsletter">…</form>

<!-- Half of an element was seen -->
<section data-fast-scroll="saw_prices">…</section>

<!-- From your code -->
<script>
  window.datafast("signup", { plan: "free" });
  window.datafast("identify", { user_id: "42", name: "Zoë" });
  window.datafast("payment", { email: "zoe@example.com" });
</script>"""


def install_codes(*, server: str, site: SiteView, variant: Variant = Variant.COOKIES) -> tuple[Snippet, ...]:
    """How to put the script on a website, for each way of building one."""
    src, more = f"{server}/js/{variant.value}", _switches(site)
    attributes = "".join(f'\n  {name}="{value}"' for name, value in more)
    tag = (
        f'<script defer\n  data-website-id="{site.public_id}"\n  data-domain="{site.domain}"{attributes}\n  src="{src}"></script>'
    )
    script = "".join(f'\n    script.setAttribute("{name}", "{value}");' for name, value in more)
    words = {
        "MORE_JSX": "".join(f'\n          {name}="{value}"' for name, value in more),
        "MORE_JS": script,
        "MORE_ATTRIBUTE": script,
        "SRC": src,
        "DOMAIN": site.domain,
        "ID": site.public_id,
        "TAG": tag.replace("\n  ", " "),
    }
    return tuple(
        Snippet(label=label, language=language, code=_filled(code or tag, words), hint=hint)
        for label, language, code, hint in (
            ("HTML", "html", "", _("Inside <head> of every page.")),
            ("Next.js", "jsx", NEXT, _("In app/layout.js. It counts route changes by itself.")),
            ("React", "jsx", REACT, _("Render <Insights /> once, at the root of the app.")),
            (
                "Tag Manager",
                "html",
                TAG_MANAGER,
                _("A Custom HTML tag, triggered on All Pages. Publish the container afterwards."),
            ),
            ("WordPress", "php", WORDPRESS, _("In functions.php of your child theme, or the HTML in a plugin for header code.")),
            ("Webflow", "html", "", _("Site settings, Custom code, Head code. Save, then publish the site.")),
        )
    )


def _switches(site: SiteView) -> list[tuple[str, str]]:
    """The attributes that this website needs beside its id and domain."""
    hostnames = ",".join(site.collection.hostnames)
    found = [("data-allowed-hostnames", hostnames)] if hostnames else []
    return found + ([("data-allow-localhost", "true")] if site.domain == "localhost" else [])


def _filled(code: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\b(MORE_JSX|MORE_JS|MORE_ATTRIBUTE|SRC|DOMAIN|ID|TAG)(?![a-z])", lambda found: words[found[1]], code)


def ignore_bookmark() -> str:
    """A bookmark that, opened on the owner's website, leaves this browser out of the figures, and takes it in again."""
    return (
        "javascript:(()=>{const k='datafast_ignore',o=localStorage[k]=='true';"
        "o?localStorage.removeItem(k):localStorage.setItem(k,'true');"
        "alert(o?'Your visits are counted again.':'Your visits in this browser are not counted any more.')})()"
    )
