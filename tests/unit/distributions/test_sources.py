"""Packages from source: built once, whole or not there at all, and what a distribution of them is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from diraccert.distributions import sourced, sources
from diraccert.distributions.builder import Built
from diraccert.model.errors import BadInput, InfrastructureError
from tests.unit.distributions import toys
from tests.unit.distributions.toys import ToyBuilder


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return toys.checkout(tmp_path / "toy")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def kept(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.is_dir())


def test_a_state_of_a_checkout_is_built_once(toy: Path, cache: Path) -> None:
    builder = ToyBuilder()
    (first,) = sources.take([toy], cache, builder)
    assert (first.source.name, first.source.version, first.source.changed) == ("DIRAC", "8.0.87.dev3", ())
    assert first.source.label == f"DIRAC@{first.source.commit[:10]}"
    assert sources.take([toy / "src"], cache, builder) == (first,)
    assert len(builder.folders) == 1
    (toy / "src/DIRAC/__init__.py").write_text("version = 2\n")
    (second,) = sources.take([toy], cache, builder)
    assert len(builder.folders) == 2
    assert second.source.label == f"{first.source.label}-dirty"
    assert str(second.source).endswith(", with uncommitted changes in src/DIRAC/__init__.py")
    assert second.source.sha256 != first.source.sha256
    assert second.source.shape == first.source.shape
    toys.git(toy, "checkout", "-q", ".")
    assert sources.take([toy], cache, builder) == (first,)
    assert not any(folder.exists() for folder in builder.folders)
    assert not (toy / "build").exists()


def test_a_package_in_a_folder_is_built_there(toy: Path, cache: Path) -> None:
    part = toys.checkout(toy / "parts/one", version="2.0.0", tag="")
    shutil.rmtree(part / ".git")
    toys.commit(toy)
    builder = ToyBuilder()
    (taken,) = sources.take([part], cache, builder)
    assert taken.source.version == "2.0.0"
    assert [folder.parts[-2:] for folder in builder.folders] == [("parts", "one")]
    (whole,) = sources.take([toy], cache, builder)
    assert whole.source.version == "8.0.87.dev3"
    (part / "broken").write_text("")
    with pytest.raises(BadInput) as caught:
        sources.take([part], cache, builder)
    assert f"`uv build --wheel {part}`" in str(caught.value)


def test_what_does_not_build_says_why_and_leaves_nothing(toy: Path, cache: Path) -> None:
    (toy / "broken").write_text("")
    with pytest.raises(BadInput) as caught:
        sources.take([toy], cache, ToyBuilder())
    assert f"does not build: ValueError: {toy}/broken is there" in str(caught.value)
    assert f"`uv build --wheel {toy}`" in str(caught.value)
    assert kept(cache) == []


AROUND = """error: Failed to build `/src/toy`
  cause: The build backend returned an error
  cause: Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)

hint: Build failures usually indicate a problem with the package or the build environment
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Building wheel...\nno compiler here\n" + AROUND, "no compiler here"),
        ("Building wheel...\n" + AROUND, "Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)"),
        ("", "the builder said nothing"),
    ],
)
def test_the_packages_own_words_say_why_it_does_not_build(toy: Path, cache: Path, words: str, said: str) -> None:
    class Failing:
        def build(self, folder: Path, out: Path) -> Built:
            return Built(2, words)

    with pytest.raises(BadInput) as caught:
        sources.take([toy], cache, Failing())
    assert caught.value.message == f"{toy} does not build: {said}"


def test_a_dead_index_is_our_error(toy: Path, cache: Path) -> None:
    class Dead:
        def build(self, folder: Path, out: Path) -> Built:
            return Built(2, "error: Failed to fetch: `http://h/simple/setuptools/`\n")

    with pytest.raises(InfrastructureError, match="the package index does not answer"):
        sources.take([toy], cache, Dead())
    assert kept(cache) == []


def test_a_builder_that_makes_no_wheel(toy: Path, cache: Path) -> None:
    class Idle:
        def build(self, folder: Path, out: Path) -> Built:
            return Built(0, "")

    with pytest.raises(BadInput, match="builds 0 wheels"):
        sources.take([toy], cache, Idle())


def test_the_newest_stay_and_a_killed_build_goes(toy: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "KEPT", 2)
    (cache / ".building-killed").mkdir(parents=True)
    for number in range(4):
        (toy / "src/DIRAC/__init__.py").write_text(f"version = {number}\n")
        sources.take([toy], cache, ToyBuilder())
    assert len(kept(cache)) == 2


def test_the_pilot_is_a_history_of_what_stands_there(tmp_path: Path, cache: Path) -> None:
    pilot = tmp_path / "Pilot"
    (pilot / "Pilot").mkdir(parents=True)
    (pilot / "Pilot/dirac-pilot.py").write_text("1\n")
    toys.git(pilot, "init", "-q", "-b", "devel")
    commit = toys.commit(pilot)
    (pilot / "Pilot/dirac-pilot.py").write_text("2\n")
    (taken,) = sources.take([pilot], cache, ToyBuilder())
    assert (taken.source.name, taken.source.commit, taken.wheel, taken.source.shape) == ("Pilot", commit, None, "")
    toys.git(tmp_path, "clone", "-q", "-b", "master", str(taken.path), str(tmp_path / "cloned"))
    assert (tmp_path / "cloned/Pilot/dirac-pilot.py").read_text() == "2\n"
    assert toys.git(tmp_path / "cloned", "rev-parse", "HEAD^").strip() == commit


def test_the_same_package_twice_is_refused(toy: Path, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(BadInput, match="gives DIRAC twice"):
        sources.take([toy, toys.wheel(tmp_path / "w")], cache, ToyBuilder())


def test_a_distribution_is_named_after_its_commits(toy: Path, room: Path, cache: Path) -> None:
    found = sourced.read("", [toy], [room], cache, ToyBuilder())
    manifest = found.manifest
    assert manifest.packages == ("DIRAC==8.0.87.dev3",)
    assert manifest.line == "8.0"
    assert manifest.name == manifest.sources[0].label
    assert manifest.dirac_version == "8.0.87.dev3"
    assert [each.name for each in found.files] == ["dirac-8.0.87.dev3-py3-none-any.whl"]


def test_it_takes_the_manifest_of_the_release_that_it_leads_to(toy: Path, room: Path, write, cache: Path) -> None:
    write("8.0.87", "packages: [DIRAC==8.0.87, WebAppDIRAC==5.0.15]\npins: [{what: numpy<2, reason: old}]\n")
    manifest = sourced.read("", [toy], [room], cache, ToyBuilder()).manifest
    assert manifest.packages == ("DIRAC==8.0.87.dev3", "WebAppDIRAC==5.0.15")
    assert [pin.what for pin in manifest.pins] == ["numpy<2"]


def test_it_takes_the_manifest_that_is_named(toy: Path, room: Path, write, cache: Path) -> None:
    path = write("8.0-old", "inherits: '8.0'\npins: [{what: numpy<2, reason: old}]\n")
    manifest = sourced.read(str(path), [toy], [room], cache, ToyBuilder()).manifest
    assert manifest.packages == ("DIRAC==8.0.87.dev3",)
    assert [pin.what for pin in manifest.pins] == ["numpy<2"]


def test_another_package_joins_the_release_that_is_named(tmp_path: Path, room: Path, cache: Path) -> None:
    path = toys.wheel(tmp_path / "w", name="ToyDIRAC", version="1.0", told="Requires-Dist: DIRAC>=8\n")
    manifest = sourced.read("8.0.86", [path], [room], cache).manifest
    assert manifest.packages == ("DIRAC==8.0.86", "ToyDIRAC==1.0")
    assert manifest.name == f"8.0.86+ToyDIRAC@{manifest.sources[0].sha256[:10]}"


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"told": "Requires-Python: >=3.12\nProvides-Extra: server\n"}, "needs Python >=3.12, the images have 3.11"),
        ({"told": "Requires-Python: >=x\nProvides-Extra: server\n"}, "asks for a Python '>=x'"),
        ({"tag": "cp311-cp311-macosx_11_0_arm64"}, "is made for cp311-cp311-macosx_11_0_arm64, not for Linux"),
        ({"tag": "cp312-cp312-manylinux_2_28_x86_64"}, "not for Linux on x86_64 with Python 3.11"),
        ({"told": ""}, "DIRAC 8.0.87.dev3 has no extra 'server'"),
        ({"version": "0.1.dev1"}, "which is no version of DIRAC (its repository lacks the tags of releases"),
        ({"version": "9.9.1"}, "there is no manifest for DIRAC 9.9.1 or its line 9.9"),
        ({"name": "ToyDIRAC"}, "there is no DIRAC in the sources (ToyDIRAC), and no distribution is named"),
    ],
)
def test_what_cannot_be_certified(tmp_path: Path, room: Path, cache: Path, made, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        sourced.read("", [toys.wheel(tmp_path / "w", **made)], [room], cache)
    assert says in str(caught.value)


def test_a_wheel_for_this_python_on_linux_is_taken(tmp_path: Path, room: Path, cache: Path) -> None:
    for tag in ("cp311-cp311-manylinux_2_28_x86_64", "cp39-abi3-linux_x86_64", "py311-none-any"):
        assert sourced.read("", [toys.wheel(tmp_path / tag, tag=tag)], [room], cache).wheels


def test_every_file_counts_of_a_package_that_is_patched(tmp_path: Path, room: Path, write, cache: Path) -> None:
    folder = room / "roles/dirac/files/patches/mend"
    folder.mkdir()
    (folder / "patch.yml").write_text("name: mend\ntarget: dirac\n")
    path = write("mended", "packages: [DIRAC==8.0.86]\npatches: [{name: mend, reason: it is broken}]\n")
    shapes = set()
    for text in ("1", "2"):
        made = toys.wheel(tmp_path / text, files={**toys.FILES, "DIRAC/__init__.py": text})
        shapes.add(sourced.read(str(path), [made], [room], cache).manifest.sources[0].shape)
    assert len(shapes) == 2
