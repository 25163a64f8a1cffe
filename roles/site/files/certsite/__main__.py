"""usage: python -m certsite SITE.json : writes configuration, components and schemas below the site's root.

Prints ``changed`` when a file's content differs from what was there, else ``unchanged``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from . import components, configuration, databases, release
from .layout import Layout


def main(path: str) -> int:
    """Writes everything; a second call with the same input changes nothing."""
    site = json.loads(Path(path).read_text())
    root = Path(site["root"])
    before = _digestible(root)
    layout = Layout(site)
    for folder in ("etc", "control", "data", "work", "sandboxes", "runit", "startup", "tmp"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for element in site["storage_elements"]:
        (root / "storage" / element).mkdir(parents=True, exist_ok=True)
    etc = root / "etc"
    _central(etc / f"{site['cs_name']}.cfg", str(configuration.central(layout)))
    (etc / "dirac.cfg").write_text(str(configuration.local(layout, "server", server=True)))
    (etc / "Configuration_Server.cfg").write_text(str(configuration.master(layout)))
    hosts = Path(path).parent / "hosts"
    hosts.mkdir(exist_ok=True)
    for host in ("client", "worker"):
        (hosts / f"{host}.cfg").write_text(str(configuration.local(layout, host, server=False)))
    (Path(path).parent / "schemas.sql").write_text(databases.script(site))
    system = {
        "version": release.version(),
        "setup": layout.setup,
        "configuration_server": layout.cs_url,
        **components.install(layout),
        "databases": databases.expected(site),
        "vos": list(site["vos"]),
        "storage_elements": site["storage_elements"],
        "site": site["site_name"],
    }
    (Path(path).parent / "system.json").write_text(json.dumps(system, indent=1))
    print("unchanged" if _digestible(root) == before else "changed")
    return 0


def _central(path: Path, text: str) -> None:
    """Writes the central configuration only when what is generated has changed: the running master owns the file."""
    made = path.with_suffix(".generated")
    if not made.exists() or made.read_text() != text or not path.exists():
        path.write_text(text)
        made.write_text(text)


def _digestible(root: Path) -> dict[str, str]:
    """What a play may change of the installation: configuration files and run scripts, by path."""
    written = [*(root / "etc").rglob("*.cfg"), *(root / "runit").rglob("run")]
    return {str(path): path.read_text() for path in written if path.is_file()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
