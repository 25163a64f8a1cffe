"""The parts of the warm interpreter; see warm.py beside this folder."""
