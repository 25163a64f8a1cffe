"""What distributions offer to scenarios: the words that a scenario may write in its ``needs``."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from diraccert.model.errors import BadInput
from diraccert.model.manifest import Manifest

SYSTEM = "standard"
OFFERS: dict[str, frozenset[str]] = {
    # roles/site.yml: hosts mysql, server, client, worker.
    SYSTEM: frozenset({"agents", "cvmfs", "dips", "executors", "gridpp", "pilots", "sshce"}),
    # What may stand beside it: roles/stages.yml says how each is made.
    "opensearch": frozenset({"opensearch"}),
    "diracx": frozenset({"diracx"}),
}
#: Packages that are no extension: DIRAC, its portal, and the D-commands, which DIRAC has itself since they were merged.
DIRAC, PORTAL, COMMANDS = "dirac", "webappdirac", "comdirac"
COMMANDS_SINCE = Version("8.0.14")


def offers(manifest: Manifest) -> frozenset[str]:
    """What a distribution offers: its topology, and ``extension``, ``dcommands`` where its packages have one."""
    names = {canonicalize_name(Requirement(text).name) for text in manifest.packages}
    found = offers_of(manifest.topology)
    if names - {DIRAC, PORTAL, COMMANDS}:
        found |= {"extension"}
    if COMMANDS in names or Version(manifest.dirac_version) >= COMMANDS_SINCE:
        found |= {"dcommands"}
    return found


def offers_of(topology: str) -> frozenset[str]:
    """What all parts of a topology such as ``standard+opensearch`` offer; BadInput for one that nobody knows."""
    first, *beside = parts = [part.strip() for part in topology.split("+")]
    if first != SYSTEM or SYSTEM in beside or len(set(parts)) < len(parts) or not OFFERS.keys() >= set(parts):
        others = ", ".join(f"+{part}" for part in OFFERS if part != SYSTEM)
        raise BadInput(f"there is no topology '{topology}'", f"write {SYSTEM}, with any of {others}")
    return frozenset().union(*(OFFERS[part] for part in parts))
