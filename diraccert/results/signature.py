"""Signatures: an error's text without what differs from one scenario to the next."""

from __future__ import annotations

import re

# The accounts and the virtual organisations of the system that is stood up (roles/client); every scenario has others.
_USERS = (
    "alice",
    "bob",
    "carol",
    "dave",
    "erin",
    "frank",
    "grace",
    "heidi",
    "ivan",
    "judy",
    "mallory",
    "oscar",
    "rita",
    "pilotman",
)
_VOS = ("dteam", "gridpp")

_WORD = r"[\w.@+~%-]"
_DN_KEY = r"(?:CN|C|OU|O|DC|ST|L|UID|emailAddress)"
_DN_VALUE = rf"{_WORD}+(?: (?=[A-Z0-9]){_WORD}+)*"
_HOST = r"(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[A-Za-z][\w-]*\.)+[a-z]{2,}|mysql|server|client|worker|localhost)"

# In the order of preference where several match at one place. A name that begins with "keep" leaves its match alone.
_RULES = {
    "keep": r"\b(?:HTTP(?:/\d\.\d)?|[Ee]rrno|[Ee]xit (?:code|status)|[Ss]tatus(?: code)?|[Rr]eturn code|rc)"
    r"[ :=]+-?\d{1,3}\b",
    "keep_name": r"\b(?:[Xx]\.?509|sha\d+|md5|utf-?8|base64|iso-?\d+|oauth2|python\d(?:\.\d+)*|IPv[46])\b",
    "time": r"datetime\.datetime\([^()]*\)"
    r"|\b\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?: ?UTC\b|Z\b|[+-]\d\d:?\d\d\b)?"
    r"|\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" (?:\d{4} |\d{1,2} )\d\d:\d\d:\d\d(?: (?:UTC|GMT))?(?: \d{4}\b)?"
    r"|\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b",
    "uuid": r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b",
    "dn": rf"(?:/{_DN_KEY}={_DN_VALUE})+|\b{_DN_KEY}={_DN_VALUE}(?:, ?{_DN_KEY}={_DN_VALUE})+",
    "lfn": rf"(?:LFN|lfn):/*[^\s'\"<>()\[\]{{}},;]+|/(?:{'|'.join(_VOS)})(?:/{_WORD}+)+/?|/SandBox(?:/{_WORD}+)+",
    "container": r"\bdirac-cert-\w[\w-]*",
    "host": rf"(?<=://){_WORD}+(?::\d+)?|\b{_HOST}:\d{{1,5}}\b|\('[\w.-]+', \d+\)|\b\d{{1,3}}(?:\.\d{{1,3}}){{3}}\b",
    "user": rf"\b(?:{'|'.join(_USERS)})\b",
    "token": r"\btmp[a-z0-9_]{6,}\b",
    # Ids are often cut from a UUID, and some of those have digits only: so numbers and generated ids are one.
    "n": r"\b0x[0-9a-fA-F]+\b"
    r"|(?<![A-Za-z0-9])(?=[a-fA-F]*\d)[0-9a-fA-F]{6,}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])(?=[a-z]*\d+[a-z]+\d)[a-z0-9]{6,}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])(?:(?<!\w)[-+])?\d+(?:\.\d+)*(?:[eE][-+]?\d+)?"
    r"|(?:(?<=[Jj]ob)|(?<=[Tt]ask)|(?<=[Ff]ile)|(?<=[Ww]orker)|(?<=[Pp]ilot)|(?<=[Rr]equest)|(?<=\bgw))\d+",
}
_VARYING = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _RULES.items()))
_PLACEHOLDER = r"<(?:time|uuid|dn|lfn|container|host|user|token|n|name)>"
_QUOTED = re.compile(rf"(?<!\w)(['\"`])(?!<name>\1)[^'\"`\n]*{_PLACEHOLDER}[^'\"`\n]*\1(?!\w)")
_RUN = re.compile(rf"(['\"`]?{_PLACEHOLDER}['\"`]?)(?:[,;\s]+\1)+")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def normalise(text: str) -> str:
    """The error's text with placeholders for what varies, so that two scenarios that met one error give equal texts.

    Numbers, hexadecimal and other generated ids, UUIDs, times, LFNs, sandbox paths, DNs, hosts with their ports, the
    accounts of the test system, quoted names that hold any of these; lists of them count as one. HTTP states, errno
    and exit codes stay, as they tell errors apart. Normalising twice changes nothing.
    """
    text = _ANSI.sub("", text)
    while (simpler := _once(text)) != text:  # ends: each change leaves fewer characters outside placeholders
        text = simpler
    return text


def _once(text: str) -> str:
    text = _VARYING.sub(_replace, text)
    text = _QUOTED.sub(r"\1<name>\1", text)
    text = _RUN.sub(r"\1", text)
    return " ".join(text.split())


def _replace(match: re.Match[str]) -> str:
    name = str(match.lastgroup)
    return match.group() if name.startswith("keep") else f"<{name}>"
