"""What the topologies offer to scenarios: the words that a scenario may write in its ``needs``."""

from __future__ import annotations

from diraccert.model.errors import BadInput

SYSTEM = "standard"
OFFERS: dict[str, frozenset[str]] = {
    # roles/site.yml: hosts mysql, server, client, worker.
    SYSTEM: frozenset({"agents", "cvmfs", "dips", "executors", "gridpp", "pilots", "sshce"}),
    # What may stand beside it: roles/stages.yml says how each is made.
    "opensearch": frozenset({"opensearch"}),
    "diracx": frozenset({"diracx"}),
}


def offers_of(topology: str) -> frozenset[str]:
    """What all parts of a topology such as ``standard+opensearch`` offer; BadInput for one that nobody knows."""
    first, *beside = parts = [part.strip() for part in topology.split("+")]
    if first != SYSTEM or SYSTEM in beside or len(set(parts)) < len(parts) or not OFFERS.keys() >= set(parts):
        others = ", ".join(f"+{part}" for part in OFFERS if part != SYSTEM)
        raise BadInput(f"there is no topology '{topology}'", f"write {SYSTEM}, with any of {others}")
    return frozenset().union(*(OFFERS[part] for part in parts))
