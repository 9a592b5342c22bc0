"""https:// to a server whose certificate is known, and to one whose is not."""

import shutil
import ssl
import subprocess

import pytest
from scripted_node import ScriptedNode

from ingot.errors import Unreachable
from ingot.remote import open_transport

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl makes the certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return folder


@pytest.fixture
def node(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with ScriptedNode({"eth_blockNumber": "0x10"}, tls=context) as node:
        yield node


def test_a_known_certificate_is_trusted_and_its_connection_kept(node, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    transport = open_transport([node.url])
    assert [transport.request("eth_blockNumber") for _ in range(5)] == ["0x10"] * 5
    assert node.connections == 1
    transport.close()


def test_an_unknown_certificate_is_refused_before_anything_is_sent(node):
    slept = []
    transport = open_transport([node.url + "/v3/sesame"], sleep=slept.append)
    with pytest.raises(Unreachable, match=r"(?i)cannot connect to https://127.*certificate") as caught:
        transport.request("eth_blockNumber")
    assert "sesame" not in str(caught.value)
    assert not caught.value.may_have_arrived
    assert not node.payloads


def test_plain_http_where_tls_is_spoken_is_no_answer(node):
    transport = open_transport([node.url.replace("https", "http")], sleep=lambda _: None)
    with pytest.raises(Unreachable):
        transport.request("eth_blockNumber")
