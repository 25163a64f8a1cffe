"""The life of a child: one request, as its account, with what an interpreter does at its end."""

from __future__ import annotations

import atexit
import json
import os
import pwd
import sys
import threading
import traceback

from .typed import encode


def become(account):
    """Drop to the account for good, with its groups and its usual environment."""
    entry = pwd.getpwnam(account)
    if os.geteuid() == 0:
        os.initgroups(account, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    os.environ.update(HOME=entry.pw_dir, USER=account, LOGNAME=account)
    return entry.pw_dir


def run_child(work, request, answer_fd):
    """The life of a child: never returns."""
    rc = 0
    try:
        try:
            os.environ.pop("X509_USER_PROXY", None)
            home = become(request["account"]) if request.get("account") else os.environ.get("HOME", "/")
            os.environ.update(request.get("env") or {})
            folder = request.get("folder") or home
            os.makedirs(folder, exist_ok=True)
            os.chdir(folder)
            answer = {"value": encode(work.do(request))}
        except SystemExit as leaving:
            answer = {}
            if isinstance(leaving.code, str):
                print(leaving.code, file=sys.stderr)
            rc = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        except BaseException as error:
            traceback.print_exc()
            rc, answer = 1, {"error": f"{type(error).__name__}: {error}"[:2000]}
        with os.fdopen(answer_fd, "w") as file:
            json.dump(answer, file)
        # As an interpreter that ends: wait for its threads, then run what was registered for its end.
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException:
        traceback.print_exc()
        rc = rc or 1
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(rc & 0xFF)
