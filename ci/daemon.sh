# Read by ci/bootstrap, ci/certify and ci/test: where the Docker daemon is, and whether it answers.
# No docker command is needed for it: a container may hold nothing but the daemon's socket.
# shellcheck shell=bash

# The address, in the order that docker itself looks it up; a Mac's Docker has its socket in a context.
daemon_address() {
  if [ -n "${DOCKER_HOST:-}" ]; then
    echo "$DOCKER_HOST"
  elif command -v docker >/dev/null 2>&1 && { [ -n "${DOCKER_CONTEXT:-}" ] || [ ! -S /var/run/docker.sock ] ||
    grep -qs currentContext "${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json"; }; then
    docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null || echo unix:///var/run/docker.sock
  else
    echo unix:///var/run/docker.sock
  fi
}

# daemon_get PYTHON ADDRESS PATH LIMIT: asks the daemon over HTTP/1.0 with the standard library alone.
# Exit codes: 0 it said 200, 1 no answer, 3 another answer, 13 the socket refuses this account.
daemon_get() {
  "$1" -I -S - "$2" "$3" "$4" <<'PYTHON'
import socket
import sys

address, path, limit = sys.argv[1:]
scheme, _, rest = address.partition("://")
try:
    if scheme == "unix":
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(float(limit))
        link.connect(rest)
    else:
        host, _, port = rest.rstrip("/").rpartition(":")
        link = socket.create_connection((host.strip("[]"), int(port)), float(limit))
    link.sendall(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
    answer = link.recv(64)
except PermissionError:
    sys.exit(13)
except (OSError, ValueError):
    sys.exit(1)
sys.exit(0 if b" 200 " in answer else 3)
PYTHON
}

# daemon_state PYTHON ADDRESS: says `answers`, `refuses`, `silent` or, where nothing here can ask it, `unknown`.
daemon_state() {
  case "$2" in
    unix://* | tcp://*)
      if [ -z "${DOCKER_TLS_VERIFY:-}" ] && [ -n "$1" ]; then
        daemon_get "$1" "$2" /_ping 5 && echo answers && return
        [ $? -eq 13 ] && echo refuses && return
        echo silent
        return
      fi
      ;;
  esac
  if command -v docker >/dev/null 2>&1; then
    if DOCKER_HOST=$2 docker version >/dev/null 2>&1; then echo answers; else echo silent; fi
  elif [ -x .venv/bin/dirac-cert ]; then
    if DOCKER_HOST=$2 .venv/bin/python -c 'import docker; docker.from_env(timeout=5).ping()' >/dev/null 2>&1; then
      echo answers
    else
      echo silent
    fi
  else
    case "$2" in
      unix://*) if [ -S "${2#unix://}" ]; then echo unknown; else echo silent; fi ;;
      *) echo unknown ;;
    esac
  fi
}
