"""What an offering is, as its provider writes it down: `offering.toml`, `knowledge/*.md` and `assets/*`.

The same types serve the first-party catalogue, sellers, and the composition that turns a manifest into a product with plans
and a working agent. docs/sellers/offering-format.md explains every key; a test fails when one is missing there.
"""

from emporion.market.manifest.delivery import (
    AppDelivery,
    AutomationDelivery,
    HandoverPart,
    HostedDelivery,
    InputPart,
    PersonaPart,
    QuestionPart,
    TopicsPart,
)
from emporion.market.manifest.explaining import Problem
from emporion.market.manifest.offering import (
    BundleItemPart,
    BundleManifest,
    DemoReviewPart,
    FactPart,
    Manifest,
    ProviderPart,
)
from emporion.market.manifest.plans import ComponentPart, PlanPart
from emporion.market.manifest.reading import (
    Asset,
    Catalogue,
    KnowledgeFile,
    Listing,
    ManifestInvalid,
    read_bundle,
    read_catalogue,
    read_listing,
)
from emporion.market.manifest.words import AppKind, AutomationKind, Category, Hue, Metric, Tool

__all__ = [
    "AppDelivery",
    "AppKind",
    "Asset",
    "AutomationDelivery",
    "AutomationKind",
    "BundleItemPart",
    "BundleManifest",
    "Catalogue",
    "Category",
    "ComponentPart",
    "DemoReviewPart",
    "FactPart",
    "HandoverPart",
    "HostedDelivery",
    "Hue",
    "InputPart",
    "KnowledgeFile",
    "Listing",
    "Manifest",
    "ManifestInvalid",
    "Metric",
    "PersonaPart",
    "PlanPart",
    "Problem",
    "ProviderPart",
    "QuestionPart",
    "Tool",
    "TopicsPart",
    "read_bundle",
    "read_catalogue",
    "read_listing",
]
