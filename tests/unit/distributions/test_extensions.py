"""Which DIRAC an extension takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from diraccert.distributions import extensions, manifest
from diraccert.distributions.compiler import Compiled, Inputs
from diraccert.distributions.extensions import Asked, UvIndex
from diraccert.model.errors import BadInput

RELEASES = {
    "DIRAC": ["7.3.38", "8.0.83", "8.0.86", "8.1.0a2", "9.1.20", "9.1.22"],
    "WebAppDIRAC": ["4.3.1", "5.0.4", "5.0.15"],
}


class Known:
    """An index of some releases; ``asks`` is what each extension's newest asks for."""

    def __init__(self, *requires: str, extras: tuple[str, ...] = ("server",)) -> None:
        self.asked = Asked(requires, extras)

    def asked_by(self, requirement: str) -> Asked:
        return self.asked

    def newest(self, requirement: str, *, lowest: bool = False, prereleases: bool = False) -> Version:
        wanted = Requirement(requirement)
        fit = [
            Version(text) for text in RELEASES[wanted.name] if wanted.specifier.contains(text, prereleases=prereleases)
        ]
        if not fit:
            raise BadInput(f"there is no {requirement}")
        return (min if lowest else max)(fit)


@pytest.mark.parametrize(
    ("requires", "taken"),
    [
        (["DIRAC==9.1.20", "astropy"], ["DIRAC==9.1.20"]),
        (["DIRAC<9.0,>=8.0.83", 'DIRAC[server]; extra == "server"'], ["DIRAC==8.0.86"]),
        (["DIRAC", 'DIRAC[server]~=8.0.0; extra == "server"'], ["DIRAC==8.0.86"]),
        (["DIRAC~=7.3"], ["DIRAC==7.3.38"]),
        (
            ["DIRAC~=8.0.0", 'WebAppDIRAC~=5.0.4; extra == "server"'],
            ["DIRAC==8.0.86", "WebAppDIRAC==5.0.15"],
        ),
        (["DIRAC~=8.0.0", 'DIRAC==7.3.38; extra == "testing"'], ["DIRAC==8.0.86"]),
        (["DIRAC~=8.0.0", 'DIRAC==7.3.38; sys_platform == "win32"'], ["DIRAC==8.0.86"]),
    ],
)
def test_the_newest_that_its_metadata_allow(requires: list[str], taken: list[str]) -> None:
    assert extensions.completed(["ToyDIRAC==1.0"], Known(*requires)) == (*taken, "ToyDIRAC[server]==1.0")


def test_an_extension_without_a_server_part_is_taken_as_it_is() -> None:
    assert extensions.completed(["ToyDIRAC==1.0"], Known("DIRAC~=8.0.0", extras=()))[-1] == "ToyDIRAC==1.0"


def test_a_portal_that_is_named_stays() -> None:
    found = extensions.completed(["ToyDIRAC==1.0", "WebAppDIRAC==5.0.4"], Known("DIRAC~=8.0.0", "WebAppDIRAC~=5.0"))
    assert found[0] == "DIRAC==8.0.86"
    assert "WebAppDIRAC==5.0.15" not in found


def test_several_lines_are_for_a_person_to_choose_from() -> None:
    with pytest.raises(BadInput, match=r"8\.0\.83 to 9.1.22, which are several lines") as caught:
        extensions.completed(["ToyDIRAC==1.0"], Known("DIRAC>=8"))
    assert caught.value.way_out == "say which: ToyDIRAC[server]==1.0,DIRAC==9.1.22"


def test_no_release_is_bad_input() -> None:
    with pytest.raises(BadInput, match=r"ToyDIRAC 1.0 asks for DIRAC.*, and the index has none"):
        extensions.completed(["ToyDIRAC==1.0"], Known("DIRAC~=8.0.0", 'DIRAC[server]==9.1.20; extra == "server"'))


def test_what_asks_for_no_dirac_is_bad_input() -> None:
    with pytest.raises(BadInput, match="asks for no DIRAC"):
        extensions.completed(["requests==2.0"], Known("idna", extras=()))


def test_the_manifest_is_that_of_the_line(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "UvIndex", lambda: Known("DIRAC<9.0,>=8.0.83"))
    read = manifest.read("ToyDIRAC==1.0", [room])
    assert (read.line, read.dirac_version) == ("8.0", "8.0.86")
    assert read.packages == ("DIRAC==8.0.86", "ToyDIRAC[server]==1.0")
    assert [each.name for each in read.patches] == ["tornado-hooks"]


def test_a_line_without_a_manifest_is_bad_input(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "UvIndex", lambda: Known("DIRAC==9.1.20"))
    with pytest.raises(BadInput, match=r"no manifest for DIRAC 9.1.20 or its line 9.1"):
        manifest.read("ToyDIRAC==1.0", [room])


def test_the_index_is_asked_by_the_resolver() -> None:
    class Resolver:
        def compile(self, inputs: Inputs) -> Compiled:
            assert inputs.requirements == ("DIRAC<9",)
            assert inputs.lowest
            return Compiled(0, "dirac==8.0.83\n", "")

    assert UvIndex(Resolver()).newest("DIRAC<9", lowest=True) == Version("8.0.83")
