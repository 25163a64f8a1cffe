"""MON-03: accounting and monitoring at once: neither disturbs the other, and what OpenSearch missed comes later.

What could not be sent waits in the memory of its sender, or in a message queue where there is one. None is here: it
is the memory that is certified.
"""

import json
import time

import pytest

from diraccert.certification.product import ProductError
from diraccert.certification.scenario import scenario

#: A transfer as storage elements report it, and what only the monitoring has a place for.
NUMBERS = {
    "TransferSize": 1234, "TransferTime": 2, "RegistrationTime": 3, "TransferOK": 1, "TransferTotal": 4,
    "RegistrationOK": 5, "RegistrationTotal": 6,
}  # fmt: skip
KEYS = ("OperationType", "User", "Source", "Destination", "Protocol", "FinalStatus")
MORE = {"Certified": "yes"}
#: A program that has something to report, goes on, and reports again when it is told to.
SEND = """
import json, pathlib, sys, time
from DIRAC import initialize
initialize()
from DIRAC.MonitoringSystem.Client.DataOperationSender import DataOperationSender
told = json.loads(pathlib.Path("told").read_text())
def says(name, what):
    pathlib.Path(name + ".new").write_text(str(what))
    pathlib.Path(name + ".new").rename(name)
sender = DataOperationSender()
says("backends", sorted(sender.monitoringOptions))
says("sent", sender.sendData(told)["OK"])
says("concluded", sender.concludeSending()["OK"])
end = time.monotonic() + 300
while not pathlib.Path("go").exists() and time.monotonic() < end:
    time.sleep(0.1)
says("again", sender.concludeSending()["OK"])
"""
TABLE = "DIRAC-Certification_DataOperation"
#: How often HTTPS services report about themselves, and a little more, in seconds.
ROUND = 75
#: The same of other services.
SERVICE_ROUND = 110
#: How long a service may think about a sign of life, in seconds.
PATIENCE = 10.0


def transfer(token):
    """What a storage element would report."""
    return {**{key: f"{token}-{key}" for key in KEYS}, "User": token, **NUMBERS, **MORE}


def accounted(mysql, token):
    """The records of a user in the accounting: keys and sums of the numbers, in the order of NUMBERS."""
    keys = ", ".join(f"k_{name}.value" for name in KEYS)
    numbers = ", ".join(f"SUM(b.`{name}`)" for name in (*NUMBERS, "entriesInBucket"))
    joined = " ".join(f"JOIN `ac_key_{TABLE}_{name}` k_{name} ON b.`{name}` = k_{name}.id" for name in KEYS)
    query = (
        f"SELECT {keys}, {numbers} FROM `ac_bucket_{TABLE}` b {joined} WHERE k_User.value = '{token}' GROUP BY {keys}"
    )
    done = mysql.run(["mysql", "-N", "-B", "AccountingDB", "-e", query])
    assert done.rc == 0, done.err
    rows = [line.split("\t") for line in done.out.splitlines()]
    return [[*row[: len(KEYS)], *(round(float(number), 3) for number in row[len(KEYS) :])] for row in rows]


def once(told):
    """What the accounting has of one transfer."""
    return [[*(told[name] for name in KEYS), *map(float, NUMBERS.values()), 1.0]]


@pytest.fixture
def reporting(dave, client):
    """``reporting(told)``: starts the program that reports, which runs on as nobody's child on the user's machine."""

    def start(told):
        dave.put("told", json.dumps(told))
        dave.put("send.py", SEND)
        proxy = dave.interpreter.session(dave.account, dave.group)
        program = f". /opt/dirac/bashrc; cd {dave.folder}; X509_USER_PROXY={proxy} exec python send.py"
        command = f"setsid bash -c '{program}' >{dave.folder}/said 2>&1 </dev/null &"
        client.must(["runuser", "-u", dave.account, "--", "bash", "-c", command])

    return start


@scenario(
    "MON-03",
    title="a transfer is reported once to the accounting and once to the monitoring, each with its own keys",
    owner="monitoring",
    replaces="tests/Integration/Monitoring/Test_DataOperationSender.py",
    lines=">=8.0",
    needs=("opensearch",),
    suites=("full",),
    limit=180,
    about=60,
)
def test_both_backends(dave, mysql, search, reporting, unique, wait_for, step):
    told = transfer(unique)
    dave.put("go", "")
    with step("report a transfer"):
        reporting(told)
        wait_for(lambda: dave.read("again") == b"True", 30, "the report to be sent")
        assert dave.read("backends") == b"['Accounting', 'Monitoring']"
        assert [dave.read(name) for name in ("sent", "concluded")] == [b"True", b"True"]
    with step("the monitoring has all of it, and the channel"):
        [document] = [each["_source"] for each in search.documents("User", unique)]
        channel = f"{told['Source']}->{told['Destination']}"
        assert {**document, **told, "Channel": channel} == document
    with step("the accounting has what it knows"):
        wait_for(lambda: accounted(mysql, unique), 100, "the transfer in the accounting's buckets")
        assert accounted(mysql, unique) == once(told)


@scenario(
    "MON-03b",
    title="what is reported while OpenSearch is down is in the monitoring, once, when it is back, as in the accounting",
    owner="monitoring",
    replaces="card MON-03: OpenSearch down",
    lines=">=8.0",
    needs=("opensearch",),
    suites=("full",),
    limit=240,
    about=70,
    exclusive=True,
)
def test_what_was_missed_comes(mysql, search, reporting, dave, unique, wait_for, step):
    told = transfer(unique)
    with step("OpenSearch is down"), search.down():
        reporting(told)
        wait_for(lambda: dave.read("sent") == b"True", 60, "the transfer to be reported")
    with step("OpenSearch is back"):
        dave.put("go", "")
        wait_for(lambda: dave.read("again") == b"True", 60, "the rest to be sent")
        found = [each["_source"] for each in search.documents("User", unique)]
        assert [{name: document.get(name) for name in told} for document in found] == [told]
    with step("the accounting has it too"):
        wait_for(lambda: accounted(mysql, unique), 100, "the transfer in the accounting's buckets")
        assert accounted(mysql, unique) == once(told)


@scenario(
    "MON-03c",
    title="while OpenSearch is down a program that reports goes on with its work",
    owner="monitoring",
    replaces="card MON-03: OpenSearch down",
    lines=">=8.0",
    needs=("opensearch",),
    suites=("full",),
    limit=180,
    about=30,
    exclusive=True,
)
def test_nobody_is_held_up(alice, search, lfn, unique, step):
    alice.put("file", unique)
    with step("OpenSearch is down"), search.down():
        alice.run(f"dirac-dms-add-file {lfn}/file file SE-1", real=True, limit=60).ok()


@scenario(
    "MON-03d",
    title="while OpenSearch is down services answer, also when they report about themselves",
    owner="monitoring",
    replaces="card MON-03: OpenSearch down",
    lines=">=8.0",
    needs=("opensearch",),
    suites=("full",),
    limit=240,
    about=90,
    exclusive=True,
)
def test_services_answer(dave, search, wait_for, step):
    silent = {}
    with step("OpenSearch is down"), search.down():
        end = time.monotonic() + ROUND

        def answered():
            try:
                dave.rpc("WorkloadManagement/JobManager", "ping", limit=PATIENCE)
            except ProductError as error:
                silent.setdefault("WorkloadManagement/JobManager", str(error))
            return silent or time.monotonic() > end

        wait_for(answered, ROUND * 2, f"{ROUND} s to pass in which JobManager answers")
    assert silent == {}


@scenario(
    "MON-03e",
    title="while OpenSearch is down the accounting takes transfers, also when its service reports about itself",
    owner="monitoring",
    replaces="card MON-03: OpenSearch down",
    lines=">=8.0",
    needs=("opensearch",),
    suites=("full",),
    limit=360,
    about=200,
    exclusive=True,
)
def test_accounting_goes_on(dave, mysql, search, reporting, unique, wait_for, step):
    told = transfer(unique)
    with step("OpenSearch is down"), search.down():
        end = time.monotonic() + SERVICE_ROUND
        wait_for(
            lambda: time.monotonic() > end, SERVICE_ROUND * 2, f"{SERVICE_ROUND} s, in which every service reports"
        )
        reporting(told)
        wait_for(lambda: dave.read("sent") == b"True", 60, "the transfer to be reported")
        wait_for(lambda: accounted(mysql, unique), 100, "the transfer in the accounting's buckets")
        assert accounted(mysql, unique) == once(told)
    dave.put("go", "")
