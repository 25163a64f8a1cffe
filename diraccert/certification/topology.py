"""What the topologies offer to scenarios: the words that a scenario may write in its ``needs``."""

from __future__ import annotations

from diraccert.model.errors import BadInput

OFFERS: dict[str, frozenset[str]] = {
    # roles/site.yml: hosts mysql, server, client, worker.
    "standard": frozenset({"agents", "cvmfs", "dips", "executors", "gridpp", "pilots", "sshce"}),
}


def offers_of(topology: str) -> frozenset[str]:
    """What a topology offers; raises BadInput for one that nobody knows."""
    try:
        return OFFERS[topology]
    except KeyError:
        raise BadInput(f"there is no topology '{topology}'", f"known: {', '.join(OFFERS)}") from None
