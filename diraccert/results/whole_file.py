"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from diraccert.model.errors import InfrastructureError


def write_whole(path: Path, content: str, *, durable: bool = True) -> None:
    """Write ``content`` as UTF-8 beside ``path`` and put it in its place once it is whole.

    Makes the folder. ``durable`` waits until it is on the disk; what can be made again need not. Raises
    InfrastructureError (a full disk, no right to write); what was at ``path`` stays then.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content.encode())
                if durable:
                    file.flush()
                    os.fsync(descriptor)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        if durable:
            _sync_folder(path.parent)
    except OSError as error:
        why = error.strerror or str(error)
        raise InfrastructureError(
            f"{path} cannot be written: {why}", "make room there, or name another folder with --report-dir"
        ) from error


def _sync_folder(folder: Path) -> None:
    """The new name is safe only when its folder is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
