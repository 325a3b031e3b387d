"""What a model may do besides talking: only tools that the blueprint grants, each bound to the one conversation."""

from uuid import UUID

from emporion.agents.knowledge.finding import LEAST_PASSAGES, find
from emporion.agents.runtime.writer import ToolBelt


def belt_for(agent_id: UUID, conversation_id: UUID) -> ToolBelt:
    """The tools that exist at all, bound so that no argument of the model can reach another agent or conversation."""

    async def search_knowledge(question: str) -> str:
        """Search this agent's sources once more, with other words."""
        findings = await find(library_id=agent_id, question=question[:400], for_model=True)
        return "\n\n".join(f"{quote.title}: {quote.text}" for quote in findings.passages[:LEAST_PASSAGES]) or "Nothing was found."

    return ToolBelt(tools={"search_knowledge": search_knowledge})
