"""How much longer scenarios may take here: their limits are those of an idle machine of two cores.

A busy machine makes everything slower, the product's fault or not: limits are multiplied by how many programs waited
for each core when the run began, before it made the machine busy itself. A scenario that passes is not slowed down
by it. The factor is in run.json, and every report says it when it is above 1.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

VARIABLE = "DIRAC_CERT_STRETCH"
MOST = 6.0


def measured(load: float, cores: int) -> float:
    """The factor for a machine whose run queue is ``load`` long: at least 1, at most 6."""
    return round(min(max(1.0, load / max(cores, 1)), MOST), 2)


def now() -> float:
    """The factor for this machine at this moment; what the environment says of it wins."""
    return stated(os.environ) if VARIABLE in os.environ else measured(os.getloadavg()[0], os.cpu_count() or 1)


def stated(environment: Mapping[str, str]) -> float:
    """The factor of the run that this process is part of; 1 when none is stated, or not as a number of 1 or more."""
    try:
        factor = float(environment.get(VARIABLE, "1"))
    except ValueError:
        return 1.0
    return min(factor, MOST) if factor >= 1.0 else 1.0


def seconds(limit: float) -> float:
    """A limit of this process's run: that of an idle machine, times the factor."""
    return limit * stated(os.environ)
