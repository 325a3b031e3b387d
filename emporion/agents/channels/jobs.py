"""What the channels hear from others."""

from emporion.agents.channels import actions
from emporion.agents.runtime.events import AgentProvisioned
from emporion.plumbing.types import JobContext


def furnish_agent(event: AgentProvisioned, *, job: JobContext) -> None:
    """A new agent gets its widget."""
    actions.ensure_widget(
        agent_id=event.agent_id, organisation_id=event.organisation_id, project_id=event.project_id, now=event.provisioned_at
    )
