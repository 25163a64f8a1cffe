"""AAI-01, who is not let in: without a registration, or with a certificate that is no good any more."""

from diraccert.certification.scenario import scenario

#: One of each protocol.
SERVICES = ("WorkloadManagement/JobMonitoring", "Accounting/DataStore")


@scenario(
    "AAI-01c",
    title="an unregistered and an expired certificate are refused, and told why",
    owner="aai",
    replaces="tests/System/client_core.sh",
    limit=90,
    about=3,
)
def test_strangers_are_refused(mallory, oscar, stays_outside, step):
    for stranger in (mallory, oscar):
        with step(stranger.account):
            assert stays_outside(stranger, SERVICES)


@scenario(
    "AAI-01e",
    title="a revoked certificate is refused",
    owner="aai",
    suites=("full",),
    limit=60,
    about=2,
)
def test_revoked_is_refused(rita, stays_outside):
    assert stays_outside(rita, SERVICES)
