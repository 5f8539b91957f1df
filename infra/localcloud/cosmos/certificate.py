"""The emulator's own certificate, for `--https`: made once, kept beside the data."""

import datetime
import ipaddress
import os
import ssl
import tempfile
from pathlib import Path

CERTIFICATE, KEY = "cosmos-certificate.pem", "cosmos-key.pem"
DAYS = 825


def context(folder: Path | None) -> ssl.SSLContext:
    """TLS with the certificate in `folder`, made when it is missing or over; for None with one of this run alone."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        make(folder)
        made.load_cert_chain(folder / CERTIFICATE, folder / KEY)
        return made
    with tempfile.TemporaryDirectory() as passing:
        make(Path(passing))
        made.load_cert_chain(Path(passing) / CERTIFICATE, Path(passing) / KEY)
    return made


def make(folder: Path) -> None:
    """Writes `CERTIFICATE` and `KEY` into a folder, unless they are there and hold for another day."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = datetime.datetime.now(datetime.timezone.utc)
    there = folder / CERTIFICATE
    if there.exists() and (folder / KEY).exists():
        known = x509.load_pem_x509_certificate(there.read_bytes())
        if known.not_valid_after_utc > now + datetime.timedelta(days=1):
            return
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    places = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(places), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    _write(folder / KEY, key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    _write(there, certificate.public_bytes(pem))


def _write(path: Path, text: bytes) -> None:
    """For this user's eyes alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
