"""The offering format: strict, and clear about what is wrong."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel

from emporion.market.manifest import BundleManifest, HostedDelivery, Manifest, ManifestInvalid, read_catalogue, read_listing
from emporion.market.manifest.marks import MarkRefused, read_mark
from emporion.market.manifest.pictures import Picture, read_picture
from emporion.plumbing.members import models_in

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = ROOT / "catalogue"
PNG_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (1188).to_bytes(4, "big") + (990).to_bytes(4, "big") + bytes(6)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(CATALOGUE / "docs-agent", tmp_path / "docs-agent")


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "offering.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def problems(folder: Path) -> str:
    with pytest.raises(ManifestInvalid) as refused:
        read_listing(folder)
    return str(refused.value)


def test_the_catalogue_holds_at_least_twelve_offerings_over_four_categories_and_two_bundles() -> None:
    catalogue = read_catalogue(CATALOGUE)
    assert len(catalogue.listings) >= 12
    assert {listing.manifest.category for listing in catalogue.listings} == {"agents", "apps", "assistants", "automations"}
    assert len(catalogue.bundles) >= 2
    assert any(bundle.partner for bundle in catalogue.bundles)


def test_hosted_offerings_differ_in_what_they_know_and_how_they_speak() -> None:
    hosted = [one for one in read_catalogue(CATALOGUE).listings if isinstance(one.manifest.delivery, HostedDelivery)]
    assert all(3 <= len(listing.knowledge) <= 9 for listing in hosted)
    assert len({listing.manifest.delivery.instructions for listing in hosted}) == len(hosted)
    assert len({listing.manifest.delivery.persona.name for listing in hosted}) == len(hosted)
    assert len({page.text for listing in hosted for page in listing.knowledge}) == sum(len(one.knowledge) for one in hosted)


def test_prices_of_the_source_are_exact() -> None:
    plans = {plan.slug: plan for plan in read_listing(CATALOGUE / "docs-agent").manifest.plans}
    assert (plans["starter"].monthly, plans["starter"].components[0].included) == (Decimal(29), 1000)
    assert plans["starter"].components[0].overage == Decimal("0.01")
    assert (plans["pro"].monthly, plans["pro"].components[0].overage) == (Decimal(99), Decimal("0.008"))
    assert plans["enterprise"].components[0].included_count is None


def test_an_unknown_key_is_named_with_file_line_and_the_likely_one(folder: Path) -> None:
    change(folder, 'tone = "clear and brief"', 'tune = "clear and brief"')
    said = problems(folder)
    line = (folder / "offering.toml").read_text().splitlines().index('tune = "clear and brief"') + 1
    assert f"offering.toml:{line}: delivery.persona.tune: The key is not known. Did you mean `tone`?" in said
    assert "delivery.persona.tone: The key is missing. Add `tone = …`" in said


def test_every_problem_is_named_at_once(folder: Path) -> None:
    change(folder, "monthly = 99", 'monthly = "many"')
    change(folder, 'category = "agents"', 'category = "agent"')
    change(folder, "limit = 5", "limit = true")
    said = problems(folder)
    assert "plans[1].monthly" in said
    assert "category" in said
    assert "demo.limit" in said


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("monthly = 29\n", "", "needs `monthly`"),
        ("overage = 0.01\n", "", "needs `overage` on every component"),
        ('slug = "pro"\nname', 'slug = "starter"\nname', "two plans have the same `slug`"),
        ('kind = "hosted"', 'kind = "magic"', 'Write `kind = "hosted"`'),
        ('slug = "docs-agent"', 'slug = "docs"', "differs from the name on disk"),
        ("format = 1", "format = 2", "format"),
        ("[provider]", "[provider", "Not TOML"),
        ('name = "', 'name = "\u202e', "cannot be seen or that turns the text around (U+202E)"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_next_step(folder: Path, old: str, new: str, word: str) -> None:
    change(folder, old, new)
    assert word in problems(folder)


def test_a_hosted_offering_needs_knowledge_with_titles(folder: Path) -> None:
    page = next((folder / "knowledge").glob("*.md"))
    page.write_text("No title here")
    assert "The page has no title" in problems(folder)
    shutil.rmtree(folder / "knowledge")
    assert "has no knowledge" in problems(folder)


@pytest.mark.requirement("BUY-17")
def test_what_docs_agent_does_not_know_a_person_may_answer(folder: Path) -> None:
    delivery = read_listing(folder).manifest.delivery
    assert isinstance(delivery, HostedDelivery)
    assert delivery.handover.enabled


def test_a_missing_picture_is_named(folder: Path) -> None:
    change(folder, "[delivery]", '[[screenshots]]\nfile = "assets/shot.png"\nalt = "The test chat"\n\n[delivery]')
    assert ".file: assets/shot.png is not there" in problems(folder)


@pytest.mark.requirement("BUY-05")
@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("shot.webp", PNG_HEAD, "is not what its name says: WEBP"),
        ("shot.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>" + bytes(20), "is not what its name says: PNG"),
        ("shot.png", PNG_HEAD[:16] + bytes(14), "is not what its name says: PNG"),
        ("shot.svg", b"<svg/>", "is no picture"),
    ],
)
def test_a_screenshot_is_a_picture_of_the_type_that_its_name_says(folder: Path, name: str, content: bytes, word: str) -> None:
    (folder / "assets" / name).write_bytes(content)
    change(folder, "[delivery]", f'[[screenshots]]\nfile = "assets/{name}"\nalt = "The test chat"\n\n[delivery]')
    assert word in problems(folder)


@pytest.mark.requirement("BUY-05")
@pytest.mark.parametrize(
    ("content", "media_type", "width", "height"),
    [
        (PNG_HEAD, "image/png", 1188, 990),
        (b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\xa4\x04\xde\x03", "image/webp", 1188, 990),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\xa3\x44\xf7\x00\0\0\0\0\0", "image/webp", 1188, 990),
        (b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\xa3\x04\x00\xdd\x03\x00", "image/webp", 1188, 990),
    ],
)
def test_a_picture_says_its_type_and_size_itself(content: bytes, media_type: str, width: int, height: int) -> None:
    assert read_picture(content) == Picture(media_type=media_type, width=width, height=height)
    assert read_picture(content[:-1]) is None


def test_equal_content_has_an_equal_hash_and_any_change_another(folder: Path) -> None:
    first = read_listing(folder).content_hash
    assert read_listing(folder).content_hash == first
    page = next((folder / "knowledge").glob("*.md"))
    page.write_text(page.read_text() + "\nOne more line.\n")
    assert read_listing(folder).content_hash != first


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize(
    "shape",
    [
        "<script>alert(1)</script>",
        '<path class="f" d="M0 0" onload="alert(1)"/>',
        '<path class="f" d="url(javascript:alert(1))"/>',
        '<image class="f" href="https://evil.example/x.png"/>',
        '<path class="evil" d="M0 0"/>',
        '<path class="f" d="M0 0" style="fill:red"/>',
    ],
)
def test_a_mark_holds_shapes_and_nothing_else(shape: str) -> None:
    with pytest.raises(MarkRefused):
        read_mark(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">{shape}</svg>'.encode())


def test_a_plain_mark_is_rebuilt() -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><circle class="f" cx="20" cy="20" r="9"/></svg>'
    assert read_mark(drawing) == '<circle class="f" cx="20" cy="20" r="9"/>'


def keys(kind: type[BaseModel], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in kind.model_fields.items():
        inner = models_in(field.annotation)
        is_list = inner and "tuple" in str(field.annotation)
        path = f"{prefix}{name}{'[]' if is_list else ''}"
        found.add(path)
        for model in inner:
            found |= keys(model, f"{path}.")
    return found


@pytest.mark.parametrize("kind", [Manifest, BundleManifest])
def test_every_key_of_the_format_has_its_line_in_the_docs(kind: type[BaseModel]) -> None:
    text = (ROOT / "docs/sellers/offering-format.md").read_text()
    assert sorted(key for key in keys(kind) if f"| `{key}` |" not in text) == []
