"""https on one's own machine: a certificate that nobody else can make, for tools that insist on it.

A small authority is made, signs one certificate and is forgotten: its key is kept nowhere, and it
may speak for names of this machine only, so that trusting it opens nothing else.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from .. import clock
from ..config import Config
from ..errors import Problem, Rejected
from ..i18n import _
from .security import LOCAL_HOSTS, is_production

KEPT = timedelta(days=365)
RENEWED = timedelta(days=30)  # before it runs out
NAMES = ("localhost",)
ADDRESSES = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where the files are."""

    folder: Path

    @property
    def authority(self) -> Path:
        """What tools are told to trust."""
        return self.folder / "authority.pem"

    @property
    def chain(self) -> Path:
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        return self.folder / "server.key"


def refuse_in_public(config: Config) -> None:
    """Raises Rejected (`tls.public`) where others than the person at this machine come."""
    if is_production(config) or config.host not in LOCAL_HOSTS:
        message = _("--tls is for this machine only.")
        hint = _("In public let a web server such as Caddy or nginx stand before Trellis.")
        raise Rejected(Problem("tls.public", ("TRELLIS_HOST",), message, hint))


def local_certificate(data_dir: Path) -> Certificate:
    """The certificate of this machine; made when there is none, or when it runs out soon."""
    found = Certificate(data_dir / "tls")
    if not _is_good(found):
        _make(found)
    return found


def server_of(app: Flask, config: Config, certificate: Certificate) -> BaseWSGIServer:
    """A server by https, for a few people; it listens already. Raises OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate.chain, certificate.key)
    return make_server(config.host, config.port, app, threaded=True, ssl_context=context)


def _is_good(found: Certificate) -> bool:
    if not all(path.is_file() for path in (found.authority, found.chain, found.key)):
        return False
    try:
        kept = x509.load_pem_x509_certificate(found.chain.read_bytes())
    except ValueError:
        return False
    return kept.not_valid_after_utc - clock.now() > RENEWED


def _make(found: Certificate) -> None:
    found.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    signing, key = (ec.generate_private_key(ec.SECP256R1()) for _n in range(2))
    authority = _authority(signing)
    served = _served(key.public_key(), signing, authority)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(found.key, private)
    _write(found.authority, _pem(authority))
    _write(found.chain, _pem(served))


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    local = (*map(x509.DNSName, NAMES), *(x509.IPAddress(ip_network(one)) for one in ADDRESSES))
    name = _name("Trellis on this machine")
    made = _dated(name, name, key.public_key())
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    made = made.add_extension(x509.NameConstraints(local, None), critical=True)
    made = made.add_extension(_usage(signs=True), critical=True)
    known = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return made.add_extension(known, critical=False).sign(key, hashes.SHA256())


def _served(
    key: ec.EllipticCurvePublicKey, signing: ec.EllipticCurvePrivateKey, by: x509.Certificate
) -> x509.Certificate:
    made = _dated(_name("localhost"), by.subject, key)
    local = [*map(x509.DNSName, NAMES), *(x509.IPAddress(ip_address(one)) for one in ADDRESSES)]
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.SubjectAlternativeName(local), False),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (_usage(signs=False), True),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False),
    )
    for extension, is_critical in extensions:
        made = made.add_extension(extension, critical=is_critical)
    return made.sign(signing, hashes.SHA256())


def _dated(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = clock.now()
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = made.serial_number(x509.random_serial_number())
    return made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + KEPT)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes) -> None:
    """Only its owner reads it, from the first moment."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
