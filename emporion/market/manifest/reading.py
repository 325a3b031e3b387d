"""Reads a folder into a `Listing`, or says everything that is wrong with it: file, line, key and what to do."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from emporion.kernel.errors import Invalid
from emporion.market.manifest.delivery import HostedDelivery
from emporion.market.manifest.explaining import Problem, dotted, explain, line_of
from emporion.market.manifest.marks import MarkRefused, read_mark
from emporion.market.manifest.offering import BundleManifest, Manifest
from emporion.market.manifest.pictures import PNG, WEBP, read_picture

T = TypeVar("T", bound=BaseModel)
MEDIA_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".vtt": "text/vtt; charset=utf-8",
}
PICTURES = frozenset({PNG, WEBP})
MAX_ASSET_BYTES = 20_000_000
MAX_KNOWLEDGE_BYTES = 1_000_000


class ManifestInvalid(Invalid):
    """The folder is not an offering; `problems` holds every reason."""

    title = "The offering cannot be published as it is written."
    next_step = "Correct the lines that are named and read it again."

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeFile:
    """A Markdown page that a hosted agent answers from; `name` is its path inside `knowledge/`."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A picture or film; `path` is as written in the manifest ("assets/icon.svg")."""

    path: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A complete, valid offering as read from its folder; equal content has an equal `content_hash`."""

    manifest: Manifest
    knowledge: tuple[KnowledgeFile, ...]
    assets: tuple[Asset, ...]
    content_hash: str

    def asset(self, path: str) -> Asset:
        """The asset that the manifest names; every named one is there, reading has seen to it."""
        return next(asset for asset in self.assets if asset.path == path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All offerings and bundles of a folder."""

    listings: tuple[Listing, ...]
    bundles: tuple[BundleManifest, ...]


def read_catalogue(root: Path) -> Catalogue:
    """Every offering and bundle below `root`; `ManifestInvalid` names all problems of all files."""
    problems: list[Problem] = []
    listings: list[Listing] = []
    bundles: list[BundleManifest] = []
    for folder in sorted(path.parent for path in root.glob("*/offering.toml")):
        try:
            listings.append(read_listing(folder))
        except ManifestInvalid as error:
            problems += error.problems
    for file in sorted(root.glob("bundles/*.toml")):
        try:
            bundles.append(read_bundle(file))
        except ManifestInvalid as error:
            problems += error.problems
    if not problems:
        problems += _catalogue_problems(listings, bundles)
    if problems:
        raise ManifestInvalid(tuple(problems))
    return Catalogue(listings=tuple(listings), bundles=tuple(bundles))


def read_listing(folder: Path) -> Listing:
    """The offering in a folder; `ManifestInvalid` names every problem with file, line, key and next step."""
    file = folder / "offering.toml"
    text = _text_of(file)
    manifest = _parse(file, text, Manifest)
    knowledge = tuple(_knowledge(folder))
    assets = tuple(_assets(folder))
    if problems := tuple(_folder_problems(folder, text, manifest, knowledge, assets)):
        raise ManifestInvalid(problems)
    return Listing(manifest=manifest, knowledge=knowledge, assets=assets, content_hash=_hash(manifest, knowledge, assets))


def read_bundle(file: Path) -> BundleManifest:
    """The bundle in a file; its slug is the file's name."""
    text = _text_of(file)
    bundle = _parse(file, text, BundleManifest)
    if bundle.slug != file.stem:
        raise ManifestInvalid((_slug_problem(file, text, file.stem),))
    return bundle


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        step = "Write it; docs/sellers/offering-format.md has a complete example."
        raise ManifestInvalid((Problem(file=str(file), message="The file is missing.", next_step=step),)) from None
    except UnicodeDecodeError as error:
        step = "Save the file in UTF-8."
        message = f"Byte {error.start} is not UTF-8."
        raise ManifestInvalid((Problem(file=str(file), message=message, next_step=step),)) from None


def _parse(file: Path, text: str, kind: type[T]) -> T:
    """Prices stay exact: TOML's decimals become Decimal, never float."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        step = "Correct the TOML at this place; strings need quotes, lists need commas."
        raise ManifestInvalid((Problem(file=str(file), message=f"Not TOML: {error}.", next_step=step),)) from None
    try:
        return kind.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise ManifestInvalid(tuple(explain(file, text, kind, error))) from None


def _knowledge(folder: Path) -> Iterator[KnowledgeFile]:
    for path in sorted((folder / "knowledge").glob("**/*.md")):
        if path.stat().st_size > MAX_KNOWLEDGE_BYTES:
            step = "Split it into pages of one subject each."
            raise ManifestInvalid((Problem(file=str(path), message="The page is larger than 1 MB.", next_step=step),))
        text = _text_of(path)
        heading = next((line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("# ")), "")
        yield KnowledgeFile(name=path.relative_to(folder / "knowledge").as_posix(), title=heading or path.stem, text=text)


def _assets(folder: Path) -> Iterator[Asset]:
    for path in sorted((folder / "assets").glob("*")):
        if path.suffix in MEDIA_TYPES and path.stat().st_size <= MAX_ASSET_BYTES:
            yield Asset(path=f"assets/{path.name}", media_type=MEDIA_TYPES[path.suffix], content=path.read_bytes())


def _folder_problems(
    folder: Path, text: str, manifest: Manifest, knowledge: tuple[KnowledgeFile, ...], assets: tuple[Asset, ...]
) -> Iterator[Problem]:
    file = folder / "offering.toml"
    if manifest.slug != folder.name:
        yield _slug_problem(file, text, folder.name)
    present = {asset.path: asset for asset in assets}
    for key, path in _named_assets(manifest):
        if problem := _asset_problem(folder / path, present.get(path), is_picture=key[-1] == "poster" or "screenshots" in key):
            message, step = problem
            yield Problem(file=str(file), line=line_of(text, key), key=dotted(key), message=f"{path} {message}", next_step=step)
    if isinstance(manifest.delivery, HostedDelivery) and not knowledge:
        step = "Add at least one Markdown file with what the agent answers from."
        yield Problem(file=str(folder / "knowledge"), message="A hosted offering has no knowledge.", next_step=step)
    for page in knowledge:
        if not page.text.startswith("# "):
            step = "Begin the page with its title: `# Title`. The title is what a citation shows."
            yield Problem(file=str(folder / "knowledge" / page.name), line=1, message="The page has no title.", next_step=step)
    icon = next((asset for asset in assets if asset.path == manifest.icon.file), None)
    if icon is not None:
        try:
            read_mark(icon.content)
        except MarkRefused as error:
            yield Problem(file=str(folder / icon.path), key="icon.file", message=str(error), next_step=error.step)


def _asset_problem(path: Path, asset: Asset | None, *, is_picture: bool) -> tuple[str, str] | None:
    """What is wrong with a file that the manifest names, and what to do."""
    if asset is None:
        return "is not there.", f"Put the file at {path} (at most 20 MB), or correct the name."
    if is_picture and asset.media_type not in PICTURES:
        return "is no picture.", "Save it as PNG or WebP."
    picture = read_picture(asset.content)
    if is_picture and (picture is None or picture.media_type != asset.media_type):
        return f"is not what its name says: {path.suffix[1:].upper()}.", "Save it again as PNG or WebP, and name it so."
    return None


def _named_assets(manifest: Manifest) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if manifest.icon.file is not None:
        yield ("icon", "file"), manifest.icon.file
    for index, picture in enumerate(manifest.screenshots):
        yield ("screenshots", index, "file"), picture.file
    for name in ("file", "poster", "captions"):
        if path := getattr(manifest.video, name, None):
            yield ("video", name), path


def _slug_problem(file: Path, text: str, expected: str) -> Problem:
    step = f'Write `slug = "{expected}"`, or rename the folder or file.'
    return Problem(
        file=str(file),
        line=line_of(text, ("slug",)),
        key="slug",
        message="The slug differs from the name on disk.",
        next_step=step,
    )


def _catalogue_problems(listings: Iterable[Listing], bundles: Iterable[BundleManifest]) -> Iterator[Problem]:
    by_slug = {listing.manifest.slug: listing.manifest for listing in listings}
    if len({manifest.id for manifest in by_slug.values()}) != len(by_slug):
        step = "Give each offering an id of its own; a copied folder needs a new one."
        yield Problem(file="offering.toml", key="id", message="Two offerings have the same id.", next_step=step)
    for bundle in bundles:
        for index, item in enumerate(bundle.items):
            plans = {plan.slug: plan for plan in by_slug[item.offering].plans} if item.offering in by_slug else {}
            if item.plan not in plans or item.cycle not in plans[item.plan].cycles:
                message = f"{item.offering} has no plan {item.plan} that is sold {item.cycle}."
                step = "Name an offering of this catalogue, one of its plans, and a cycle that the plan is sold in."
                yield Problem(file=f"bundles/{bundle.slug}.toml", key=f"items[{index}]", message=message, next_step=step)


def _hash(manifest: Manifest, knowledge: tuple[KnowledgeFile, ...], assets: tuple[Asset, ...]) -> str:
    digest = hashlib.sha256(manifest.model_dump_json().encode())
    for page in knowledge:
        digest.update(json.dumps([page.name, page.text]).encode())
    for asset in assets:
        digest.update(asset.path.encode() + hashlib.sha256(asset.content).digest())
    return digest.hexdigest()
