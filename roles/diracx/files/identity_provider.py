"""A stand-in for a community's identity provider (IAM, Check-in): OpenID Connect, authorization code flow with PKCE.

`uvicorn identity_provider:application` serves it; IDP_ISSUER, IDP_CLIENT, IDP_REDIRECTS and IDP_PEOPLE describe it.
A person NAME logs in with the password NAME; the subject is sub-NAME. It forgets everything when it ends.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import time
from html import escape
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

ISSUER, CLIENT = os.environ["IDP_ISSUER"], os.environ["IDP_CLIENT"]
REDIRECTS = os.environ["IDP_REDIRECTS"].split()
PEOPLE = os.environ["IDP_PEOPLE"].split()
KEY = RSAKey.generate_key(2048, {"kid": "certification", "use": "sig", "alg": "RS256"})
codes: dict[str, dict[str, str]] = {}
FORM = """<!doctype html><title>Log in</title><form method="post" action="/login?{query}">
<input name="login"><input name="password" type="password"><button>Log in</button></form>"""


def metadata(_: Request) -> Response:
    """What RFC 8414 calls the server's metadata."""
    return JSONResponse(
        {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


def keys(_: Request) -> Response:
    """The public key."""
    return JSONResponse({"keys": [KEY.as_dict(private=False)]})


def authorize(request: Request) -> Response:
    """A form for name and password, when client and redirect are those that are registered."""
    asked = dict(request.query_params)
    if asked.get("client_id") != CLIENT or asked.get("redirect_uri") not in REDIRECTS:
        return HTMLResponse("unknown client or redirect", 400)
    if asked.get("code_challenge_method") != "S256" or "openid" not in asked.get("scope", "").split():
        return HTMLResponse("PKCE by S256 and the scope openid are asked for", 400)
    return HTMLResponse(FORM.format(query=escape(urlencode(asked))))


async def login(request: Request) -> Response:
    """Back to the client with a code, or 403."""
    form, asked = await request.form(), dict(request.query_params)
    name = str(form.get("login", ""))
    if name not in PEOPLE or form.get("password") != name or asked.get("redirect_uri") not in REDIRECTS:
        return HTMLResponse("wrong name or password", 403)
    code = secrets.token_urlsafe()
    codes[code] = {**asked, "name": name}
    return RedirectResponse(
        f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}", 303
    )


async def token(request: Request) -> Response:
    """An identity token for a code, which serves once."""
    form = await request.form()
    asked = codes.pop(str(form.get("code", "")), None)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest())
    if asked is None or challenge.decode().rstrip("=") != asked["code_challenge"].rstrip("="):
        return JSONResponse({"error": "invalid_grant"}, 400)
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": f"sub-{asked['name']}",
        "preferred_username": asked["name"],
        "iat": now,
        "exp": now + 600,
        **({"nonce": asked["nonce"]} if "nonce" in asked else {}),
    }
    made = jwt.encode({"alg": "RS256", "kid": "certification"}, claims, KEY)
    return JSONResponse({"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "id_token": made})


application = Starlette(
    routes=[
        Route("/.well-known/openid-configuration", metadata),
        Route("/jwks", keys),
        Route("/authorize", authorize),
        Route("/login", login, methods=["POST"]),
        Route("/token", token, methods=["POST"]),
    ]
)
