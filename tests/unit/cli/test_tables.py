"""Names in a table come whole into a pipe, where there is no terminal that says how wide it is."""

from __future__ import annotations

import pytest

from diraccert.cli import tables

TAG = "a-registry-of-somebody/dirac-cert/server:" + "4" * 64


def test_a_pipe_gets_whole_names(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    table = tables.table("image", "needed by")
    table.add_row(TAG, "8.0.86, 8.0.38")
    tables.printer().print(table)
    assert f"{TAG}  8.0.86, 8.0.38" in capsys.readouterr().out
