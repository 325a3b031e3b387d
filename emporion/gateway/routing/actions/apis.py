"""Registering an API, changing what is known of it, and taking it away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from emporion.accounts.actions import record_audit
from emporion.gateway.routing.data_plane import platform_protocol
from emporion.gateway.routing.errors import ApiExists, ApiInvalid, ApiNotFound
from emporion.gateway.routing.events import ApiRegistered, ApiRemoved, GatewayChanged, StatusPageNamed
from emporion.gateway.routing.models import Api
from emporion.gateway.routing.orders import ApiSettings, NewApi
from emporion.gateway.routing.presets import PLATFORM, Preset, preset_of
from emporion.gateway.routing.probing import Finding, Trial, probe
from emporion.gateway.routing.queries import api_view
from emporion.gateway.routing.rules import (
    LONGEST_KEPT_DAYS,
    LONGEST_TIMEOUT,
    base_url_of,
    free_slug,
    header_of,
    hint_of,
    slug_of,
)
from emporion.gateway.routing.types import ApiView, Caller, Protocol
from emporion.kernel.addresses import parts_of
from emporion.kernel.names import written
from emporion.plumbing import secrets
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What is to be registered, made whole from its preset."""

    preset: Preset
    name: str
    protocol: Protocol
    base_url: str
    secret: str
    auth_header: str
    auth_prefix: str
    headers: Mapping[str, str]
    status_page_url: str

    @property
    def trial(self) -> Trial:
        """The test call."""
        return Trial(
            base_url=self.base_url,
            path=self.preset.probe,
            protocol=self.protocol,
            secret=self.secret,
            auth_header=self.auth_header,
            auth_prefix=self.auth_prefix,
            headers={**self.preset.probe_headers, **self.headers},
        )


def register_api(*, api: NewApi, project_id: UUID, actor: Actor, now: datetime) -> tuple[ApiView, str]:
    """Registers an API after a test call, and what the test call warned of; its key is encrypted.

    ApiInvalid, KeyRefused, WrongAddress, ApiUnreachable say what is wrong; nothing is kept then.
    """
    actor.require(Permission.CONFIGURE, project_id)
    draft = _draft(api)
    found = None if api.is_unchecked else probe(draft.trial)  # before the transaction, which waits for nobody
    with transaction.atomic():
        taken = Api.objects.filter(project_id=project_id, removed_at=None).values_list("slug", flat=True)
        row = _row(draft, slug=free_slug(slug_of(draft.name), list(taken)), project_id=project_id, actor=actor, now=now)
        row.checked_at = now if found else None
        row.save(force_insert=True)
        _tell(row, "register", actor=actor, now=now)
        publish(_registered(row, now), now=now)
        if api.status_page_url.strip():
            _name_status_page(row, "", now)
    return api_view(row), found.warning if found else ""


def change_api(*, api_id: UUID, settings: ApiSettings, actor: Actor, now: datetime) -> ApiView:
    """Changes name, address, time-out and how long bodies are kept; ApiInvalid names the field."""
    if not 1 <= settings.timeout_seconds <= LONGEST_TIMEOUT:
        raise ApiInvalid(f"A call can be waited for from 1 to {LONGEST_TIMEOUT} seconds.", field="timeout_seconds")
    if not 0 <= settings.body_days <= LONGEST_KEPT_DAYS:
        raise ApiInvalid(f"Bodies can be kept for at most {LONGEST_KEPT_DAYS} days.", field="body_days")
    with transaction.atomic():
        row = own_api(api_id, actor)
        row.name = _name(settings.name)
        row.base_url = _moved(row, base_url_of(settings.base_url, Protocol(row.protocol)))
        row.timeout_seconds, row.body_days = settings.timeout_seconds, settings.body_days
        before, row.status_page_url = row.status_page_url, settings.status_page_url.strip()[:500]
        row.save()
        _tell(row, "change", actor=actor, now=now)
        if row.status_page_url != before:
            _name_status_page(row, before, now)
    return api_view(row)


def rotate_secret(*, api_id: UUID, secret: str, is_unchecked: bool, actor: Actor, now: datetime) -> Finding | None:
    """Puts a new key in the place of the old one, after a test call; calls go on with the old one until it is there."""
    row = own_api(api_id, actor)
    if not secret.strip():
        raise ApiInvalid("The key is missing.", field="secret", next_step="Paste the new key.")
    preset = preset_of(row.template)
    trial = Trial(
        base_url=row.base_url,
        path=preset.probe,
        protocol=Protocol(row.protocol),
        secret=secret.strip(),
        auth_header=row.auth_header,
        auth_prefix=row.auth_prefix,
        headers={**preset.probe_headers, **row.headers},
    )
    found = None if is_unchecked else probe(trial)
    with transaction.atomic():
        row = own_api(api_id, actor)
        row.secret, row.secret_hint = secrets.encrypt(secret.strip()), hint_of(secret.strip())
        row.rotated_at, row.checked_at = now, now if found else row.checked_at
        row.save(update_fields=["secret", "secret_hint", "rotated_at", "checked_at"])
        _tell(row, "rotate key", actor=actor, now=now)
    return found


def pause_api(*, api_id: UUID, is_paused: bool, actor: Actor, now: datetime) -> None:
    """Refuses the calls of an API at the gateway, or lets them through again."""
    with transaction.atomic():
        row = own_api(api_id, actor)
        row.paused_at = now if is_paused else None
        row.save(update_fields=["paused_at"])
        _tell(row, "pause" if is_paused else "resume", actor=actor, now=now)


def remove_api(*, api_id: UUID, actor: Actor, now: datetime) -> None:
    """Takes an API away: calls to it are refused. What was recorded stays, so that it can come back."""
    with transaction.atomic():
        row = own_api(api_id, actor)
        row.removed_at = now
        row.save(update_fields=["removed_at"])
        _tell(row, "remove", actor=actor, now=now)
        publish(
            ApiRemoved(api_id=row.pk, organisation_id=row.organisation_id, project_id=row.project_id, name=row.name, at=now),
            now=now,
        )


def restore_api(*, api_id: UUID, actor: Actor, now: datetime) -> None:
    """Brings a removed API back; ApiExists when another has its name in the address now."""
    try:
        with transaction.atomic():
            row = own_api(api_id, actor, is_removed=True)
            row.removed_at = None
            row.save(update_fields=["removed_at"])
            _tell(row, "restore", actor=actor, now=now)
            publish(_registered(row, now), now=now)
    except IntegrityError as error:
        raise ApiExists(api_id=api_id) from error


def note_first_calls(*, first_calls: Mapping[UUID, datetime]) -> None:
    """The gateway saw the first call of these APIs; only the first time changes anything."""
    for api_id, at in first_calls.items():
        Api.objects.filter(pk=api_id, first_call_at=None).update(first_call_at=at)


def ensure_platform_apis(*, callers: Iterable[Caller], now: datetime) -> None:
    """Gives each project whose agents call the operator's model an API that stands for it."""
    projects = {caller.project_id: caller.organisation_id for caller in callers}
    Api.objects.filter(is_platform=True).exclude(protocol=platform_protocol()).update(protocol=platform_protocol())
    there = Api.objects.filter(is_platform=True, project_id__in=projects).values_list("project_id", flat=True)
    for project_id in projects.keys() - set(there):
        with transaction.atomic():
            row = _platform(projects[project_id], project_id, now)
            row.save(force_insert=True)
            publish(_registered(row, now), now=now)


def _platform(organisation_id: UUID, project_id: UUID, now: datetime) -> Api:
    taken = Api.objects.filter(project_id=project_id, removed_at=None).values_list("slug", flat=True)
    return Api(
        organisation_id=organisation_id,
        project_id=project_id,
        slug=free_slug(slug_of(PLATFORM.name), list(taken)),
        name=PLATFORM.name,
        template=PLATFORM.key,
        protocol=platform_protocol(),
        is_platform=True,
        created_by="Emporion",
        created_at=now,
    )


def own_api(api_id: UUID, actor: Actor, *, is_removed: bool = False) -> Api:
    """The API, where the actor may configure its project; ApiNotFound, Denied. The operator's model is nobody's to change."""
    found = Api.objects.filter(
        organisation_id=actor.organisation, pk=api_id, removed_at__isnull=not is_removed, is_platform=False
    ).first()
    if found is None or not actor.sees_project(found.project_id):
        raise ApiNotFound(api_id=api_id)
    actor.require(Permission.CONFIGURE, found.project_id)
    return found


def _draft(api: NewApi) -> _Draft:
    preset = preset_of(api.preset)
    protocol = api.protocol or preset.protocol
    secret = api.secret.strip()
    if preset.needs_key and not secret:
        raise ApiInvalid("The key is missing.", field="secret", next_step=f"Paste a key of {preset.name}.")
    return _Draft(
        preset=preset,
        name=_name(api.name or preset.name),
        protocol=protocol,
        base_url=base_url_of(api.base_url or preset.base_url, protocol),
        secret=secret,
        auth_header=header_of(api.auth_header or preset.auth_header),
        auth_prefix=preset.auth_prefix if api.auth_prefix is None else api.auth_prefix[:20],
        headers={header_of(name): value for name, value in api.headers.items()},
        status_page_url=(api.status_page_url or preset.status_page_url).strip()[:500],
    )


def _row(draft: _Draft, *, slug: str, project_id: UUID, actor: Actor, now: datetime) -> Api:
    return Api(
        organisation_id=actor.organisation,
        project_id=project_id,
        slug=slug,
        name=draft.name,
        template=draft.preset.key,
        protocol=draft.protocol,
        base_url=draft.base_url[:500],
        provider=draft.preset.provider or slug,
        secret=secrets.encrypt(draft.secret) if draft.secret else "",
        secret_hint=hint_of(draft.secret),
        auth_header=draft.auth_header,
        auth_prefix=draft.auth_prefix,
        headers=dict(draft.headers),
        status_page_url=draft.status_page_url,
        created_by=actor.name[:150],
        created_at=now,
    )


def _moved(row: Api, address: str) -> str:
    """The new address; a key that nobody can read again is not sent to another server by changing a field."""
    if row.secret and parts_of(address)[:2] != parts_of(row.base_url)[:2]:
        raise ApiInvalid(
            f"The key was entered for {parts_of(row.base_url).netloc} and is not sent to another server.",
            field="base_url",
            next_step="Register the other address as an API of its own, with its key.",
        )
    return address


def _name(text: str) -> str:
    name = written(text, longest=80)
    if not name:
        raise ApiInvalid("The name is missing.", field="name")
    return name


def _registered(row: Api, now: datetime) -> ApiRegistered:
    return ApiRegistered(api_id=row.pk, organisation_id=row.organisation_id, project_id=row.project_id, name=row.name, at=now)


def _name_status_page(row: Api, before: str, now: datetime) -> None:
    named = StatusPageNamed(
        api_id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        name=row.name,
        url=row.status_page_url,
        before=before,
        at=now,
    )
    publish(named, now=now)


def _tell(row: Api, verb: str, *, actor: Actor, now: datetime) -> None:
    record_audit(actor=actor, verb=verb, object_type="api", object_id=row.pk, detail=row.name, now=now)
    publish(GatewayChanged(project_id=row.project_id), now=now)
