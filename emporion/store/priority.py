"""Who steps back when the processor is short: moving and reporting wait, taking in does not.

In one process the embedded engine computes a page on as many threads as there are cores, beside the one thread that acknowledges
events. Threads inherit the priority of whoever starts them, and anybody may lower a thread's own; raising it again takes rights
that we do not ask for. So the engine is opened, filled and asked by threads that have stepped back.
"""

import os
import sys
import threading

BACK = 10


def step_back() -> None:
    """Lowers the priority of this thread and of those that it starts, for good, where a thread has a priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACK)
