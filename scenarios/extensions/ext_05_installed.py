"""EXT-05: extensions are installed as their metadata say, and DIRAC looks for modules in them in their order.

That their services answer, their agents get through a cycle, their databases have tables and their commands print their
usage is asked by UPG-01 and CLI-02, which read from the installed packages what there is.
"""

import json

from diraccert.certification.scenario import scenario

#: What is DIRAC or an extension of it: package, version, priority, and what it asks for that is not there.
INSTALLED = """
import json
from importlib.metadata import distributions, version, PackageNotFoundError
from packaging.requirements import Requirement

def lacks(asked):
    if asked.marker and not asked.marker.evaluate({"extra": ""}):
        return ""
    try:
        there = version(asked.name)
    except PackageNotFoundError:
        return f"{asked}: none"
    return "" if asked.specifier.contains(there, prereleases=True) else f"{asked}: {there}"

result = {
    entry.module.split(".")[0]: {
        "package": each.metadata["Name"],
        "version": each.version,
        "priority": entry.load()()["priority"],
        "lacks": sorted(filter(None, map(lacks, map(Requirement, each.requires or ())))),
    }
    for each in distributions()
    for entry in each.entry_points
    if entry.group == "dirac"
}
"""
ORDER = "from DIRAC.Core.Utilities.Extensions import extensionsByPriority\nresult = extensionsByPriority()"
#: The modules of each package, but for tests. None of them is imported: examples and scripts do their work then.
MODULES = """
import importlib
from pathlib import Path
result = {}
for root in roots:
    top = Path(next(iter(importlib.import_module(root).__path__)))
    for path in top.rglob("*.py"):
        parts = path.relative_to(top).with_suffix("").parts
        tested = any(part.lower() in ("test", "tests") or part.startswith("test_") for part in parts)
        meant = parts[0].endswith("System") or parts[0] in ("Interfaces", "Resources")
        if meant and not tested and "scripts" not in parts and parts[-1] != "__init__":
            result.setdefault(".".join(parts), []).append(root)
"""
#: The parts of a system whose modules DIRAC imports by their names.
PARTS = ("Service", "Agent", "Executor", "DB", "Client")
#: What DIRAC's loader finds under each name, as services and agents ask it: the module, or why there is none.
LOADED = """
from DIRAC.Core.Utilities.ObjectLoader import ObjectLoader
loader, result = ObjectLoader(), {}
for name in names:
    try:
        found = loader.loadModule(name, hideExceptions=True)
    except BaseException as error:
        result[name] = f"{type(error).__name__}: {error}"
    else:
        result[name] = found["Value"].__name__ if found["OK"] else found["Message"]
"""
#: The same for modules under their own names.
IMPORTED = """
import importlib
result = {}
for name in names:
    try:
        importlib.import_module(name)
    except BaseException as error:
        result[name] = f"{type(error).__name__}: {error}"
"""


@scenario(
    "EXT-05a",
    title="every host has the same extensions, each with what it asks for, and DIRAC sorts them by their priorities",
    owner="extensions",
    needs=("extension",),
    about=4,
)
def test_installed(alice, server, client, worker, step):
    python = ["/opt/dirac/venv/bin/python", "-c", f"{INSTALLED}\nprint(json.dumps(result))"]
    hosts = {"server": server, "client": client, "worker": worker}
    installed = {name: json.loads(host.must(python).splitlines()[-1]) for name, host in hosts.items()}
    there = installed["server"]
    with step(", ".join(f"{told['package']} {told['version']}" for told in there.values())):
        assert {name: found for name, found in installed.items() if found != there} == {}
        assert len(there) > 1, "there is an extension"
    with step("what extensions ask for is there"):
        assert {name: told["lacks"] for name, told in there.items() if told["lacks"] and name != "DIRAC"} == {}
    with step("no two have the same priority, and of those with modules DIRAC's is the lowest"):
        priorities = [told["priority"] for told in there.values()]
        assert len(set(priorities)) == len(priorities)
        assert alice.python(ORDER) == sorted(there, key=lambda name: -there[name]["priority"])
        # what a package with pictures alone has for a priority is nobody's business
        with_modules = {root for roots in alice.python(MODULES, roots=sorted(there)).values() for root in roots}
        assert min(with_modules, key=lambda name: there[name]["priority"]) == "DIRAC"


@scenario(
    "EXT-05b",
    title="every module that an extension overrides is the one that DIRAC loads",
    owner="extensions",
    needs=("extension",),
    limit=120,
    about=6,
)
def test_overrides(dave, step):
    order = dave.python(ORDER)
    where = dave.python(MODULES, roots=order)
    overridden = {name: roots[0] for name, roots in where.items() if len(roots) > 1}
    with step(f"{len(overridden)} modules: {', '.join(sorted(overridden))}"[:2000]):
        loaded = dave.python(LOADED, names=sorted(overridden), limit=90)
        expected = {name: f"{root}.{name}" for name, root in overridden.items()}
        assert {name: found for name, found in loaded.items() if found != expected[name]} == {}


@scenario(
    "EXT-05c",
    title="every service, agent, executor, database and client of an extension can be imported",
    owner="extensions",
    needs=("extension",),
    limit=120,
    about=6,
)
def test_imports(dave, step):
    extensions = dave.python(ORDER)[:-1]
    where = dave.python(MODULES, roots=extensions)
    named = {name: name.split(".") for name in where}
    parts = [name for name, words in named.items() if len(words) == 3 and words[1] in PARTS]
    names = sorted(f"{root}.{name}" for name in parts for root in where[name])
    with step(f"{len(names)} modules of {', '.join(extensions)}"):
        assert dave.python(IMPORTED, names=names, limit=100) == {}
