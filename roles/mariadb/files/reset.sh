#!/bin/bash
# Puts the databases back to how the image has them. The files are replaced under a killed server: what it knew is not wanted.
set -eu
kept=/opt/dirac-cert/mysql
[ -d "$kept" ] || { echo "reset: this host was not made from an image" >&2; exit 1; }
service=/opt/dirac/startup/mariadb
sv down "$service" >/dev/null
sv kill "$service" >/dev/null
sv -w 5 down "$service" >/dev/null
find /var/lib/mysql -mindepth 1 -delete
cp -a "$kept/." /var/lib/mysql/
sv up "$service" >/dev/null
