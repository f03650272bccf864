"""A worker of its own process, for the tests that kill one: leases short, so that they need not wait."""

from __future__ import annotations

import sys

from aitoll.agent.interfaces import slack_live
from aitoll.agent.interfaces.slack_store import store
from aitoll.agent.interfaces.slack_work import Crew
from aitoll.agent.interfaces.slack_workspaces import Workspaces

if __name__ == "__main__":
    slack_live.SLOW_S = 60
    kept = store()
    crew = Crew(kept, Workspaces(kept), size=int(sys.argv[1]), lease_s=float(sys.argv[2]))
    crew.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    crew.stop()
