"""UPG-01: after a clean installation every service is up and is the one it says it is, and every database is whole.

What the release has is read from the release (roles/site writes it to system.json), not from a list of ours.
"""

from diraccert.certification.scenario import scenario

#: One whose calls go to DiracX is asked at its address: DIRAC's client for any service does not find it (DX-04a).
PING = """
from DIRAC.ConfigurationSystem.Client import PathFinder
from DIRAC.Core.Base.Client import Client
by_diracx = getattr(PathFinder, "useLegacyAdapter", lambda service: False)
addresses = {service: PathFinder.getServiceURL(service) if by_diracx(service) else service for service in services}
result = {service: Client(url=address, timeout=20).ping() for service, address in addresses.items()}
for answer in result.values():
    answer.pop("rpcStub", None)
"""
#: The tables that SQLAlchemy or DIRAC's own DB class makes when a service starts: no .sql file names them.
MAPPED_TABLES = """
import importlib, pkgutil
from importlib.metadata import entry_points
from sqlalchemy import MetaData
result = {}
roots = {"DIRAC"} | {entry.module.split(".")[0] for entry in entry_points(group="dirac")}
systems = [(root, each.name) for root in roots for each in pkgutil.iter_modules(importlib.import_module(root).__path__)]
for root, system in systems:
    if not system.endswith("System"):
        continue
    try:
        folder = importlib.import_module(f"{root}.{system}.DB")
    except ImportError:
        continue
    for module in pkgutil.iter_modules(folder.__path__):
        if module.name in names:
            here = vars(importlib.import_module(f"{folder.__name__}.{module.name}")).values()
            found = [each if isinstance(each, MetaData) else getattr(each, "metadata", None) for each in here]
            found = [each for each in found if isinstance(each, MetaData)]
            tables = {table for each in found for table in each.tables}
            result[module.name] = sorted(tables.union(result.get(module.name, ())))
"""
#: What the first request makes the service of pilot logs do, when no option of it is configured.
PILOT_LOGGING = """
from DIRAC.WorkloadManagementSystem.Service.TornadoPilotLoggingHandler import TornadoPilotLoggingHandler
TornadoPilotLoggingHandler.initializeHandler({'csPaths': []})
"""
#: Databases whose tables are made by a service that this topology does not have.
MADE_ELSEWHERE = {
    "AuthDB": "the authorization server, which runs with the web portal",
    "PilotsLoggingDB": "the service PilotsLogging, which needs a message queue",
    "VirtualMachineDB": "the service VirtualMachineManager, which needs a cloud",
}
#: What DIRAC refused of that, as roles/running kept it.
REFUSED = "/opt/dirac-cert/refused"
#: Components whose absence for some seconds no other scenario notices; the first that is a process of its own.
HARMLESS = ("Production_ProductionManager", "Framework_SecurityLogging")


def as_service_account(server, command):
    """Run a command as the services' administrator would."""
    done = server.run(["runuser", "-u", "dirac", "--", "bash", "-c", f". /opt/dirac/bashrc; exec {command}"])
    assert done.rc == 0, done.out + done.err
    return done.out


def runit_states(server):
    """The words of DIRAC's own list of components: name to state and process."""
    rows = [
        line.replace(":", " ").split() for line in as_service_account(server, "dirac-status-component").splitlines()
    ]
    # older releases number them
    rows = [row[1:] if row[:1] and row[0].isdecimal() else row for row in rows]
    return {
        name: (state, process)
        for name, state, _, process in (row for row in rows if len(row) == 4)
        if process.isdecimal()
    }


@scenario(
    "UPG-01a",
    title="every service of the release runs under runit and answers with its own name and version; one restarts",
    owner="upgrade",
    replaces="tests/CI/install_server.sh",
    limit=180,
    about=12,
)
def test_services(dave, server, system, wait_for, step):
    for path, why in system["left_out"].items():
        with step(f"not part of this topology: {path}: {why}"):
            assert why

    names = {f"{each['system']}/{plain(each)}": each for each in system["services"]}
    assert len(names) > 20, "a release has more services than that"
    # Asked first, as DIRAC's own list of components is not to be had while one of them dies again and again.
    with step("every service answers as itself"):
        answers = dave.python(PING, services=["Configuration/Server", *names])
        assert {name: answer["Message"] for name, answer in answers.items() if not answer["OK"]} == {}
        said = {name: answer["Value"]["name"] for name, answer in answers.items()}
        assert said == {name: name if name not in names else own_name(names[name]) for name in answers}
        versions = {answer["Value"]["version"].removeprefix("v") for answer in answers.values()}
        assert versions == {system["version"]}

    with step("what an administrator does after the installation has worked"):
        assert server.run(["cat", REFUSED]).out == ""

    with step("every component that runs by itself is up"):
        states = runit_states(server)
        wanted = {f"{each['system']}_{each['component']}" for each in names.values() if each["protocol"] != "https"}
        wanted |= {path.replace("/", "_") for path in system["executors"]}
        wanted |= {"Configuration_Server"}
        wanted |= {"Tornado_Tornado"} if any(each["protocol"] == "https" for each in names.values()) else set()
        assert {name: state for name, (state, _) in states.items() if name in wanted} == dict.fromkeys(wanted, "Run")

    with step("DIRAC restarts a component"):
        component = next(name for name in HARMLESS if name in wanted)
        service = component.replace("_", "/")
        before, started = states[component][1], answers[service]["Value"]["service start time"]
        as_service_account(server, f"dirac-restart-component {component.replace('_', ' ')}")
        wait_for(lambda: dave.rpc(service, "ping")["service start time"] > started, limit=40, hint=f"{service} anew")
        state, after = runit_states(server)[component]
        assert state == "Run"
        assert after != before


def own_name(service):
    """How a service calls itself."""
    return f"{service['system']}/{service['component']}"


def plain(service):
    """The name of a service as clients know it."""
    return service["component"].removeprefix("Tornado")


def tables_of(mysql):
    """The tables of every database that the server has."""
    done = mysql.run(["mysql", "-N", "-B", "-e", "SELECT table_schema, table_name FROM information_schema.tables"])
    assert done.rc == 0, done.err
    found = {}
    for line in done.out.splitlines():
        schema, table = line.split("\t")
        found.setdefault(schema, set()).add(table)
    return found


@scenario(
    "UPG-01b",
    title="every database of the release has its tables",
    owner="upgrade",
    replaces="tests/CI/install_server.sh",
    limit=120,
    about=6,
)
def test_databases(dave, mysql, system, step):
    there = tables_of(mysql)
    databases = system["databases"]
    assert len(databases) > 10, "a release has more databases than that"
    with step("tables of the .sql files"):
        missing = {name: set(tables) - there.get(name, set()) for name, tables in databases.items()}
        assert {name: tables for name, tables in missing.items() if tables} == {}
    with step("tables that the code makes, at the latest when a service is asked for the first time"):
        dave.python(PING, services=[f"{each['system']}/{plain(each)}" for each in system["services"]])
        mapped = dave.python(MAPPED_TABLES, names=list(databases))
        there = tables_of(mysql)
        missing = {name: set(tables) - there.get(name, set()) for name, tables in mapped.items()}
        assert {name: tables for name, tables in missing.items() if tables and name not in MADE_ELSEWHERE} == {}
    with step("no database is empty"):
        assert [name for name in databases if not there.get(name) and name not in MADE_ELSEWHERE] == []
    for name, where in MADE_ELSEWHERE.items():
        with step(f"no table of {name} is asked for: {where}"):
            assert where


@scenario(
    "UPG-01h",
    title="the service that takes the logs of pilots starts with the options of the release's template",
    owner="upgrade",
    lines=">=9.0",
    suites=("full",),
    limit=60,
    about=3,
)
def test_pilot_logging_as_installed(server):
    code = f'. /opt/dirac/bashrc; cd $(mktemp -d); DIRAC_USE_TORNADO_IOLOOP=Yes exec python -c "{PILOT_LOGGING}"'
    done = server.run(["runuser", "-u", "dirac", "--", "bash", "-c", code])
    said = done.err.strip().splitlines()[-1:] if done.rc else []
    assert said == []
