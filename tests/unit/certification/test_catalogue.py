"""What ends a collection before its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.certification import catalogue
from diraccert.model.errors import CertError


def room(folder: Path, text: str) -> Path:
    (folder / "scenarios").mkdir()
    (folder / "scenarios/mine_01.py").write_text(text)
    return folder


def test_an_interrupt_is_no_mistake_of_a_scenario(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        catalogue.read([room(tmp_path, "raise KeyboardInterrupt\n")])


def test_a_mistake_of_a_scenario_is_said(tmp_path: Path) -> None:
    with pytest.raises(CertError, match="oops"):
        catalogue.read([room(tmp_path, "raise ValueError('oops')\n")])


@pytest.mark.parametrize("text", ["raise ValueError('oops')\n", "import nobody_has_this\n", "x = (\n"])
def test_the_file_of_a_mistake_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(CertError, match=r"cannot be collected: .*mine_01\.py"):
        catalogue.read([room(tmp_path, text)])
