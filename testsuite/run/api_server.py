"""What tests of the API server's client share: certificates, and a server that answers each connection in a thread of its own."""

import os
import socket
import ssl
import subprocess
import tempfile
import threading

NAME = "kubernetes.default.svc"
folder = tempfile.TemporaryDirectory()


def path(name):
    return os.path.join(folder.name, name)


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_ca(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path(name + ".key"),
            "-out", path(name + ".crt"), "-subj", "/CN=" + name, "-days", "2",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")


def make_server(name, ca, dns, days="2"):
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", path(name + ".key"), "-out", path(name + ".csr"), "-subj", "/CN=server")
    with open(path("ext"), "w") as f:
        f.write("subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\n" % dns)
    openssl("x509", "-req", "-in", path(name + ".csr"), "-CA", path(ca + ".crt"), "-CAkey", path(ca + ".key"), "-CAcreateserial",
            "-days", days, "-extfile", path("ext"), "-out", path(name + ".crt"))


class Server:
    """Answers connection after connection with serve(stream, self); `heard` keeps what was asked."""

    def __init__(self, serve, cert="good", version=None, plain=False):
        self.serve, self.heard, self.connections = serve, [], 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(path(cert + ".crt"), path(cert + ".key"))
        if version:
            self.context.minimum_version = self.context.maximum_version = version
        self.plain = plain
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                raw, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.one, args=(raw,), daemon=True).start()

    def one(self, raw):
        try:
            stream = raw if self.plain else self.context.wrap_socket(raw, server_side=True)
            self.serve(stream, self)
            stream.close()
        except OSError:
            raw.close()


def request(stream, server):
    data = b""
    while b"\r\n\r\n" not in data:
        more = stream.recv(4096)
        if not more:
            return None
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += stream.recv(4096)
    server.heard.append((head.decode(), body.decode()))
    return server.heard[-1]


def reply(stream, status, body, more=""):
    stream.sendall(("HTTP/1.1 %d X\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), more, body)).encode())
