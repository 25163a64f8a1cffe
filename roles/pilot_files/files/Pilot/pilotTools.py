"""What the pilot's commands share: what it was told, the DIRAC environment, and running commands in it."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

CFG = "pilot.cfg"


def say(text):
    """A line of the pilot's output, with the time in UTC."""
    sys.stdout.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} [pilot stand-in] {text}\n")
    sys.stdout.flush()


def given(values):
    """Options as DIRAC's commands take them: -o NAME=VALUE."""
    return [word for name, value in values.items() for word in ("-o", f"{name}={value}")]


class PilotError(Exception):
    """The pilot cannot go on; the message says why."""


def options(words):
    """The options that the site director's wrapper gives (WorkloadManagementSystem/Agent/SiteDirector.py)."""
    parser = argparse.ArgumentParser(prog="dirac-pilot.py", allow_abbrev=False)
    parser.add_argument("-S", "--setup", default="Defaults")
    parser.add_argument("-N", "--Name", dest="ce", required=True)
    parser.add_argument("-Q", "--Queue", dest="queue", default="Unknown")
    parser.add_argument("-n", "--name", dest="site", default="")
    parser.add_argument("-G", "--Group", dest="group", default="")
    parser.add_argument("-M", "--MaxCycles", dest="cycles", type=int, default=10)
    parser.add_argument("-V", "--installation", dest="installation", default="")
    parser.add_argument("-o", "--option", dest="extra", action="append", default=[])
    parser.add_argument("--wnVO", dest="vo", default="")
    parser.add_argument("--CVMFS_locations", dest="trees", default="")
    known, others = parser.parse_known_args(words)
    if others:
        say(f"options that mean nothing to the stand-in: {' '.join(others)}")
    return known


class Pilot:
    """One pilot: the options, what pilot.json says of its setup and computing element, and what it found out since."""

    def __init__(self, words):
        self.told = options(words)
        self.served = json.loads(Path("pilot.json").read_text(encoding="utf-8"))
        setups = self.served.get("Setups", {})
        # releases without setups tell the operations of each organisation, with the pilot's among them
        operations = (self.served.get(name, {}).get("Pilot", {}) for name in ("Defaults", self.told.vo))
        self.settings = {
            name: value
            for part in (*operations, setups.get("Defaults", {}), setups.get(self.told.setup, {}))
            for name, value in part.items()
        }
        if self.told.ce not in self.served.get("CEs", {}):
            raise PilotError(f"pilot.json does not know the computing element {self.told.ce}")
        self.element = self.served["CEs"][self.told.ce]
        self.site = self.told.site or self.element["Site"]
        self.version = str(self.settings.get("Version", "")).split(",")[0].strip()
        # older site directors leave it to pilot.json, where it may be a list
        served = self.settings.get("CVMFS_locations", "")
        trees = self.told.trees or (served if isinstance(served, str) else ",".join(served))
        self.trees = [tree.strip() for tree in trees.split(",") if tree.strip()]
        self.stamp = os.environ.get("DIRAC_PILOT_STAMP", "")
        self.flavour, self.reference = "SSH", f"ssh://{self.told.ce}/{os.environ.get('SSHCE_JOBID', self.stamp)}"
        self.folder = os.getcwd()
        self.environment = dict(os.environ)
        self.tags, self.required_tags = [], []

    @property
    def commands(self):
        """The names of the commands to run, as the configuration lists them for this kind of computing element."""
        listed = self.settings.get("Commands", {})
        names = listed.get(self.element.get("GridCEType"), listed.get("Defaults", []))
        return [name.strip() for name in (names.split(",") if isinstance(names, str) else names)]

    def activate(self):
        """Take the environment of the first DIRAC of this version below the trees that are as on CVMFS."""
        machine = f"{platform.system()}-{platform.machine()}"
        for tree in self.trees:
            script = Path(tree) / "dirac" / (self.version or "pro") / machine / "diracosrc"
            if script.is_file():
                break
        else:
            raise PilotError(
                f"no dirac/{self.version}/{machine}/diracosrc below {' '.join(self.trees) or 'no tree at all'}"
            )
        for name, below in (("X509_CERT_DIR", "certificates"), ("X509_VOMS_DIR", "vomsdir"), ("X509_VOMSES", "vomses")):
            self.environment[name] = str(Path(tree) / "etc/grid-security" / below)
        printed = subprocess.run(
            ["bash", "-c", f"source {script} && env -0"],
            env=self.environment,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        self.environment.update(line.split("=", 1) for line in printed.split("\0") if "=" in line)
        say(f"DIRAC {self.version} activated from {script}")

    def run(self, *words):
        """Run a command of DIRAC, its output into the pilot's; answers the last line of it.

        Raises PilotError when it fails.
        """
        say(f"running {' '.join(words)}")
        done = subprocess.Popen(
            words, env=self.environment, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        last = ""
        for line in done.stdout:
            sys.stdout.write(line)
            last = line.strip() or last
        if done.wait():
            raise PilotError(f"{words[0]} exited with {done.returncode}: {last}")
        return last

    def configure(self, **values):
        """Add options (paths of the configuration, with : for /) to the local configuration, by dirac-configure."""
        options = given({f"/{path.replace(':', '/')}": value for path, value in values.items()})
        again = ["--cfg", CFG, "-F"] if Path(self.folder, CFG).exists() else []
        self.run("dirac-configure", "-DMH", *again, "-O", CFG, *options)
