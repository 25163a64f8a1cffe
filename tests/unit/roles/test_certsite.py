"""What roles/site makes of a release: with setups and without, its configuration server over DISET or HTTPS."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILES = Path(__file__).resolve().parents[3] / "roles/site/files"
OLD_FINDER = "def getSystemInstance(system, setup=False):\n    ...\n"
NEW_FINDER = "def getComponentSection(system, component=False):\n    ...\n"
SERVER = (
    "Services\n{\n  Server\n  {\n    HandlerPath = DIRAC/ConfigurationSystem/Service/%s.py\n    Port = 9135\n  }\n}\n"
)
TOY = """
Services
{
  Toy
  {
    Port = 9999
  }
}
Agents
{
  ToyAgent
  {
    PollingTime = 60
    Setup = DIRAC-Upstream
  }
}
"""
SITE: dict[str, Any] = {
    "setup": "Cert",
    "instance": "Production",
    "cs_name": "Cert",
    "https": True,
    "diracx": {},
    "hosts": {"server": "server", "mysql": "mysql", "client": "client", "worker": "worker"},
    "vos": {"dteam": {"admin": "dave"}, "gridpp": {"admin": "erin"}},
    "users": {},
    "groups": {},
    "default_groups": ["dteam_user"],
    "subject_base": "/O=Toy",
    "ca_subject": "/O=Toy/CN=CA",
    "host_properties": ["TrustedHost"],
    "site_name": "DIRAC.Cert.org",
    "spare_site_name": "DIRAC.Spare.org",
    "storage_elements": [],
    "storage_services": {},
    "computing_elements": {},
    "database_account": {"User": "Dirac"},
    "opensearch": {},
    "services_left_out": {},
    "agents_left_out": {},
    "databases_left_out": [],
    "component_options": {"Toy/Services/Toy": {"Colour": "red"}},
    "operations": {},
    "pilot": {"GenericPilotGroup": "dteam_pilot"},
}


@pytest.fixture
def certsite(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The package as the server runs it."""
    monkeypatch.syspath_prepend(str(FILES))
    import certsite.configuration  # type: ignore[import-not-found]

    yield certsite
    for name in [name for name in sys.modules if name.split(".")[0] == "certsite"]:
        del sys.modules[name]


@pytest.fixture
def made(certsite: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Any, Any]]:
    """``made(finder, handler)``: layout and central configuration of a release with these."""

    def make(finder: str, handler: str, **site: object) -> tuple[Any, Any]:
        package = tmp_path / "DIRAC"
        for path, text in {
            "ConfigurationSystem/Client/PathFinder.py": finder,
            "ConfigurationSystem/ConfigTemplate.cfg": SERVER % handler,
            "ToySystem/ConfigTemplate.cfg": TOY,
            "ToySystem/Service/ToyHandler.py": "",
            "ToySystem/Agent/ToyAgent.py": "",
            "ToySystem/DB/ToyDB.sql": "CREATE TABLE Toys (ToyID INT);\n",
        }.items():
            (package / path).parent.mkdir(parents=True, exist_ok=True)
            (package / path).write_text(text)
        monkeypatch.setattr(certsite.release, "packages", lambda: [package])
        monkeypatch.setattr(certsite.release, "version", lambda: "99.0.0")
        layout = certsite.layout.Layout({"root": str(tmp_path), **SITE, **site})
        return layout, certsite.configuration

    return make


def test_a_release_that_looks_for_instances_has_setups(made: Callable[..., tuple[Any, Any]]) -> None:
    layout, configuration = made(OLD_FINDER, "ConfigurationHandler")
    cfg = configuration.central(layout).cfg
    assert layout.setup == "Cert"
    assert cfg["DIRAC"]["Setups"]["Cert"].getOption("Toy") == "Production"
    assert cfg["Systems"]["Toy"]["Production"]["Services"]["Toy"].getOption("Colour") == "red"
    assert cfg["Systems"]["Toy"]["Production"]["Agents"]["ToyAgent"].getOption("Setup") == "Cert"
    assert cfg["Operations"].listSections() == ["Defaults", "Cert"]
    assert "DiracX" not in cfg.listSections()
    assert layout.cs_url == "dips://server:9135/Configuration/Server"


def test_a_release_that_knows_no_instances_has_neither_setups_nor_their_level(
    made: Callable[..., tuple[Any, Any]],
) -> None:
    layout, configuration = made(NEW_FINDER, "TornadoConfigurationHandler")
    cfg = configuration.central(layout).cfg
    assert layout.setup == ""
    assert "Setups" not in cfg["DIRAC"].listSections()
    toy = cfg["Systems"]["Toy"]
    assert toy["Services"]["Toy"].getOption("Colour") == "red"
    assert toy["Databases"]["ToyDB"].getOption("DBName") == "ToyDB"
    assert toy["URLs"].getOption("Toy") == "dips://server:9999/Toy/Toy"
    assert cfg["Operations"].listSections() == ["Defaults"]
    assert cfg["DiracX"].getOption("DisabledVOs") == "dteam, gridpp"
    local = configuration.local(layout, "client", server=False).cfg
    assert not {"Setup", "Setups"} & {*local["DIRAC"].listOptions(), *local["DIRAC"].listSections()}


def test_the_configuration_server_speaks_what_the_template_of_the_release_says(
    made: Callable[..., tuple[Any, Any]],
) -> None:
    layout, configuration = made(NEW_FINDER, "TornadoConfigurationHandler")
    server = configuration.master(layout).cfg["Systems"]["Configuration"]["Services"]["Server"]
    assert layout.cs_url == "https://server:9135/Configuration/Server"
    assert server.getOption("HandlerPath").endswith("/TornadoConfigurationHandler.py")
    assert configuration.central(layout).cfg["DIRAC"]["Configuration"].getOption("MasterServer") == layout.cs_url


def test_no_https_is_no_https_for_the_configuration_server_either(made: Callable[..., tuple[Any, Any]]) -> None:
    layout, _ = made(NEW_FINDER, "TornadoConfigurationHandler", https=False)
    assert layout.cs_url.startswith("dips://")


def test_a_database_whose_class_makes_its_tables_is_made_empty(
    made: Callable[..., tuple[Any, Any]], certsite: ModuleType, tmp_path: Path
) -> None:
    folder = tmp_path / "DIRAC/ToySystem/DB"
    folder.mkdir(parents=True)
    (folder / "MadeDB.py").write_text("from DIRAC.Core.Base.DB import DB\n\n\nclass MadeDB(DB):\n    ...\n")
    (folder / "ElasticToyDB.py").write_text("from DIRAC.Core.Base.ElasticDB import ElasticDB\n")
    layout, configuration = made(OLD_FINDER, "ConfigurationHandler")
    databases = importlib.import_module("certsite.databases")
    assert databases.expected(layout.site) == {"MadeDB": [], "ToyDB": ["Toys"]}
    assert "CREATE DATABASE IF NOT EXISTS `MadeDB`" in databases.script(layout.site)
    assert configuration.central(layout).cfg["Systems"]["Toy"]["Production"]["Databases"].listSections() == [
        "ToyDB",
        "MadeDB",
    ]
