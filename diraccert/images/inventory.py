"""The inventory of a play: which container is which host, and what the roles are told."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from diraccert.images.build_plan import BuildPlan

_BUNDLE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")
_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


def ca_bundle(environ: Mapping[str, str] = os.environ, standard: Path = _BUNDLE) -> str:
    """The CA bundle of this machine, which the registries' certificates may need (a company's proxy), or ""."""
    told = [Path(environ[name]) for name in _BUNDLE_VARIABLES if environ.get(name)]
    return next((str(path.resolve()) for path in (*told, standard) if path.is_file()), "")


def variables(plan: BuildPlan, lock: Path, daemon_url: str) -> dict[str, Any]:
    """What every host of the play is told; ``lock`` is the lock's file on this machine."""
    manifest = plan.manifest
    return {
        **manifest.variables,
        "ansible_connection": "community.docker.docker_api",
        "ansible_docker_docker_host": daemon_url,
        "ansible_python_interpreter": "/usr/bin/python3",
        "cert_dirac_version": manifest.dirac_version,
        "cert_lock": str(lock),
        "cert_patches": [str(patch) for patch in plan.patches],
        "cert_wheels": [str(wheel.resolve()) for wheel in plan.wheels],
        "cert_catalogue": manifest.catalogue.value,
        "cert_topology": manifest.topology,
        "cert_ca_bundle": ca_bundle(),
    }


def of(containers: Mapping[str, str], told: Mapping[str, Any], groups: Iterable[str] = ()) -> dict[str, Any]:
    """The inventory of ``containers`` (host to container name): each host in a group of its own name.

    ``groups`` are there too, empty when no host is of their name: the playbook may speak of them.
    """
    hosts = {host: {"hosts": {host: {"ansible_host": container}}} for host, container in containers.items()}
    return {"all": {"vars": dict(told), "children": {**{group: {} for group in groups}, **hosts}}}
