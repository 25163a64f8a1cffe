"""Files that were made to break a reader: manifests and wheels, each refused in one line and in little time."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from diraccert.distributions import wheel
from diraccert.distributions.checkout import look
from diraccert.distributions.manifest import read
from diraccert.model.errors import BadInput
from tests.unit.distributions import toys

BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
DIRAC = "packages: [DIRAC==8.0.1]\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\0", "not YAML"),
        (BOMB, "more than 100000 values"),
        ("packages: " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("name: " + "x" * 2_000_000, "is larger than 1000 kB"),
        (DIRAC + f"inherits: {'n' * 5000}\n", "inherits the unknown manifest"),
        (DIRAC + 'inherits: "a\\0b"\n', "inherits holds a control character"),
        (DIRAC + 'name: "\\e[31m"\n', "line 2: name holds a control character"),
        (DIRAC + "python: banana\n", "python must be a release of Python such as 3.11, not 'banana'"),
        (DIRAC + 'python: "2.7"\n', "not '2.7'"),
        ("packages: [\"DIRAC==8.0.1; python_version < '3'\"]\n", "holds only at times"),
        ("? [a, b]\n: c\n", "line 1: a list or a mapping is no key"),
    ],
)
def test_a_manifest_that_breaks_a_reader(room: Path, text: str, says: str) -> None:
    (room / "mine.yml").write_text(text)
    with pytest.raises(BadInput) as caught:
        read(str(room / "mine.yml"), [room])
    assert says in str(caught.value)


def test_a_manifest_that_is_a_pipe(room: Path) -> None:
    os.mkfifo(room / "mine.yml")
    with pytest.raises(BadInput, match="is no file"):
        read(str(room / "mine.yml"), [room])


@pytest.mark.parametrize("digits", [20, 5000])
def test_a_version_of_numbers_that_nothing_takes(room: Path, digits: int) -> None:
    with pytest.raises(BadInput, match="is no version"):
        read("8.0." + "9" * digits, [room])


def changed(path: Path, **files: bytes) -> Path:
    """The wheel with files of its metadata replaced, by their names before the dot."""
    with zipfile.ZipFile(path) as archive:
        whole = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in whole.items():
            archive.writestr(name, files.get(name.rpartition("/")[2], data))
    return path


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (b"DIRAC/missing.py,sha256=x,1\n", "DIRAC/missing.py, which cannot be a file of it"),
        (b'"' + b"x" * 200_000, "field larger than field limit"),
        (b"\xff\xfe,sha256=x,1\n", "codec can't decode"),
        (b"\n" * 11_000_000, "RECORD has more than 10 MB"),
    ],
)
def test_a_wheel_whose_record_lies(tmp_path: Path, record: bytes, says: str) -> None:
    path = changed(toys.wheel(tmp_path), RECORD=record)
    with pytest.raises(BadInput, match=r"is no whole wheel: .*" + says):
        wheel.read(path)


@pytest.mark.parametrize("name", ["../../evil.py", "/evil.py"])
def test_a_wheel_with_files_outside_itself(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="which cannot be a file of it"):
        wheel.read(toys.wheel(tmp_path, files={**toys.FILES, name: ""}))


def test_a_wheel_that_unpacks_to_gigabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel, "LARGEST", 100_000)
    path = changed(toys.wheel(tmp_path), **{"__init__.py": b"\0" * 200_000})
    assert path.stat().st_size < 10_000
    with pytest.raises(BadInput, match="unpacked it has more than"):
        wheel.read(path)


def test_a_wheel_whose_code_was_damaged(tmp_path: Path) -> None:
    path = toys.wheel(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"__tablename__", b"__tablenaming"))
    with pytest.raises(BadInput, match=r"is no whole wheel: .*CRC"):
        wheel.shape(wheel.read(path))


def test_a_wheel_under_the_name_of_another(tmp_path: Path) -> None:
    path = toys.wheel(tmp_path, version="8.0.85")
    renamed = path.rename(tmp_path / "dirac-8.0.86-py3-none-any.whl")
    with pytest.raises(BadInput, match=r"inside it is DIRAC 8\.0\.85"):
        wheel.read(renamed)


def test_a_wheel_that_is_a_pipe_or_a_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a-1-py3-none-any.whl")
    (tmp_path / "b-1-py3-none-any.whl").mkdir()
    for name in "ab":
        with pytest.raises(BadInput, match="is no file"):
            wheel.read(tmp_path / f"{name}-1-py3-none-any.whl")


def test_a_source_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="is a file, and no wheel"):
        look(tmp_path / "file")


def test_a_checkout_whose_folder_ends_with_a_space(tmp_path: Path) -> None:
    assert look(toys.checkout(tmp_path / "mine ")).top == (tmp_path / "mine ").resolve()


def test_a_checkout_whose_path_is_no_text(tmp_path: Path) -> None:
    folder = toys.checkout(tmp_path / "mine").rename(tmp_path / os.fsdecode(b"n\xff"))
    with pytest.raises(BadInput, match="is no UTF-8"):
        look(folder)
