"""A checkout with just the scripts of ci/, and a PATH that holds only what a test puts there."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Machine:
    """A machine to run the scripts on: its checkout, the commands on its PATH, and the calls those recorded."""

    checkout: Path
    bin: Path
    calls_file: Path
    env: dict[str, str] = field(default_factory=dict)

    def command(self, name: str, script: str = "") -> None:
        """Put a command on PATH that records its arguments, then runs ``script`` (of sh)."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.calls_file}"\n{script}\n')
        path.chmod(0o755)

    def file(self, name: str, text: str) -> Path:
        """Write a script into the checkout."""
        path = self.checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def has_python(self) -> None:
        """Put a real interpreter, this one, on PATH."""
        (self.bin / "python3").symlink_to(sys.executable)

    def has_venv(self, kind: str) -> None:
        """Put what a finished bootstrap leaves into the checkout."""
        self.file(".venv/bin/python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        self.file(".venv/bin/dirac-cert", "#!/bin/sh\n")
        told = self.run("bash", "-c", f'echo "{kind} $PWD $(cat requirements/{kind}.txt pyproject.toml | cksum)"')
        (self.checkout / ".venv/dirac-cert.stamp").write_text(told.stdout)

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the checkout, without a terminal."""
        return subprocess.run(
            argv,
            cwd=self.checkout,
            env={"PATH": str(self.bin), "HOME": str(self.checkout.parent), **self.env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        """What the recording commands were called with, in order."""
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
