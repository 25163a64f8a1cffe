"""AAI-03: what is done later for a group that has no VOMS role is done with a proxy that has no VOMS attributes."""

from diraccert.certification.scenario import scenario

AGENT = "RequestManagement/RequestExecutingAgent"
CATALOGUE = "DataManagement/FileCatalog"
REQUESTS = "RequestManagement/ReqManager"


@scenario(
    "AAI-03",
    title="a request of a group without a VOMS role is executed, with a proxy that has no VOMS attributes",
    owner="aai",
    replaces="-",
    needs=("agents", "dips"),
    suites=("full",),
    lines=">=8.0",
    limit=90,
    about=12,
)
def test_request_without_voms(alice, lfn, unique, cycle, wait_for):
    assert "VOMS" not in alice.run("dirac-proxy-info").ok().text
    file = f"{lfn}/old.dat"
    alice.put("old.dat", unique.encode())
    alice.run(f"dirac-dms-add-file {file} old.dat SE-1").ok()
    said = alice.run(f"dirac-dms-create-removal-request All {file}").ok().text.split()
    request = int(said[said.index("Request") + 1])

    cycle(AGENT)
    wait_for(
        lambda: alice.rpc(REQUESTS, "getRequestStatus", request) not in {"Waiting", "Assigned"},
        limit=30,
        hint="the request's end",
    )
    assert alice.rpc(REQUESTS, "getRequestStatus", request) == "Done"
    assert alice.rpc(CATALOGUE, "getReplicas", [file], False)["Successful"] == {}
