"""The tables of the marketplace: who sells, what is sold, what buyers say and remember of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from emporion.kernel.ids import new_id
from emporion.market.manifest import Category


class Provider(models.Model):
    """Who sells offerings; `is_verified` is the operator's word, never the provider's own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    line = models.CharField(max_length=160)
    is_demo = models.BooleanField(default=False)
    is_verified = models.BooleanField(default=False)
    organisation_id = models.UUIDField(null=True, db_index=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Offering(models.Model):
    """An agent, app, assistant or automation on sale.

    `manifest` is the valid offering.toml; the other columns are drawn from it so that lists need not read it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="offerings")
    category = models.CharField(max_length=20, choices=[(word.value, word.value) for word in Category])
    name = models.CharField(max_length=60)
    tagline = models.CharField(max_length=160)
    tags = models.JSONField(default=list)
    tile = models.CharField(max_length=60, blank=True)
    hue = models.CharField(max_length=10)
    is_solid = models.BooleanField(default=False)
    mark = models.TextField(blank=True)
    can_try = models.BooleanField(default=False)
    trial_days = models.PositiveSmallIntegerField(default=0)
    price_kind = models.CharField(max_length=12)
    price = models.DecimalField(max_digits=20, decimal_places=12, default=0)
    price_unit = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    has_several_prices = models.BooleanField(default=False)
    price_band = models.CharField(max_length=12)
    pricing_models = models.JSONField(default=list)
    rating_sum = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    demo_rating_count = models.PositiveIntegerField(default=0)
    subscriber_count = models.PositiveIntegerField(default=0)
    is_live = models.BooleanField(default=True)
    is_from_folder = models.BooleanField(default=True)  # goes off sale when its folder leaves the catalogue
    released_on = models.DateField()
    published_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    content_hash = models.CharField(max_length=64)
    manifest = models.JSONField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["category", "is_live"]), models.Index(fields=["price_band"])]

    def __str__(self) -> str:
        return self.name


class OfferingAsset(models.Model):
    """A picture or film of an offering; the file is stored under its own hash."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="assets")
    path = models.CharField(max_length=120)
    media_type = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "path"], name="market_asset_once")]

    def __str__(self) -> str:
        return self.path


class BundleListing(models.Model):
    """A bundle as the marketplace shows it; `manifest` is the valid file."""

    id = models.UUIDField(primary_key=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    position = models.PositiveIntegerField(default=0)
    manifest = models.JSONField()

    def __str__(self) -> str:
        return self.slug


class Review(models.Model):
    """What a buyer says; one per person and offering, and only from a person whose organisation bought it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="reviews")
    person_id = models.UUIDField(null=True, db_index=True)
    organisation_id = models.UUIDField(null=True)
    subscription_id = models.UUIDField(null=True)
    author = models.CharField(max_length=120)
    company = models.CharField(max_length=120, blank=True)
    plan_name = models.CharField(max_length=60)
    rating = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    text = models.TextField()
    is_demo = models.BooleanField(default=False)
    written_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offering", "person_id"], name="market_review_once_a_person"),
            models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="market_review_one_to_five"),
            models.CheckConstraint(
                condition=Q(is_demo=True) | Q(person_id__isnull=False, subscription_id__isnull=False),
                name="market_review_has_a_purchase",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rating} by {self.author}"


class Favourite(models.Model):
    """An offering that a person wants to find again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person_id = models.UUIDField(db_index=True)
    offering = models.ForeignKey(Offering, on_delete=models.CASCADE)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person_id", "offering"], name="market_favourite_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.offering_id}"


class SearchDocument(models.Model):
    """The words of an offering that search looks through, apart from the card's own."""

    offering = models.OneToOneField(Offering, on_delete=models.CASCADE, primary_key=True, related_name="search_document")
    text = models.TextField()

    def __str__(self) -> str:
        return f"{self.offering_id}"


class CatalogueVersion(models.Model):
    """One row with a new stamp for every change that search or a card shows; processes compare it to know that they are stale."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    stamp = models.UUIDField(default=new_id)

    def __str__(self) -> str:
        return f"{self.stamp}"
