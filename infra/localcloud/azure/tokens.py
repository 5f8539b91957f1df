"""The token endpoint, `login.microsoftonline.com`: a service principal signs in by a secret or by an identity token."""

import hmac
import json
import random
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from localcloud.messages import _

from .certificates import LOGIN, MANAGEMENT
from .credentials import Credentials
from .federation import AssertionRefused, signed, subject_of
from .routing import Routes

SECONDS = 3599
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BY_SECRET, BY_OIDC = "service principal (secret)", "service principal (OIDC)"
MOST_TOKENS = 500


class Refusal(Exception):
    """As Entra refuses: `code` is the number in AADSTS..."""

    def __init__(self, status: int, error: str, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.error, self.code = status, error, code


class Tokens:
    """Issues access tokens and knows again those that it has issued."""

    def __init__(self, credentials: Credentials, rng: random.Random) -> None:
        self._credentials = credentials
        self._rng = rng
        self._issued: dict[str, tuple[float, str]] = {}
        self._routes = Routes(
            [
                ("GET", "/{tenant}/v2.0/.well-known/openid-configuration", self._configuration),
                ("GET", "/{tenant}/.well-known/openid-configuration", self._configuration),
                ("GET", "/common/discovery/instance", self._discovery),
                ("POST", "/{tenant}/oauth2/v2.0/token", self._token),
                ("POST", "/{tenant}/oauth2/token", self._token),
            ]
        )

    def owner_of(self, authorization: str) -> str | None:
        """Who came by the token of an `Authorization` header, in words; None when it is none of ours, or too old."""
        kind, _space, token = authorization.partition(" ")
        found = self._issued.get(token.strip()) if kind.lower() == "bearer" else None
        return found[1] if found and found[0] > time.time() else None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        found = self._routes.find(request.method, request.path)
        if found is None:
            return web.json_response({"error": "not_found", "error_description": request.path}, status=404)
        handler, parts = found
        try:
            return web.json_response(await handler(request, parts.get("tenant") or ""))
        except Refusal as refusal:
            return _refused(refusal)

    async def _configuration(self, _request: web.Request, tenant: str) -> dict[str, Any]:
        known = tenant if tenant in ("common", "organizations") else self._known(tenant)
        base = f"https://{LOGIN}/{known}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "issuer": f"https://{LOGIN}/{self._credentials.tenant_id}/v2.0",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "response_types_supported": ["code", "id_token", "token"],
            "scopes_supported": ["openid"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "cloud_instance_name": "microsoftonline.com",
            "tenant_region_scope": None,
        }

    async def _discovery(self, _request: web.Request, _tenant: str) -> dict[str, Any]:
        aliases = [LOGIN, "login.windows.net", "sts.windows.net"]
        metadata = {"preferred_network": LOGIN, "preferred_cache": "login.windows.net", "aliases": aliases}
        endpoint = f"https://{LOGIN}/{self._credentials.tenant_id}/v2.0/.well-known/openid-configuration"
        return {"tenant_discovery_endpoint": endpoint, "api-version": "1.1", "metadata": [metadata]}

    async def _token(self, request: web.Request, tenant: str) -> dict[str, Any]:
        self._known(tenant)
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        if form.get("grant_type") != "client_credentials":
            text = _("AADSTS70003: The app requested an unsupported grant type '{kind}'; take client_credentials.")
            raise Refusal(400, "unsupported_grant_type", 70003, text.format(kind=form.get("grant_type")))
        owner = self._signed_in(form)
        token = self._issue(owner, _audience(form))
        answer: dict[str, Any] = {
            "token_type": "Bearer", "expires_in": SECONDS, "ext_expires_in": SECONDS, "access_token": token,
        }  # fmt: skip
        if form.get("client_info") == "1":
            info = {"uid": self._credentials.object_id, "utid": self._credentials.tenant_id}
            answer["client_info"] = urlsafe_b64encode(json.dumps(info).encode()).rstrip(b"=").decode()
        return answer

    def _known(self, tenant: str) -> str:
        if tenant.lower() != self._credentials.tenant_id:
            text = _("AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.")
            raise Refusal(400, "invalid_tenant", 90002, text.format(tenant=tenant))
        return tenant.lower()

    def _signed_in(self, form: Mapping[str, str]) -> str:
        """Who it is, in words; Refusal."""
        client = form.get("client_id", "")
        if client.lower() != self._credentials.client_id:
            text = "AADSTS700016: Application with identifier '{client}' was not found in the directory '{tenant}'."
            tenant = self._credentials.tenant_id
            raise Refusal(400, "unauthorized_client", 700016, text.format(client=client, tenant=tenant))
        if assertion := form.get("client_assertion"):
            try:
                subject = subject_of(assertion, self._credentials.oidc_key, time.time())
            except AssertionRefused as refused:
                raise Refusal(401, "invalid_client", refused.code, str(refused)) from refused
            return f"{BY_OIDC}, {subject}"
        if not (secret := form.get("client_secret")):
            text = (
                "AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required for the "
                "'client_credentials' grant type."
            )
            raise Refusal(401, "invalid_client", 7000216, text)
        if not hmac.compare_digest(secret.encode(), self._credentials.client_secret.encode()):
            text = (
                "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the "
                "client secret value, not the client secret ID, for a secret added to app '{client}'."
            )
            raise Refusal(401, "invalid_client", 7000215, text.format(client=client))
        return BY_SECRET

    def _issue(self, owner: str, audience: str) -> str:
        now, known = int(time.time()), self._credentials
        claims = {
            "aud": audience, "iss": f"https://sts.windows.net/{known.tenant_id}/", "iat": now, "nbf": now,
            "exp": now + SECONDS, "appid": known.client_id, "oid": known.object_id, "sub": known.object_id,
            "tid": known.tenant_id, "idtyp": "app", "ver": "1.0", "uti": f"{self._rng.getrandbits(64):016x}",
        }  # fmt: skip
        token = signed(claims, known.oidc_key)
        self._issued = dict([*self._issued.items(), (token, (now + SECONDS, owner))][-MOST_TOKENS:])
        return token


def _audience(form: Mapping[str, str]) -> str:
    scope = (form.get("scope") or form.get("resource") or "").split(" ")[0]
    return scope.removesuffix("/.default") or f"https://{MANAGEMENT}"


def _refused(refusal: Refusal) -> web.Response:
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
    words = f"{refusal} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    body = {
        "error": refusal.error, "error_description": words, "error_codes": [refusal.code], "timestamp": stamp,
        "trace_id": trace, "correlation_id": correlation, "error_uri": f"https://{LOGIN}/error?code={refusal.code}",
    }  # fmt: skip
    return web.json_response(body, status=refusal.status)
