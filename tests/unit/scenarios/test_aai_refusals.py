"""AAI-01 tells a refusal from any other error, in the words of the releases that were recorded."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pytest

from diraccert.rooms import builtin

SETUP = "/DIRAC/Setups/DIRAC-Certification"
NOT_DEFINED = "in setup DIRAC-Certification: RuntimeError('Option {} is not defined')"
#: What the client of release 9 raises when it has no configuration; of an error that has quotes Python takes others.
BEGUN = (
    "SErrorException: ({{'OK': False, 'Errno': 0, 'Message': {}Reason(s):\\n\\t{}{}, 'CallStack': [' File']}}, 0): None"
)
POOL = (
    "HTTPSConnectionPool(host='server', port=9135): Max retries exceeded with url: /Configuration/Server (Caused by {})"
)
NO_SERVER = "DIRACInitError: Failed to contact the Configuration Server"
NO_ACCESS = "Permission denied ( 13 : No access to https://server:{})"


@pytest.fixture
def aai(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The fixtures' module of scenarios/aai."""
    path = builtin() / "scenarios/aai/conftest.py"
    spec = importlib.util.spec_from_file_location("aai_conftest", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # where dataclasses look their annotations up
    spec.loader.exec_module(module)
    return module


def quoted(quote: str, reason: str) -> str:
    return BEGUN.format(quote, reason, quote)


@pytest.mark.parametrize(
    "message",
    [
        NO_ACCESS.format("8443/WorkloadManagement/TornadoJobMonitoring"),
        f"Cannot get URL for Accounting/DataStore {NOT_DEFINED.format(f'{SETUP}/Accounting')}",
        "Unauthorized query ( 1111 : Unauthorized query)",
        "PEM file /home/oscar/own-proxy.pem has expired, not valid after 2026-11-21 06:55:36",
        POOL.format("SSLError(SSLError(1, '[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] sslv3 alert certificate expired')"),
        POOL.format("SSLError(SSLError(5, '[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] ssl/tls alert certificate expired')"),
    ],
)
def test_a_service_that_refuses_takes_one_for_nobody(aai: ModuleType, message: str) -> None:
    assert aai.seen_as({"OK": False, "Message": message}) == ""


@pytest.mark.parametrize(
    "message",
    [
        "[Errno 111] Connection refused:ConnectionRefusedError(111, 'Connection refused')",
        "500 Server Error: Internal Server Error for url: https://server:8443/WorkloadManagement/TornadoJobMonitoring",
        "Cannot get URL for Accounting/DataStore in setup DIRAC-Certification: RuntimeError('no such service')",
        "Cannot connect to dips://server:9133/Accounting/DataStore: timed out",
        POOL.format("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify')"),
        POOL.format("NewConnectionError('Failed to establish a new connection: [Errno 111]')"),
        "",
    ],
)
def test_a_service_that_fails_in_another_way_is_no_refusal(aai: ModuleType, message: str) -> None:
    with pytest.raises(AssertionError, match="this is no refusal"):
        aai.seen_as({"OK": False, "Message": message})


def test_whom_a_service_takes_one_for(aai: ModuleType) -> None:
    def seen(**value: str) -> str:
        answer: str = aai.seen_as({"OK": True, "Value": value})
        return answer

    assert seen(username="judy", group="dteam_prod") == "judy in dteam_prod"
    assert seen(username="anonymous", group="dteam_prod") == seen(group="visitor") == ""


@pytest.mark.parametrize(
    "message",
    [
        quoted("'", NO_ACCESS.format("9135/Configuration/Server")),
        quoted('"', POOL.format("SSLError(SSLError(1, '[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] sslv3 alert')")),
        quoted('"', POOL.format("SSLError(SSLError(1, '[SSL: SSLV3_ALERT_CERTIFICATE_REVOKED] sslv3 alert')")),
        f"{NO_SERVER}: PEM file /home/oscar/own-proxy.pem has expired, not valid after 2026-11-20 20:50:50: None",
    ],
)
def test_who_is_refused_the_configuration_does_not_even_begin(aai: ModuleType, message: str) -> None:
    assert aai.is_refusal_to_begin(message)


@pytest.mark.parametrize(
    "message",
    [
        # nobody is refused: the server is not there, drops the request (finding HTTPS-PROBED), has a bad certificate
        quoted('"', POOL.format("NewConnectionError('Failed to establish a new connection: [Errno 111]')")),
        quoted('"', POOL.format("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]')")),
        quoted('"', POOL.format("SSLError(SSLError(1, '[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert')")),
        quoted('"', "('Connection aborted.', RemoteDisconnected('Remote end closed connection'))"),
        quoted("'", "500 Server Error for url: https://server:9135/Configuration/Server"),
        f"{NO_SERVER}: ('Connection aborted.', RemoteDisconnected('Remote end closed connection')): None",
        "KeyError: '/Configuration/Server'",
    ],
)
def test_a_configuration_that_cannot_be_had_is_no_refusal(aai: ModuleType, message: str) -> None:
    assert not aai.is_refusal_to_begin(message)
