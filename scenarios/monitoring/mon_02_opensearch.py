"""MON-02: every type of the monitoring gets into OpenSearch as it was sent, wherever its sender's clock stands.

Each type gets three records from a user's machine and three from a server's component, both in a zone in which it is
another day than in UTC. The types are those that the release has, extensions' too.
"""

import json
from datetime import UTC, datetime, timedelta

import pytest

from diraccert.certification.scenario import scenario

TYPES = """
import importlib.util
from DIRAC.Core.Utilities.Plotting.TypeLoader import TypeLoader
plotters = "DIRAC.MonitoringSystem.private.Plotters"
result = {}
for name, kind in TypeLoader("Monitoring").getTypes().items():
    made = kind()
    result[name] = {
        "index": made._getIndex(), "period": made.period, "keys": list(made.keyFields),
        "values": list(made.monitoringFields), "mapping": made.mapping["properties"],
        "has_reports": importlib.util.find_spec(f"{plotters}.{name}Plotter") is not None,
    }
"""
#: As DIRAC's components report: each type by a reporter of its own, with the time that DIRAC's own clock gives.
REPORT = """
import json, sys
from DIRAC import initialize
initialize()
from DIRAC.Core.Utilities.TimeUtilities import toEpochMilliSeconds
from DIRAC.MonitoringSystem.Client.MonitoringReporter import MonitoringReporter
result = {}
for kind, records in json.load(open(sys.argv[1])).items():
    reporter = MonitoringReporter(monitoringType=kind)
    for record in records:
        reporter.addRecord({**record, "timestamp": toEpochMilliSeconds()})
    done = reporter.commit()
    result[kind] = done["Value"] if done["OK"] else done["Message"]
json.dump(result, open(sys.argv[1] + ".done", "w"))
"""
MONITORING = "DIRAC.MonitoringSystem.Client.MonitoringClient:MonitoringClient"
REPORTS = """
from DIRAC.MonitoringSystem.Client.MonitoringClient import MonitoringClient
client = MonitoringClient()
result = {}
for report, grouping in wanted:
    # the portal says the grouping among the conditions too, and the service reads it there
    answer = client.getReport(kind, report, start, end, {**chosen, "grouping": [grouping]}, grouping, {})
    result[report, grouping] = answer["Value"]["data"] if answer["OK"] else answer["Message"]
"""
#: Records of a type from one sender.
MANY = 3
#: What a component's own clock may be ahead or behind of when it is asked, in milliseconds.
SLACK = 1000


def elsewhere(now):
    """A zone, as POSIX writes it, in which it is another day than in UTC."""
    return "EAST-14" if now.hour >= 10 else "WEST+12"


def suffixes(period, began, ended):
    """How the name of an index of this period ends; two are right when a day begins meanwhile."""
    forms = {
        "day": lambda day: f"-{day:%Y-%m-%d}",
        "week": lambda day: f"-{day.isocalendar().week}",
        "month": lambda day: f"-{day:%Y-%m}",
        "year": lambda day: f"-{day:%Y}",
        "null": lambda _: "",
    }
    return {forms[period](moment) for moment in (began, ended)}


def value_of(kind, field, number, token):
    """What a record says in a field, in the form that its mapping asks for."""
    how = kind["mapping"].get(field, {}).get("type", "keyword" if field in kind["keys"] else "long")
    return {"long": 10 * number + 1, "float": 10 * number + 1.5}.get(how, f"{token}-{number}")


def records_of(kind, token):
    """Records of a type, all of them with the token in the field that ``marked`` names."""
    fields = [*kind["keys"], *kind["values"]]
    made = [{field: value_of(kind, field, number, token) for field in fields} for number in range(MANY)]
    return [{**record, marked(kind): token} for record in made]


def marked(kind):
    """The first key of a type that is kept as it is written."""
    return next(key for key in kind["keys"] if kind["mapping"].get(key, {}).get("type") == "keyword")


def as_sent(document):
    """A document without the time, which is its sender's."""
    return json.dumps({name: value for name, value in document.items() if name != "timestamp"}, sort_keys=True)


@scenario(
    "MON-02",
    title="records of every monitoring type are in OpenSearch once, in the index of the UTC day, with their times",
    owner="monitoring",
    replaces="tests/Integration/Monitoring/Test_MonitoringReporter.py, Test_MonitoringSystem.py",
    lines=">=8.0",
    needs=("opensearch",),
    suites=("full",),
    limit=120,
    about=15,
)
def test_every_type(dave, server, search, unique, step):
    kinds = dave.python(TYPES)
    assert {"WMSHistory", "PilotsHistory", "DataOperation"} <= set(kinds)
    tokens = {"client": f"{unique}-client", "server": f"{unique}-server"}
    records = {who: {name: records_of(kind, token) for name, kind in kinds.items()} for who, token in tokens.items()}
    began = datetime.now(UTC)
    zone = elsewhere(began)

    with step("a user's machine reports"):
        dave.put("report.py", REPORT)
        dave.put("records.json", json.dumps(records["client"]))
        dave.run("python report.py records.json", real=True, env={"TZ": zone}).ok()
        assert json.loads(dave.read("records.json.done")) == dict.fromkeys(kinds, MANY)
    with step("a component of the server reports"):
        folder = f"/tmp/{unique}"
        server.put(f"{folder}/report.py", REPORT.encode(), owner="dirac:dirac")
        server.put(f"{folder}/records.json", json.dumps(records["server"]).encode(), owner="dirac:dirac")
        server.must(["chown", "dirac:dirac", folder])
        command = f". /opt/dirac/bashrc; TZ={zone} exec python {folder}/report.py {folder}/records.json"
        done = server.run(["runuser", "-u", "dirac", "--", "bash", "-c", command])
        assert (done.rc, done.err) == (0, done.err)
        assert json.loads(server.read(f"{folder}/records.json.done")) == dict.fromkeys(kinds, MANY)
    ended = datetime.now(UTC)

    span = [moment.timestamp() * 1000 for moment in (began, ended)]
    for name, kind in kinds.items():
        for who, token in tokens.items():
            with step(f"{name} from the {who}"):
                found = search.documents(marked(kind), token, f"*_{kind['index']}*")
                sent = sorted(map(as_sent, records[who][name]))
                assert sorted(as_sent(each["_source"]) for each in found) == sent
                times = [each["_source"]["timestamp"] for each in found]
                assert [time for time in times if not span[0] - SLACK <= time <= span[1] + SLACK] == []
                indices = {each["_index"] for each in found}
                ends = {f"{kind['index']}{suffix}" for suffix in suffixes(kind["period"], began, ended)}
                assert [each for each in indices if not any(each.endswith(end) for end in ends)] == []
                for index in indices:
                    kept = {field: how["type"] for field, how in search.properties(index).items()}
                    told = {field: how["type"] for field, how in kind["mapping"].items()}
                    assert {field: kept.get(field) for field in told} == told
                    stats = search.ask("GET", f"{index}/_stats/indexing")["_all"]["total"]["indexing"]
                    assert stats["index_failed"] == 0


@pytest.fixture
def reported(dave, search, unique, step):
    """``reported()``: the types, each with records that carry this scenario's token."""

    def report():
        kinds = dave.python(TYPES)
        with step("report"):
            dave.put("report.py", REPORT)
            dave.put("records.json", json.dumps({name: records_of(kind, unique) for name, kind in kinds.items()}))
            dave.run("python report.py records.json", real=True).ok()
            assert json.loads(dave.read("records.json.done")) == dict.fromkeys(kinds, MANY)
        search.ask("POST", "*/_refresh")
        return kinds

    return report


@scenario(
    "MON-02b",
    title="every report of the types that have reports can be had under every grouping, and shows what was reported",
    owner="monitoring",
    replaces="tests/Integration/Monitoring/Test_MonitoringSystem.py (WMSHistory only)",
    lines=">=8.0",
    needs=("opensearch",),
    suites=("full",),
    limit=120,
    about=15,
)
def test_reports(dave, reported, unique, step):
    kinds = {name: kind for name, kind in reported().items() if kind["has_reports"]}
    assert "WMSHistory" in kinds
    moment = datetime.now(UTC).replace(tzinfo=None)
    span = (moment - timedelta(hours=1), moment + timedelta(hours=1))
    for name, kind in kinds.items():
        with step(f"reports of {name}"):
            wanted = [(report, key) for report in dave.call(MONITORING, "listReports", name) for key in kind["keys"]]
            assert wanted != []
            chosen = {marked(kind): [unique]}
            data = dave.python(REPORTS, kind=name, chosen=chosen, start=span[0], end=span[1], wanted=wanted, limit=90)
            shown = {what: isinstance(told, dict) and bool(told) for what, told in data.items()}
            assert {what: data[what] for what, good in shown.items() if not good} == {}
            assert {report: set(data[report, marked(kind)]) for report, _ in wanted} == {
                report: {unique} for report, _ in wanted
            }


@scenario(
    "MON-02d",
    title="of every monitoring type one can ask which values there are to choose from",
    owner="monitoring",
    replaces="tests/Integration/Monitoring/Test_MonitoringSystem.py (WMSHistory only)",
    lines=">=8.0",
    needs=("opensearch",),
    suites=("full",),
    about=10,
)
def test_values_to_choose_from(dave, reported, unique, step):
    wrong = {}
    for name, kind in reported().items():
        with step(f"what may be chosen of {name}") as note:
            answer = dave.call_raw(MONITORING, "listUniqueKeyValues", name)
            note.ok = answer["OK"] and unique in answer["Value"].get(marked(kind), ())
            if not note.ok:
                wrong[name] = answer["Message"] if not answer["OK"] else sorted(answer["Value"])
    assert wrong == {}


@scenario(
    "MON-02c",
    title="a time that is given as a text or as a moment is kept as that moment, in milliseconds",
    owner="monitoring",
    replaces="tests/Integration/Core/Test_ElasticsearchDB.py (which does not look at what is kept)",
    lines=">=8.0",
    needs=("opensearch",),
    suites=("full",),
    about=5,
)
def test_times(dave, search, unique, step):
    moment = datetime.now(UTC).replace(tzinfo=None, microsecond=250_000)
    expected = int(moment.replace(tzinfo=UTC).timestamp()) * 1000 + 250
    given = {"number": expected, "text": moment.strftime("%Y-%m-%d %H:%M:%S.%f"), "moment": moment}
    with step("report the same moment in each form that DIRAC takes"):
        for form, time in given.items():
            record = {"Status": f"{unique}-{form}", "Site": "x", "Jobs": 1, "timestamp": time}
            assert dave.rpc("Monitoring/Monitoring", "put", [record], "WMSHistory") == 1
    kept = {
        form: [each["_source"]["timestamp"] for each in search.documents("Status", f"{unique}-{form}")]
        for form in given
    }
    assert kept == {form: [expected] for form in given}
