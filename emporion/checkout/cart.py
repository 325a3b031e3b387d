"""What somebody is about to buy, kept in the session so that logging in, going back and reloading lose nothing."""

from dataclasses import dataclass, field

from django.http import HttpRequest

from emporion.kernel.ids import new_id

CARTS = "checkout"
KEPT = ("name", "email", "organisation_name", "project_name", "account", "message")  # never passwords or tokens


@dataclass(slots=True, kw_only=True)
class Cart:
    """One checkout that was begun: `key` makes it one order however often it is sent, and says when it was begun."""

    slug: str
    plan: str = ""
    cycle: str = ""
    method: str = "card"
    key: str = field(default_factory=lambda: str(new_id()))
    entered: dict[str, str] = field(default_factory=dict)
    has_accepted_terms: bool = False

    def take(self, values: dict[str, str], *, is_whole: bool = False) -> None:
        """Keep what was entered, but for what must not be kept; only a whole form says that a box is not ticked."""
        if is_whole:
            self.has_accepted_terms = "terms" in values
        self.plan = values.get("plan", "")[:80] or self.plan
        self.cycle = values.get("cycle", "")[:20] or self.cycle
        self.method = values.get("method", "")[:20] or self.method
        self.entered |= {name: values[name][:200] for name in KEPT if values.get(name)}


def cart_of(request: HttpRequest, slug: str) -> Cart:
    """The cart of a product or bundle in this session; a new one where none was begun."""
    kept = request.session.get(CARTS, {}).get(slug)
    return Cart(slug=slug, **kept) if kept else Cart(slug=slug)


def keep(request: HttpRequest, cart: Cart) -> None:
    """Write the cart to the session."""
    carts = request.session.get(CARTS, {})
    values = {name: getattr(cart, name) for name in ("plan", "cycle", "method", "key", "entered", "has_accepted_terms")}
    if carts.get(cart.slug) != values:
        request.session[CARTS] = carts | {cart.slug: values}


def renew(request: HttpRequest, cart: Cart) -> None:
    """Give the cart another key: the one that it has stands for an order of something else."""
    cart.key = str(new_id())
    keep(request, cart)


def empty(request: HttpRequest, slug: str) -> None:
    """Forget the cart: what is bought next is another order."""
    carts = request.session.get(CARTS, {})
    request.session[CARTS] = {name: cart for name, cart in carts.items() if name != slug}
