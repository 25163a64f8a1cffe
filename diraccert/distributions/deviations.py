"""Where a distribution is not what its release asks for: listed in every report."""

from __future__ import annotations

from diraccert.distributions import dependencies
from diraccert.distributions.sources import PILOT
from diraccert.model.manifest import Manifest
from diraccert.model.run import Deviation

#: The variable of the roles (roles/cert/defaults) with which a team brings the real pilot, in place of the stand-in.
PILOT_SOURCE = "cert_pilot_source"
#: The variable of roles/warm_start that has components start cold: docs/decisions/0003-warm-start.md.
WARM_START = "cert_warm_start"
#: The variable of roles/paths that sets OpenSSL's security level: 1 takes keys of 1024 bits.
SECURITY_LEVEL = "cert_openssl_security_level"
#: The variable of roles/cert that says whether services that have an HTTPS form run in it.
HTTPS = "cert_https"
NO = ("no", "false", "off", "0")


def of(manifest: Manifest) -> tuple[Deviation, ...]:
    """Where ``manifest`` is not what its packages ask for, or not what production installs, with reasons."""
    found = [Deviation(kind="patch", what=patch.name, reason=patch.reason) for patch in manifest.patches]
    found += [Deviation(kind="override", what=entry.what, reason=entry.reason) for entry in manifest.overrides]
    found += [Deviation(kind="override", what=f"without {entry.what}", reason=entry.reason) for entry in manifest.drop]
    found += [Deviation(kind="pin", what=entry.what, reason=entry.reason) for entry in manifest.pins]
    found += [
        Deviation(kind="source", what=str(source), reason="it was asked for in place of a release on the index")
        for source in manifest.sources
    ]
    found += [Deviation(kind="addition", what=entry.what, reason=entry.reason) for entry in manifest.additions]
    found += _settings(manifest)
    if not manifest.variables.get(PILOT_SOURCE) and PILOT not in {source.name for source in manifest.sources}:
        found.append(
            Deviation(
                kind="stand-in",
                what="the pilot",
                reason="DIRAC's pilot is released apart from it; --source takes a checkout of it, as the variable "
                f"{PILOT_SOURCE} its git repository",
            )
        )
    if "diracx" in manifest.beside:
        found.append(
            Deviation(
                kind="stand-in",
                what="the identity provider of DiracX",
                reason="a community's own is not in a container; a person's password here is the person's name",
            )
        )
    if manifest.variables.get(WARM_START, "yes").lower() not in NO:
        found.append(
            Deviation(
                kind="stand-in",
                what="components are forks of a process that has DIRAC imported",
                reason=f"a start takes a third of the time; each imports for itself with the variable {WARM_START}: no",
            )
        )
    found.append(
        Deviation(
            kind="dependencies",
            what=f"{dependencies.spoken(manifest)}, on Debian 12's Python {manifest.python}",
            reason="production installs the versions that DIRACOS2 froze, from conda",
        )
    )
    return tuple(found)


def _settings(manifest: Manifest) -> list[Deviation]:
    """How the hosts and the site are set up for this release, other than for the newest ones."""
    found = []
    if level := manifest.variables.get(SECURITY_LEVEL):
        found.append(
            Deviation(
                kind="override",
                what=f"OpenSSL at security level {level}",
                reason="the release makes proxies with keys that Debian's own level, 2, refuses as too small",
            )
        )
    if manifest.variables.get(HTTPS, "yes").lower() in NO:
        found.append(
            Deviation(
                kind="override",
                what="every service speaks DISET, also one that has an HTTPS form",
                reason="the line was run so in production",
            )
        )
    return found
