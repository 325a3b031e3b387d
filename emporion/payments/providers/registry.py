"""The one list of ways to pay: which provider serves which method on this installation."""

from emporion.payments.errors import MethodNotOffered
from emporion.payments.providers import sandbox_cards
from emporion.payments.providers.invoice import InvoiceProvider
from emporion.payments.providers.paypal import PayPalProvider
from emporion.payments.providers.protocol import PaymentProvider
from emporion.payments.providers.sandbox import SandboxProvider
from emporion.payments.providers.wallet import WalletProvider
from emporion.payments.types import Method, PaymentOption

PROVIDERS: dict[str, PaymentProvider] = {
    provider.name: provider for provider in (SandboxProvider(), PayPalProvider(), InvoiceProvider(), WalletProvider())
}
BY_METHOD = {Method.CARD: "sandbox", Method.PAYPAL: "paypal", Method.INVOICE: "invoice", Method.WALLET: "wallet"}


def provider(name: str) -> PaymentProvider:
    """The provider of a name; `MethodNotOffered` for an unknown one."""
    if name not in PROVIDERS:
        raise MethodNotOffered(method=name)
    return PROVIDERS[name]


def for_method(method: Method) -> PaymentProvider:
    """The provider that serves a method; `MethodNotOffered` when it is not configured."""
    found = PROVIDERS[BY_METHOD[method]]
    if not found.option().configured:
        raise MethodNotOffered(method=str(method))
    return found


def check_token(method: Method, token: str) -> None:
    """Refuse a card token that the provider cannot know, before anything is stored of it."""
    if method is Method.CARD:
        sandbox_cards.parse(token)


def options() -> tuple[PaymentOption, ...]:
    """Every method in the order of checkout, also those not configured, which say what is missing."""
    return tuple(PROVIDERS[name].option() for name in BY_METHOD.values())
