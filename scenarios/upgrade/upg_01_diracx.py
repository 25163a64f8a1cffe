"""UPG-01 where DiracX stands beside DIRAC: it is up, whole, and reached by those who need it."""

import json

from diraccert.certification.scenario import scenario

LEFT_OUT = "/opt/dirac-cert/does-not-start.json"
PROCESSES = ("Server", "TaskWorker", "TaskScheduler")
HEALTH = """
import requests
result = {path: requests.get("https://diracx:8000" + path, timeout=20).status_code for path in paths}
"""
PATHS = ("/api/health/live", "/api/health/ready", "/api/health/startup", "/api/openapi.json")


def said(diracx, process):
    """The last lines of a process of DiracX."""
    return diracx.run(["tail", "-n", "15", f"/opt/dirac/runit/DiracX/{process}/log/current"]).out


@scenario(
    "UPG-01i",
    title="DiracX stands beside DIRAC: server, task worker and scheduler run, and users and services reach it by HTTPS",
    owner="diracx",
    needs=("diracx",),
    limit=90,
    about=5,
)
def test_diracx_stands(alice, instance, step):
    diracx = instance.host("diracx")
    with step("everything of it started"):
        missing = json.loads(diracx.run(["bash", "-c", f"cat {LEFT_OUT} 2>/dev/null || echo []"]).out)
        assert {name: said(diracx, name.rpartition("/")[2]) for name in missing} == {}
    with step("it goes on running"):
        for process in PROCESSES:
            status = diracx.run(["sv", "status", f"/opt/dirac/startup/DiracX_{process}"]).out
            assert status.startswith("run:"), said(diracx, process)
    with step("users reach it, and its certificate is right"):
        assert alice.python(HEALTH, paths=PATHS) == dict.fromkeys(PATHS, 200)
    with step("the organisations are those of the registry"):
        metadata = alice.python("import requests\nresult = requests.get(url, timeout=20).json()",
                                url="https://diracx:8000/.well-known/dirac-metadata")  # fmt: skip
        assert set(metadata["virtual_organizations"]) == {"dteam", "gridpp"}
