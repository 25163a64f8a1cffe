#!/bin/bash
# In a container made from an image, /var/lib/mysql is an empty file system in memory: fill it with the files kept in the image.
set -eu
kept=/opt/dirac-cert/mysql
if [ -d "$kept" ] && [ -z "$(ls -A /var/lib/mysql)" ]; then
  cp -a "$kept/." /var/lib/mysql/
  chown mysql:mysql /var/lib/mysql
fi
