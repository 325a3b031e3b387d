"""What the frames of a page need to know, as explicit inputs: `web` fills these in, the templates only print them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["", "good", "warn", "bad", "action", "money", "idle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One link of the navigation; `count` shows beside it when it is not None, `count_means` says to whom cannot see it of what.

    `count_tone` is "bad" where somebody has to come.
    """

    label: str
    url: str
    icon: str = "circle"
    current: bool = False
    count: int | None = None
    count_means: str = ""
    count_tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavSection:
    """A group of links under a word: Buy, Measure, Watch, Sell, Operate, Team, Settings."""

    key: str
    label: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """An organisation and a project that this person can switch to; the switch posts `value` as `project`."""

    organisation: str
    project: str
    value: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NavPerson:
    """Who is signed in, for the avatar and its menu."""

    name: str
    email: str
    items: tuple[NavItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NavLinks:
    """Where the buttons of the top bar lead; an empty address hides its button."""

    home: str = "/"
    wallet: str = ""
    notifications: str = ""
    help: str = ""
    palette: str = ""
    switch_workspace: str = ""
    sign_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigation:
    """The rail, top bar and bottom bar of a signed-in person: context variable `navigation`."""

    sections: tuple[NavSection, ...]
    person: NavPerson
    workspaces: tuple[Workspace, ...]
    links: NavLinks = field(default_factory=NavLinks)
    bottom: tuple[NavItem, ...] = ()
    wallet: str = ""
    unread: int = 0

    @property
    def workspace(self) -> Workspace | None:
        """The workspace that the page belongs to."""
        return next((one for one in self.workspaces if one.current), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The light header and footer that anyone sees: context variable `site`."""

    header: tuple[NavItem, ...] = ()
    footer: tuple[NavItem, ...] = ()
    note: str = ""
    home: str = "/"
    sign_in: str = ""
    register: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """One step of a breadcrumb; the last one has no address."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of tabs, segmented controls and menus."""

    label: str
    url: str = ""
    value: str = ""
    icon: str = ""
    current: bool = False
    count: int | None = None
    tone: Tone = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line or set of bars of a chart; `None` is a gap."""

    label: str
    values: Sequence[float | None]
    tone: Literal["s1", "s2", "s3", "s4", "s5", "grey"] = "s1"
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart and the table beside it: one label for each x, and series of the same length."""

    id: str
    title: str
    labels: Sequence[str]
    series: tuple[Series, ...]
    kind: Literal["line", "bar"] = "line"
    x_title: str = ""
    decimals: int = 0

    @property
    def rows(self) -> list[tuple[str, list[float | None]]]:
        """The table beside the drawing: a label and one value of each series."""
        return [(label, [one.values[at] for one in self.series]) for at, label in enumerate(self.labels)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of code with the tab that it stands under and a line on where it goes."""

    label: str
    language: str
    code: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFeature:
    """One line of a price table; `included` False is said with a dash and in grey."""

    text: str
    strong: str = ""
    included: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCard:
    """One column of a price table, with amounts already written for the reader's locale."""

    name: str
    amount: str
    url: str
    button: str
    per: str = ""
    audience: str = ""
    second_line: str = ""
    badge: str = ""
    chosen: bool = False
    features: tuple[PlanFeature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SumLine:
    """One line of an order summary; one `on-invoice` shows where that way to pay is chosen."""

    label: str
    amount: str
    kind: Literal["work", "off", "plain", "on-invoice"] = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """An order summary: what is bought, the working, the discount, the total and what happens next."""

    title: str
    lines: tuple[SumLine, ...]
    total: str
    per: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The website that measures this installation itself: context variable `measured` of pages that anyone sees."""

    public_id: str
    domain: str
    is_local: bool = False
    user_ref: str = ""
