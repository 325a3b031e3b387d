"""Verbs of the runtime: everything that writes about agents, gathered under one name."""

from emporion.agents.runtime.conversing import (
    close_handover,
    correct_answer,
    mark_interrupted,
    rate,
    request_person,
    say_as_person,
    take_over,
)
from emporion.agents.runtime.demos import add_demo_document, erase_expired_demos, open_demo
from emporion.agents.runtime.engine import answer
from emporion.agents.runtime.provisioning import end_agent, ensure_agent, provision_agent, register_blueprint
from emporion.agents.runtime.shaping import (
    roll_back_persona,
    save_branding,
    save_persona,
    set_switches,
    set_up,
    skip_set_up,
)
from emporion.agents.runtime.warming import warm_up

__all__ = [
    "add_demo_document",
    "answer",
    "close_handover",
    "correct_answer",
    "end_agent",
    "ensure_agent",
    "erase_expired_demos",
    "mark_interrupted",
    "open_demo",
    "provision_agent",
    "rate",
    "register_blueprint",
    "request_person",
    "roll_back_persona",
    "save_branding",
    "save_persona",
    "say_as_person",
    "set_switches",
    "set_up",
    "skip_set_up",
    "take_over",
    "warm_up",
]
