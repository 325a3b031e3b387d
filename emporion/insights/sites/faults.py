"""What is said about each fault: what was seen, what to do, and what to paste."""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from emporion.insights.sites.types import Fault, Finding

# Title and advice; `%(…)s` are facts of the finding.
TEXTS: Mapping[Fault, tuple[str | Promise, str | Promise]] = {
    Fault.UNKNOWN_NAME: (
        lazy("The name %(host)s is not known"),
        lazy("Check the spelling. A new domain can take some hours until every server knows it."),
    ),
    Fault.REFUSED_ADDRESS: (
        lazy("The page is not on the public internet"),
        lazy("We only look at public addresses. Open the page in your browser instead: the first visit proves that it works."),
    ),
    Fault.UNREACHABLE: (
        lazy("The page does not answer"),
        lazy("Check that the website is up and that no firewall keeps us out."),
    ),
    Fault.TLS: (
        lazy("The certificate of the page is not valid"),
        lazy("Renew it, or add the missing intermediate certificate: browsers warn your visitors too."),
    ),
    Fault.TIMEOUT: (lazy("The page takes too long to answer"), lazy("Try again in a minute; if it stays, ask your host.")),
    Fault.HTTP_ERROR: (
        lazy("The page answers with %(status)s"),
        lazy("Verify a page that visitors can see without signing in, and let EmporionBot pass if a firewall keeps robots out."),
    ),
    Fault.NOT_HTML: (lazy("This is not a page: it is %(kind)s"), lazy("Verify the address of a page.")),
    Fault.OTHER_HOST: (
        lazy("The page ends up on %(host)s"),
        lazy("Add that host under Settings, or change the domain of this website to it."),
    ),
    Fault.MISSING: (
        lazy("The script is not in the page"),
        lazy("Paste it inside <head> of every page, and publish. If you have, clear the caches of your site and of your CDN."),
    ),
    Fault.OLD_COPY: (
        lazy("Visitors still get an old copy without the script"),
        lazy("The page has it, but a cache answers with an older copy. Clear the cache of the page, the plugin or the CDN."),
    ),
    Fault.TAG_MANAGER: (
        lazy("Google Tag Manager is there, but the script is not"),
        lazy("Make a Custom HTML tag with the snippet under Tag Manager, trigger it on All Pages, and publish the container."),
    ),
    Fault.CONSENT: (
        lazy("A consent banner holds the script back"),
        lazy(
            "It only runs for visitors who agree. Use the cookieless script, which keeps no ids beyond the tab, or take the"
            " script out of the banner's list after asking who advises you on privacy."
        ),
    ),
    Fault.TWICE: (lazy("The script stands in the page %(count)s times"), lazy("It counts once all the same. Keep one of them.")),
    Fault.OTHER_SERVER: (lazy("The script loads from %(host)s"), lazy("Load it from this server, or from your own proxy of it:")),
    Fault.NO_ID: (lazy("The script does not say which website it is"), lazy("Add this attribute to the script:")),
    Fault.WRONG_ID: (lazy("The script has the id of another website: %(id)s"), lazy("Put this one there:")),
    Fault.NO_DOMAIN: (lazy("The script does not say its domain"), lazy("Add this attribute to the script:")),
    Fault.WRONG_DOMAIN: (lazy("The script says that this is %(domain)s"), lazy("Put this there:")),
    Fault.LOCALHOST: (
        lazy("The script stays silent on this computer"),
        lazy("While you build, add this attribute. Take it out again when you publish:"),
    ),
    Fault.POLICY_SCRIPT: (
        lazy("The page's Content-Security-Policy blocks the script"),
        lazy("Add our address to its %(directive)s directive:"),
    ),
    Fault.POLICY_CONNECT: (
        lazy("The page's Content-Security-Policy blocks the events"),
        lazy("The script loads, but may send nothing. Add our address to the %(directive)s directive:"),
    ),
    Fault.BLOCKED_PATH: (
        lazy("Ad blockers stop addresses like this one"),
        lazy("Serve the script from your own domain under a plain path; it takes one rule in your web server."),
    ),
    Fault.SCRIPT_UNREACHABLE: (
        lazy("The script's address answers with %(status)s"),
        lazy("Your proxy does not pass it on. Check its rule for /js/ and /api/events."),
    ),
}
WARNINGS = frozenset({Fault.TWICE, Fault.BLOCKED_PATH})
GUIDES: Mapping[Fault, str] = {
    Fault.BLOCKED_PATH: "insights/proxy",
    Fault.SCRIPT_UNREACHABLE: "insights/proxy",
    Fault.OTHER_SERVER: "insights/proxy",
    Fault.CONSENT: "insights/privacy",
    Fault.TAG_MANAGER: "insights/install",
    Fault.MISSING: "insights/install",
    Fault.POLICY_SCRIPT: "insights/install",
    Fault.POLICY_CONNECT: "insights/install",
}


def finding(fault: Fault, *, detail: str = "", value: str = "", **facts: str) -> Finding:
    """A fault in words, with the facts filled in."""
    title, advice = TEXTS[fault]
    return Finding(
        fault=fault,
        title=_filled(str(title), facts),
        detail=detail,
        advice=_filled(str(advice), facts),
        value=value,
        is_warning=fault in WARNINGS,
        guide=GUIDES.get(fault, ""),
    )


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return text % facts if facts else text


STATUS_HINTS: Mapping[int, Callable[[], str]] = {
    401: lambda: _("It asks for a password."),
    403: lambda: _("It refuses us: often a firewall, or a page for members."),
    404: lambda: _("There is no page at this address."),
    429: lambda: _("It says that we ask too often."),
    503: lambda: _("It is under maintenance, or keeps robots out."),
}
