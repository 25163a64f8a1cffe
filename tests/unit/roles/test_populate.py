"""How a new site is brought to work: by the initialisation that the release has."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "roles/running/files/populate.py"

#: What the program imports of a release that is asked for nothing: no site, no organisation, no service.
MODULES = {
    "Core/Base/Client": "Client = None",
    "Resources/Catalog/FileCatalog": "def FileCatalog(catalogs):\n    pass",
    "ResourceStatusSystem/Client/ResourceStatusClient": (
        "class ResourceStatusClient:\n"
        "    def selectStatusElement(self, *args, **named):\n"
        "        return {'OK': True, 'Value': [['DIRAC.A.org'], ['DIRAC.B.org']]}"
    ),
    "ResourceStatusSystem/Utilities/Synchronizer": "Synchronizer = None",
}
SCRIPT = "def parseCommandLine(ignoreErrors=False):\n    print('begun by Script', ignoreErrors)"


def populated(folder, package, script=SCRIPT):
    """What the program says beside a DIRAC whose package is ``package``."""
    for name, text in {**MODULES, "Core/Base/Script": script}.items():
        path = folder / "DIRAC" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "DIRAC/__init__.py").write_text(package)
    (folder / "site.json").write_text(
        json.dumps({"site_name": "DIRAC.A.org", "spare_site_name": "DIRAC.B.org", "vos": {}, "users": {}})
    )
    (folder / "system.json").write_text('{"services": []}')
    argv = [sys.executable, str(PROGRAM), str(folder / "site.json")]
    done = subprocess.run(argv, capture_output=True, text=True, env={"PYTHONPATH": str(folder)}, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize(
    ("package", "said"),
    [
        ("def initialize(*, require_auth=None):\n    print('begun as', require_auth)", "begun as site"),
        ("def initialize():\n    print('begun')", "begun"),
        ("", "begun by Script True"),
    ],
    ids=["8.0", "8.0.0a26", "7.3"],
)
def test_begins_as_the_release_does(tmp_path, package, said):
    assert populated(tmp_path, package) == (0, [said, "unchanged"], "")
