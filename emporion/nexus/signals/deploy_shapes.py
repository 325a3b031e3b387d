"""What tells of a deploy: our own JSON, and the webhooks of GitHub and GitLab, known by their headers and their shape."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from emporion.kernel.addresses import parts_of
from emporion.nexus.signals.errors import DeployUnreadable
from emporion.nexus.signals.types import DeploySource, NewDeploy
from emporion.plumbing.parsing import named

FURTHEST_AHEAD = timedelta(minutes=10)
FURTHEST_BACK = timedelta(days=31)


class _Own(msgspec.Struct):
    """Our own shape; the aliases are what people write first."""

    service: str = ""
    version: str = ""
    environment: str = ""
    who: str = ""
    link: str = ""
    change: str = ""
    at: datetime | None = None
    key: str = ""


class _Named(msgspec.Struct):
    login: str = ""
    name: str = ""
    full_name: str = ""
    html_url: str = ""
    username: str = ""
    web_url: str = ""


class _Deployment(msgspec.Struct):
    id: int = 0
    sha: str = ""
    ref: str = ""
    environment: str = ""
    description: str | None = None


class _DeploymentStatus(msgspec.Struct):
    state: str = ""
    environment: str = ""
    target_url: str = ""
    log_url: str = ""
    updated_at: datetime | None = None


class _GitHub(msgspec.Struct):
    """`deployment_status` of GitHub."""

    deployment_status: _DeploymentStatus
    deployment: _Deployment
    repository: _Named
    sender: _Named = msgspec.field(default_factory=_Named)


class _GitLab(msgspec.Struct):
    """`Deployment Hook` of GitLab."""

    status: str
    deployment_id: int
    project: _Named
    environment: str = ""
    short_sha: str = ""
    ref: str = ""
    user: _Named = msgspec.field(default_factory=_Named)
    deployable_url: str = ""
    commit_title: str = ""


def deploy_of(body: bytes, headers: Mapping[str, str]) -> NewDeploy | None:
    """The deploy that a request tells of; nothing for a webhook of another step (queued, failed); DeployUnreadable."""
    try:
        if "X-GitHub-Event" in headers:
            return _from_github(body, headers["X-GitHub-Event"])
        if "X-Gitlab-Event" in headers:
            return _from_gitlab(body)
        return _from_us(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DeployUnreadable(reason=str(error)[:200], **named(error)) from error


def _from_us(body: bytes) -> NewDeploy:
    told = msgspec.json.decode(body, type=_Own)
    return NewDeploy(
        service=told.service,
        version=told.version,
        environment=told.environment,
        who=told.who,
        link=told.link,
        change=told.change,
        key=told.key,
        at=told.at,
    )


def _from_github(body: bytes, event: str) -> NewDeploy | None:
    if event != "deployment_status":
        return None  # `ping` and the others tell of nothing that went live
    told = msgspec.json.decode(body, type=_GitHub)
    if told.deployment_status.state != "success":
        return None
    return NewDeploy(
        service=told.repository.name or told.repository.full_name,
        version=_version(told.deployment.ref, told.deployment.sha),
        environment=told.deployment_status.environment or told.deployment.environment,
        who=told.sender.login,
        link=told.deployment_status.target_url or told.deployment_status.log_url or told.repository.html_url,
        change=told.deployment.description or "",
        source=DeploySource.GITHUB,
        key=f"github:{told.repository.full_name}:{told.deployment.id}:{told.deployment_status.environment}",
        at=told.deployment_status.updated_at,
    )


def _from_gitlab(body: bytes) -> NewDeploy | None:
    told = msgspec.json.decode(body, type=_GitLab)
    if told.status != "success":
        return None
    return NewDeploy(
        service=told.project.name,
        version=_version(told.ref, told.short_sha),
        environment=told.environment,
        who=told.user.name or told.user.username,
        link=told.deployable_url or told.project.web_url,
        change=told.commit_title,
        source=DeploySource.GITLAB,
        key=f"gitlab:{told.project.web_url}:{told.deployment_id}",
    )


def _version(ref: str, sha: str) -> str:
    """A tag says more than a commit, a branch less."""
    return ref if ref[:1] == "v" and ref[1:2].isdigit() else sha[:12] or ref


def checked(deploy: NewDeploy, now: datetime) -> NewDeploy:
    """The deploy, trimmed; DeployUnreadable for one that names nothing, a link that is none, or a time that cannot be."""
    for field, value in (("service", deploy.service), ("version", deploy.version)):
        if not value.strip():
            raise DeployUnreadable(f"The field `{field}` is missing.", field=field)
    if deploy.link and not (parts_of(deploy.link).scheme in {"http", "https"} and len(deploy.link) <= 500):
        raise DeployUnreadable("The link is no http:// or https:// address.", field="link")
    at = deploy.at
    if at is not None:
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        if not now - FURTHEST_BACK <= at <= now + FURTHEST_AHEAD:
            raise DeployUnreadable("The time lies more than 31 days back, or ahead.", field="at")
    return deploy
