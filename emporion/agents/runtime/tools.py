"""What a model may do besides talking: only tools that the blueprint grants, each bound to the one conversation."""

from uuid import UUID

from emporion.agents.runtime.writer import ToolBelt

KNOWN = ("search_knowledge",)


def belt_for(agent_id: UUID, conversation_id: UUID) -> ToolBelt:
    """The tools that exist at all, bound so that no argument of the model can reach another agent or conversation."""

    def search_knowledge(question: str) -> str:
        """Search this agent's sources once more, with other words."""
        from emporion.agents.knowledge.finding import find_now  # noqa: PLC0415 - the index loads its weights

        findings = find_now(library_id=agent_id, question=question[:400])
        return "\n\n".join(f"{quote.title}: {quote.text}" for quote in findings.quotes) or "Nothing was found."

    return ToolBelt(tools={"search_knowledge": search_knowledge})
