"""The stand-in of dirac-install: releases before 8.0 serve it among the files of the pilot, and fetch it from GitHub
when the repository of the pilot has none. The stand-in of the pilot installs nothing, so nobody calls it."""

import sys

if __name__ == "__main__":
    sys.exit("this is the stand-in that dirac-cert ships: it installs nothing")
