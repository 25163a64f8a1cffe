"""What a git checkout holds, and copies to build in."""

from __future__ import annotations

from pathlib import Path

import pytest

from diraccert.distributions import checkout
from diraccert.model.errors import BadInput
from tests.unit.distributions import toys


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return toys.checkout(tmp_path / "toy")


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        checkout.check_tags(checkout.look(path))
    return str(caught.value)


def test_a_clean_checkout_is_its_commit(toy: Path) -> None:
    state = checkout.look(toy / "src")
    assert state.top == toy
    assert state.commit == toys.git(toy, "rev-parse", "HEAD").strip()
    assert state.changed == ()
    assert state.described.startswith("v8.0.86-0-g")
    assert checkout.look(toy) == state


def test_every_change_is_another_state(toy: Path) -> None:
    seen = {checkout.look(toy).digest}
    (toy / "src/DIRAC/new.py").write_text("1\n")
    assert checkout.look(toy).changed == ("src/DIRAC/new.py",)
    seen.add(checkout.look(toy).digest)
    (toy / "src/DIRAC/new.py").write_text("2\n")
    seen.add(checkout.look(toy).digest)
    (toy / "src/DIRAC/new.py").chmod(0o755)
    seen.add(checkout.look(toy).digest)
    (toy / "VERSION").unlink()
    toys.git(toy, "add", "src")
    assert checkout.look(toy).changed == ("VERSION", "src/DIRAC/new.py")
    seen.add(checkout.look(toy).digest)
    toys.git(toy, "mv", "src/DIRAC/__init__.py", "src/DIRAC/other.py")
    assert checkout.look(toy).changed[1:3] == ("src/DIRAC/__init__.py", "src/DIRAC/new.py")
    seen.add(checkout.look(toy).digest)
    toys.git(toy, "tag", "v8.0.87")
    toys.git(toy, "tag", "-d", "v8.0.86")
    seen.add(checkout.look(toy).digest)
    assert len(seen) == 7


def test_what_git_ignores_is_no_change(toy: Path) -> None:
    (toy / "build").mkdir()
    (toy / "build/old.py").write_text("1\n")
    assert checkout.look(toy).changed == ()


def test_looking_and_copying_leave_the_checkout_as_it_was(toy: Path, tmp_path: Path) -> None:
    (toy / "src/DIRAC/__init__.py").touch()

    def everything() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in toy.rglob("*") if path.is_file()}

    before = everything()
    checkout.copy(checkout.look(toy), tmp_path / "copy")
    assert everything() == before


def test_a_copy_has_commit_tags_and_changes_and_no_old_build(toy: Path, tmp_path: Path) -> None:
    (toy / "build").mkdir()
    (toy / "build/old.py").write_text("1\n")
    (toy / "VERSION").unlink()
    (toy / "src/DIRAC/new.py").write_text("1\n")
    (toy / "src/link").symlink_to("nowhere")
    copied = tmp_path / "copy"
    checkout.copy(checkout.look(toy), copied)
    assert checkout.look(copied).described == checkout.look(toy).described
    assert checkout.look(copied).changed == checkout.look(toy).changed == ("VERSION", "src/DIRAC/new.py", "src/link")
    assert not (copied / "build").exists()
    assert (copied / "src/link").readlink() == Path("nowhere")


def test_linked_and_shallow_checkouts_are_taken_too(toy: Path, tmp_path: Path) -> None:
    toys.git(toy, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    toys.git(tmp_path, "clone", "-q", "--depth=1", toy.as_uri(), str(tmp_path / "shallow"))
    for each in ("linked", "shallow"):
        state = checkout.look(tmp_path / each)
        checkout.copy(state, tmp_path / f"copy-{each}")
        assert (tmp_path / f"copy-{each}/VERSION").is_file()


def test_no_checkout_no_commit_no_package_no_tags(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        checkout.look(tmp_path / "none")
    with pytest.raises(BadInput, match="is no git checkout"):
        checkout.look(tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    toys.git(empty, "init", "-q")
    with pytest.raises(BadInput, match="has no commit"):
        checkout.look(empty)
    (empty / "README").write_text("x")
    toys.commit(empty)
    assert "is no Python package" in refused(empty)
    toys.checkout(tmp_path / "untagged", tag="")
    told = refused(tmp_path / "untagged")
    assert "has no version tags" in told
    assert "fetch --tags URL`" in told


def test_a_shallow_clone_without_tags_says_how_to_get_them(toy: Path, tmp_path: Path) -> None:
    (toy / "src/DIRAC/new.py").write_text("1\n")
    toys.commit(toy)
    toys.git(tmp_path, "clone", "-q", "--depth=1", toy.as_uri(), str(tmp_path / "shallow"))
    assert "fetch --tags --unshallow URL`" in refused(tmp_path / "shallow")


def test_a_version_that_is_written_down_needs_no_tags(tmp_path: Path) -> None:
    toy = toys.checkout(tmp_path / "toy", tag="")
    (toy / "pyproject.toml").write_text('[project]\nversion = "1.0"\n')
    checkout.check_tags(checkout.look(toy))


def test_a_package_in_a_folder_of_a_repository_is_that_folder(toy: Path) -> None:
    (toy / "parts/one").mkdir(parents=True)
    (toy / "parts/one/pyproject.toml").write_text("[project]\nname = 'one'\nversion = '1'\n")
    toys.commit(toy)
    part = checkout.look(toy / "parts/one")
    assert (part.top, part.within, part.package) == (toy, "parts/one", toy / "parts/one")
    assert part.digest != checkout.look(toy).digest
    (toy / "src/DIRAC/new.py").write_text("1\n")
    assert checkout.look(toy / "parts/one") == part, "what is beside it is no part of it"
    (toy / "parts/one/new.py").write_text("1\n")
    assert checkout.look(toy / "parts/one").changed == ("parts/one/new.py",)
    assert checkout.look(toy / "src").within == "", "a folder that is no package stands for the whole"
