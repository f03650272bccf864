"""Certificates for an endpoint on this machine: a right one, and each way in which one can be wrong."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from pathlib import Path

DAY = timedelta(days=1)


class Pair(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@cache
def authority(name: str) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    return Pair(_signed(name, key, None, -1, 30, None), key)


def _signed(name: str, key: ec.EllipticCurvePrivateKey, by: Pair | None, since: int, until: int, host: str | None) -> x509.Certificate:
    """By an authority, else by itself."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signing = by.key if by else key
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + since * DAY)
        .not_valid_after(now + until * DAY)
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if host is not None:
        named: x509.GeneralName = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        made = made.add_extension(x509.SubjectAlternativeName([named]), critical=False)
    return made.sign(signing, hashes.SHA256())


#: who signs it, for whom, from which day until which
KINDS: dict[str, tuple[str, str, int, int]] = {
    "right": ("known", "127.0.0.1", -1, 30),
    "of nobody we know": ("unknown", "127.0.0.1", -1, 30),
    "of another host": ("known", "api.example.org", -1, 30),
    "run out": ("known", "127.0.0.1", -30, -1),
    "not yet valid": ("known", "127.0.0.1", 1, 30),
}


def context(kind: str, folder: Path) -> tuple[ssl.SSLContext, Path]:
    """For the server; and the file of authorities that a client knows."""
    by, host, since, until = KINDS[kind]
    key = ec.generate_private_key(ec.SECP256R1())
    own, known = folder / "own.pem", folder / "known.pem"
    own.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + _signed(host, key, authority(by), since, until, host).public_bytes(serialization.Encoding.PEM)
    )
    known.write_bytes(authority("known").certificate.public_bytes(serialization.Encoding.PEM))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(own)
    return made, known
