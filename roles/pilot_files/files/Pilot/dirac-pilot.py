"""The stand-in of DIRAC's pilot: runs the commands that the configuration lists, one after another."""

import sys

from pilotCommands import COMMANDS
from pilotTools import Pilot, PilotError, say


def main(words):
    """Exit code 0 when every command did its work."""
    say("this is the stand-in that dirac-cert ships, not DIRAC's own pilot")
    try:
        pilot = Pilot(words)
        for name in pilot.commands:
            if name not in COMMANDS:
                raise PilotError(f"the stand-in has no command {name}; it has {', '.join(COMMANDS)}")
            say(f"command {name}")
            COMMANDS[name](pilot)
    except PilotError as error:
        say(f"ends: {error}")
        return 1
    say("ends: every command done")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
