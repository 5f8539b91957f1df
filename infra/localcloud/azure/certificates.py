"""A certificate authority that lives as long as this Azure, and the certificate of its one HTTPS endpoint."""

import os
import ssl
from pathlib import Path

import trustme

MANAGEMENT, LOGIN = "management.azure.com", "login.microsoftonline.com"
APPS, SCM = "azurewebsites.net", "scm.azurewebsites.net"
NAMES = (f"*.{SCM}", f"*.{APPS}", MANAGEMENT, LOGIN)


def server_context(authority_file: Path, more: tuple[str, ...] = ()) -> ssl.SSLContext:
    """What the endpoint serves with, for `more` names too. The authority's certificate, which clients must trust, is
    written to a file; its key is kept nowhere."""
    authority = trustme.CA(organization_name="Serverless Camp")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*NAMES, *more).configure_cert(context)
    authority_file.parent.mkdir(parents=True, exist_ok=True)
    anew = authority_file.with_suffix(".new")
    authority.cert_pem.write_to_path(str(anew))
    os.replace(anew, authority_file)
    return context


def client_environment(authority_file: Path, gate_port: int) -> dict[str, str]:
    """The variables by which curl, Python, Node and az go through the gate and trust the authority."""
    gate, file = f"http://127.0.0.1:{gate_port}", str(authority_file)
    ours = "127.0.0.1,localhost"
    trust = ("NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
    return {
        **{"HTTPS_PROXY": gate, "https_proxy": gate, "NO_PROXY": ours, "no_proxy": ours},
        **dict.fromkeys(trust, file),
        "AZURE_CORE_COLLECT_TELEMETRY": "0",
    }
