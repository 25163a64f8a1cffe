#!/usr/bin/env python
"""usage: indices.py CONFIGURATION : makes the indices of the monitoring, by the release, before any component runs.

An installation that is in use has them. A new OpenSearch has none, and DIRAC's processes, which all make them when they
start, get in each other's way: who comes second gives up its own connection and asks the service instead (finding
INDEX-RACE); the process that is this service then waits for itself.
"""

from __future__ import annotations

import sys

from DIRAC.ConfigurationSystem.Client.Config import gConfig


def main(path: str) -> int:
    """Makes them; says why not, when that does not work, and leaves it to the components."""
    # there is no configuration server yet: this is what it will serve
    gConfig.loadFile(path)
    try:
        from DIRAC.MonitoringSystem.DB.MonitoringDB import MonitoringDB

        MonitoringDB()
    except (ImportError, RuntimeError) as error:
        print(f"indices of the monitoring: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
