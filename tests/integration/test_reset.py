"""After a reset nothing is left of what people did: not in the databases, not in files, not in anybody's memory."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from diraccert.cli.main import main
from diraccert.images.daemon import connect
from diraccert.instances.instance import Instance
from diraccert.instances.up import find

pytestmark = [
    pytest.mark.docker,
    pytest.mark.instance,
    pytest.mark.network,
    pytest.mark.timeout(1500),
    pytest.mark.xdist_group("instance"),
]

RELEASE = "8.0.86"
LFN = "/dteam/user/a/alice/reset.txt"
JDL = """[
Executable = "/bin/cat";
Arguments = "input.txt";
JobName = "reset";
InputSandbox = {"input.txt"};
]
"""
# Every table of DIRAC's databases with the checksum of its rows, and the number that its next row will get.
TABLES = """
q="table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') AND table_type = 'BASE TABLE'"
mariadb -N -e "SELECT CONCAT('CHECKSUM TABLE \\`', table_schema, '\\`.\\`', table_name, '\\`;')
  FROM information_schema.tables WHERE $q ORDER BY 1" | mariadb -N
mariadb -N -e "SELECT table_schema, table_name, auto_increment FROM information_schema.tables
  WHERE $q AND auto_increment IS NOT NULL ORDER BY 1, 2"
"""
# Every file, folder and link of the server's state: owner, mode, content.
FILES = """
cd /opt/dirac && [ -d storage ] && [ -d sandboxes ] && [ -d etc ]
find storage sandboxes etc data control work tmp user -printf '%p %u:%g %m %y %l\\n' | sort
find storage sandboxes etc data control work tmp user -type f -print0 | sort -z | xargs -0 sha256sum
"""
WORKING_FOLDERS = "ls -A /tmp /run/dirac-cert/sessions 2>/dev/null; ls -d /home/*/work 2>/dev/null; true"


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    name = f"reset-{secrets.token_hex(3)}"
    assert main(["up", RELEASE, "--name", name]) == 0
    yield find(connect(), name)
    assert main(["down", name]) == 0


def state(instance: Instance) -> dict[str, list[str]]:
    """All that a reset must put back, by what it is."""
    return {
        "tables": instance.host("mysql").must(["bash", "-c", TABLES]).splitlines(),
        "files": instance.host("server").must(["bash", "-c", FILES]).splitlines(),
        "working folders": instance.host("client").must(["bash", "-c", WORKING_FOLDERS]).splitlines(),
    }


def changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    """The lines that are on one side only."""
    return [line for what in before for line in sorted({*before[what]} ^ {*after[what]})]


def person(instance: Instance, account: str, group: str, script: str) -> str:
    """What a script prints that the person runs with a fresh proxy."""
    given = f"source /opt/dirac/bashrc; set -e; mkdir -p ~/work; cd ~/work; dirac-proxy-init -g {group} >&2\n{script}"
    done = instance.host("client").run(["su", account, "-c", "bash -s"], stdin=given, limit=120)
    assert done.rc == 0, f"{account}: {done.out[-1500:]}\n{done.err[-1500:]}"
    return done.out


def python(code: str) -> str:
    return f"python - <<'EOS'\nimport DIRAC\nDIRAC.initialize()\n{code}\nEOS"


SUBMIT = f"echo hello >input.txt; cat >job.jdl <<'EOJ'\n{JDL}EOJ\ndirac-wms-job-submit job.jdl"
ADD_FILE = f"echo reset >file.txt; dirac-dms-add-file {LFN} file.txt SE-1"
ADD_FIELD = python("""
from DIRAC.Resources.Catalog.FileCatalogClient import FileCatalogClient
answer = FileCatalogClient().addMetadataField("ResetField", "INT")
assert answer["OK"], answer
""")
CHANGE_CONFIGURATION = python("""
from DIRAC.ConfigurationSystem.Client.CSAPI import CSAPI
api = CSAPI()
section = "/Operations/Defaults/ResetTest"
for answer in (api.createSection(section), api.setOption(section + "/Value", "dirty"), api.commit()):
    assert answer["OK"], answer
""")
LOOK = python(f"""
from DIRAC import gConfig
from DIRAC.Resources.Catalog.FileCatalogClient import FileCatalogClient
from DIRAC.WorkloadManagementSystem.Client.JobMonitoringClient import JobMonitoringClient
catalogue = FileCatalogClient()
print("file", "{LFN}" in catalogue.getFileMetadata("{LFN}")["Value"]["Successful"])
print("fields", "ResetField" in str(catalogue.getMetadataFields()["Value"]))
print("jobs", JobMonitoringClient().getJobs({{"Owner": "alice"}})["Value"])
print("option", gConfig.getValue("/Operations/Defaults/ResetTest/Value", "none"))
""")


def make_dirty(instance: Instance) -> str:
    """What people do in a day; answers what the job's submission said."""
    person(instance, "dave", "dirac_admin", CHANGE_CONFIGURATION)
    person(instance, "carol", "dteam_prod", ADD_FIELD)
    person(instance, "alice", "dteam_user", ADD_FILE)
    return person(instance, "alice", "dteam_user", SUBMIT)


def test_nothing_is_left_after_a_reset_and_services_have_forgotten_it_at_once(instance: Instance) -> None:
    new = state(instance)
    submitted = make_dirty(instance)
    seen = person(instance, "alice", "dteam_user", LOOK)
    assert ("file True" in seen, "fields True" in seen, "jobs []" in seen, "option dirty" in seen) == (
        True, True, False, True,
    ), seen  # fmt: skip
    dirty = changed(new, state(instance))
    for trace in (
        "JobDB.Jobs",
        "FileCatalogDB.FC_Files",
        "FileCatalogDB.FC_MetaFields",
        "storage/",
        "sandboxes/",
        "etc/",
    ):
        assert any(trace in line for line in dirty), f"{trace} did not get dirty: the test proves nothing"

    instance.reset()

    assert changed(new, state(instance)) == []
    assert person(instance, "alice", "dteam_user", LOOK).splitlines()[-4:] == [
        "file False",
        "fields False",
        "jobs []",
        "option none",
    ]
    assert person(instance, "alice", "dteam_user", SUBMIT) == submitted, "job numbers do not begin anew"


def test_a_reset_ends_agents_and_puts_them_down_again(instance: Instance) -> None:
    server = instance.host("server")
    agent = "/opt/dirac/startup/WorkloadManagement_StalledJobAgent"
    server.must(["bash", "-c", f"rm {agent}/down; sv up {agent}"])
    instance.reset()
    assert server.must(["sv", "status", agent]).startswith("down:")
    assert server.run(["test", "-e", f"{agent}/down"]).rc == 0
