"""A checkout with integration tests as DIRAC has them, written for one test."""

from __future__ import annotations

from pathlib import Path

from diraccert.certification.upstream.scripts import SCRIPTS
from diraccert.certification.upstream.suite import TESTS

SERVER = """#!/usr/bin/env bash
echo -e "THIS_DIR=${THIS_DIR}" |& tee -a "${SERVER_TEST_OUTPUT}"
pytest --no-check-dirac-environment "${THIS_DIR}/Core/Test_MySQLDB.py" |& tee -a out.txt; (( ERR |= "${?}" ))
#pytest --no-check-dirac-environment "${THIS_DIR}/Framework/Test_LoggingDB.py" |& tee -a out.txt; (( ERR |= "${?}" ))
echo 'Reinitialize the DFC DB' |& tee -a out.txt
diracDFCDB |& tee -a "${SERVER_TEST_OUTPUT}"
dirac-restart-component Tornado Tornado "${DEBUG}" |& tee -a "${SERVER_TEST_OUTPUT}"
dirac-login -C "${WORKSPACE}/user/client.pem" -K "${WORKSPACE}/user/client.key" "${DEBUG}"
python "${THIS_DIR}/DataManagementSystem/Test_Client_DFC.py" |& tee -a out.txt; (( ERR |= "${?}" ))
dirac-login prod -C "${WORKSPACE}/user/client.pem" -K "${WORKSPACE}/user/client.key" "${DEBUG}" |& tee -a out.txt
python "${THIS_DIR}/DataManagementSystem/Test_Client_DFC.py" |& tee -a out.txt; (( ERR |= "${?}" ))
python "${THIS_DIR}/Resources/Storage/Test_GFAL.py" ProductionSandboxSE |& tee -a out.txt; (( ERR |= "${?}" ))
"""
CLIENT = """
dirac-proxy-init -g jenkins_user -C $SERVERINSTALLDIR/user/client.pem
cat >> folders <<EOF
mkdir /${userVO}'s
EOF
python -m pytest --no-check-dirac-environment "${THIS_DIR}/Core/Test_MySQLDB.py" |& tee -a out.txt
python "${THIS_DIR}/WorkloadManagementSystem/createJobXMLDescriptions.py" |& tee -a out.txt
"${THIS_DIR}/WorkloadManagementSystem/Test_dirac-jobexec.sh" |& tee -a out.txt; (( ERR |= "${?}" ))
"""


def make(top: Path) -> Path:
    """Write it; one file is run by neither script."""
    texts = {"server": SERVER, "client": CLIENT}
    (top / TESTS / "Core").mkdir(parents=True)
    for host, name in SCRIPTS.items():
        (top / TESTS / name).write_text(texts[host])
    (top / TESTS / "Core/Test_MySQLDB.py").write_text("def test_it(): pass\n")
    (top / TESTS / "Core/Test_Forgotten.py").write_text("def test_it(): pass\n")
    return top
