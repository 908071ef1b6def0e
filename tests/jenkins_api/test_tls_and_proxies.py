"""Certificates and proxies: which of their failures prove that nothing was sent."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jenkins_api import AnswerLost, Jenkins, JenkinsError, NotSent
from tests.jenkins_api.raw_server import SIGNED_IN, drip, reply

QUEUE = b'{"items": []}'


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A file with a key and a self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_nobody_vouches_for_was_not_sent_to(raw, tls):
    server = raw(reply(200, QUEUE), tls=tls)
    with pytest.raises(NotSent, match="self-signed certificate"):
        Jenkins(server.url, **SIGNED_IN).start_build("smoke")
    assert server.requests == []


def test_a_bundle_of_our_own_is_trusted(raw, tls, certificate):
    server = raw(reply(200, QUEUE), tls=tls)
    assert Jenkins(server.url, verify=certificate).queue().items == ()


def test_a_bundle_that_is_missing_was_not_sent(raw, tls, tmp_path):
    server = raw(reply(200, QUEUE), tls=tls)
    with pytest.raises(NotSent):
        Jenkins(server.url, verify=str(tmp_path / "none.pem")).start_build("smoke")


def test_a_certificate_of_ours_is_shown(raw, tls, certificate):
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(certificate)
    server = raw(reply(200, QUEUE), tls=tls)
    assert Jenkins(server.url, verify=certificate, certificate=certificate).queue().items == ()
    with pytest.raises(AnswerLost):  # TLS 1.3 refuses after the handshake: the POST was under way
        Jenkins(server.url, verify=certificate).start_build("smoke")
    assert len(server.requests) == 1


def test_tls_that_breaks_after_the_request_is_a_lost_answer(raw, tls, certificate):
    server = raw(b"", tls=tls)
    with pytest.raises(AnswerLost):
        Jenkins(server.url, verify=certificate).start_build("smoke")
    assert len(server.requests) == 1


@pytest.mark.parametrize("greeting", [b"220 mail.example ESMTP\r\n", b""])
def test_a_server_without_tls_was_not_sent_to(greeting):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = Jenkins(f"https://127.0.0.1:{port}", **SIGNED_IN, connect_timeout_s=0.3)
        client_is_done = threading.Event()

        def greet():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(greeting)
                client_is_done.wait(600)

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(NotSent):
            client.start_build("smoke")
        client_is_done.set()
        thread.join()


DRIPPING = drip(b"HTTP/1.1 200 OK\r\nX-Long: ")


def test_tls_that_drips_does_not_go_on_for_ever(raw, tls, certificate):
    server = raw(DRIPPING, tls=tls)
    with pytest.raises(AnswerLost, match="longer than"):
        Jenkins(server.url, verify=certificate, answer_timeout_s=0.3).queue()


def test_a_proxy_that_drips_does_not_go_on_for_ever(raw, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", raw(DRIPPING).url)
    with pytest.raises(JenkinsError, match="longer than"):
        Jenkins("https://ci.invalid", answer_timeout_s=0.3).queue()


def test_a_proxy_that_is_not_there_was_not_sent_to(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with pytest.raises(NotSent, match="proxy"):
        Jenkins("http://ci.invalid", **SIGNED_IN).start_build("smoke")


def test_a_proxy_that_took_the_request_and_hung_up_is_a_lost_answer(raw, monkeypatch):
    proxy = raw(b"")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with pytest.raises(AnswerLost):
        Jenkins("http://ci.invalid", **SIGNED_IN).start_build("smoke")
    assert proxy.requests[0].startswith(b"POST http://ci.invalid/job/smoke/build?delay=0sec ")


def test_a_proxy_that_refuses_the_tunnel_was_not_passed(raw, monkeypatch):
    proxy = raw(reply(407))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    with pytest.raises(NotSent, match="proxy"):
        Jenkins("https://ci.invalid", **SIGNED_IN).start_build("smoke")
    assert proxy.requests[0].startswith(b"CONNECT ci.invalid:443 ")
