"""Makes an instance what upstream's integration tests stand on: files, upstream's names, proxies of its groups."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from diraccert.certification.upstream import running
from diraccert.certification.upstream.running import ACCOUNTS, BASE, CHECKOUT, PACKAGES, PROGRAMS
from diraccert.certification.upstream.suite import FIXTURES, Module
from diraccert.distributions import git
from diraccert.instances.instance import Instance
from diraccert.model.errors import InfrastructureError

#: Of the sources only what tests read there, and nothing that could be imported in place of what is certified.
_DATA = "/test"
_LIMIT = 120.0
#: Tests write beside the certificates that DIRAC has for them; in upstream's CI one account owns all.
_GIVE = 'chown -R "$0" /opt/dirac/venv/lib/python3*/site-packages/DIRAC/Core/Security/test'
_RESTART_ALL = """
for s in /opt/dirac/startup/*; do [ -e "$s/down" ] || set -- "$@" "$s"; done
sv -w 30 force-restart "$@" >/dev/null
"""


def prepare(instance: Instance, modules: Sequence[Module], top: Path, packages: Path, rooms: Sequence[Path]) -> None:
    """Put everything in place; until it is reset, the instance is upstream's. Raises InfrastructureError."""
    packed = parcel(top, packages, rooms)
    hosts = tuple(ACCOUNTS)

    def put(name: str) -> None:
        host = instance.host(name)
        host.must(["rm", "-rf", BASE])
        if not instance.daemon.client.containers.get(host.container).put_archive("/", packed):
            raise InfrastructureError(f"{host.container} did not take upstream's tests")
        host.must(["chown", "-R", ACCOUNTS[name][0], f"{BASE}/run"])

    with ThreadPoolExecutor(len(hosts)) as pool:
        list(pool.map(put, hosts))
    _dress(instance)
    _proxies(instance, sorted({each.group for module in modules for each in module.passes}))


def _dress(instance: Instance) -> None:
    server, account = instance.host("server"), ACCOUNTS["client"][0]
    python = "/opt/dirac/venv/bin/python"
    server.must([python, f"{PROGRAMS}/dress.py", f"{PROGRAMS}/site.cfg", account])
    server.must(["sh", "-c", _GIVE, ACCOUNTS["server"][0]])
    running.new_catalogue(instance)
    server.must(["sh", "-c", _RESTART_ALL], limit=_LIMIT)
    instance.wait_ready()
    owner, home = ACCOUNTS["server"]
    opened = ["bash", "-c", f"source /opt/dirac/bashrc; cd; python {PROGRAMS}/open_site.py"]
    done = server.run(opened, user=owner, env={"HOME": home}, limit=_LIMIT)
    if done.rc != 0:
        said = " / ".join((done.out or done.err).strip().splitlines()[-4:])
        raise InfrastructureError(f"the site of upstream's tests could not be opened: {said}")


def _proxies(instance: Instance, groups: Iterable[str]) -> None:
    """A proxy of every group for both hosts, left with the proxy manager as upstream's installation does."""
    client, server = instance.host("client"), instance.host("server")
    (mine, home), (theirs, _) = ACCOUNTS["client"], ACCOUNTS["server"]
    client.must(["install", "-d", "-o", mine, "-m", "700", running.PROXIES])
    for group in groups:
        path = running.proxy(group)
        asked = f"source /opt/dirac/bashrc; dirac-proxy-init {f'-g {group}' if group else ''} -u {path}"
        # it asks the configuration with the proxy that it has just made
        made = client.run(["bash", "-c", asked], user=mine, env={"HOME": home, "X509_USER_PROXY": path}, limit=_LIMIT)
        if made.rc != 0:
            said = " / ".join((made.out + made.err).strip().splitlines()[-3:])
            raise InfrastructureError(f"there is no proxy of {group or 'the default group'}: {said}")
        server.put(path, client.read(path), mode=0o600, owner=theirs)


def parcel(top: Path, packages: Path, rooms: Sequence[Path]) -> bytes:
    """An archive for the root of a host: the tests as they stand in the checkout, our programs, packages."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in _tracked(top):
            archive.add(top / name, f"{CHECKOUT[1:]}/{name}", recursive=False, filter=_ownerless)
        for room in reversed(rooms):
            for path in sorted((room / FIXTURES).glob("*.*")):
                archive.add(path, f"{PROGRAMS[1:]}/{path.name}", filter=_ownerless)
        archive.add(packages, PACKAGES[1:], filter=_ownerless)
    return packed.getvalue()


def _tracked(top: Path) -> Iterator[str]:
    """The files of the tests, uncommitted and new ones too, those that git ignores not."""
    listed = git.must(top, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "tests", "src")
    for name in sorted(filter(None, listed.split("\0"))):
        is_data = name.startswith("src/") and _DATA in name and not name.endswith(".py")
        if (name.startswith("tests/") or is_data) and ((top / name).is_file() or (top / name).is_symlink()):
            yield name


def _ownerless(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode |= 0o755 if entry.isdir() else 0o644
    return entry
