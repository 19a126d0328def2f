"""Everything outside, as the agents' machine sees it: a resolver (dnsmasq) for which every name is one address, and there a server for HTTPS
that has a certificate for whichever host is asked for, by an authority made for this run. For a network namespace of one's own."""

import http.server
import json
import pathlib
import socket
import ssl
import subprocess
import threading
import urllib.parse

from models import Anthropic, Gemini, OpenAI, next_call

ADDRESS, ADDRESS6 = "192.0.2.80", "2001:db8::80"
RESOLVER = ("127.0.0.1", 5300)


class Authority:
    """Signs a certificate for each host that is asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.certificate = self.folder / "authority.pem"
        self.lock = threading.Lock()
        self.contexts = {}
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority", "-keyout",
                     self.folder / "authority.key", "-out", self.certificate)
        self.openssl("genrsa", "-out", self.folder / "host.key", "2048")

    @staticmethod
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    def context_for(self, host):
        with self.lock:
            if host not in self.contexts:
                self.contexts[host] = self.make_context(host)
            return self.contexts[host]

    def make_context(self, host):
        request, certificate, names = (self.folder / f"{host}.{kind}" for kind in ("csr", "pem", "names"))
        names.write_text(f"subjectAltName=DNS:{host}\n")
        self.openssl("req", "-new", "-key", self.folder / "host.key", "-subj", "/CN=host", "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.folder / "authority.key", "-CAcreateserial",
                     "-days", "2", "-extfile", names, "-out", certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, self.folder / "host.key")
        return context


class Server(http.server.ThreadingHTTPServer):
    """On every address, IPv4 ones included."""

    address_family = socket.AF_INET6
    daemon_threads = True

    def __init__(self, context, handler):
        super().__init__(("::", 443), handler)
        self.context = context

    def get_request(self):
        connection, client = super().get_request()
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), client

    def handle_error(self, *_):
        """Whoever does not trust the authority hangs up."""


class Outside:
    """The resolver and the server. commands: what the model asks for; hosts: who was asked for; told: what the models were told."""

    def __init__(self, folder, commands=()):
        self.authority = Authority(folder)
        self.commands = commands
        self.hosts, self.requests, self.told = [], [], []

    def __enter__(self):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["ip", "address", "add", f"{ADDRESS}/32", "dev", "lo"], check=True)
        subprocess.run(["ip", "address", "add", f"{ADDRESS6}/128", "dev", "lo", "nodad"], check=True)
        self.resolver = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--pid-file",
             f"--listen-address={RESOLVER[0]}", "--bind-interfaces", f"--port={RESOLVER[1]}", f"--address=/#/{ADDRESS}", f"--address=/#/{ADDRESS6}", "--log-queries",
             f"--log-facility={self.authority.folder}/queries"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.server = Server(self.first_context(), type("Handler", (Handler,), {"outside": self}))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.resolver.terminate()
        self.resolver.wait()

    def first_context(self):
        """What a client meets until it has said which host it wants."""
        context = self.authority.context_for("nobody.example")
        context.sni_callback = self.meet
        return context

    def meet(self, connection, host, _):
        self.hosts.append(host)
        if host:
            connection.context = self.authority.context_for(host)

    def answer(self, path, request):
        """The stream of events, or the one object, that a model's service gives; None where it is no model's."""
        for part, service in (("/messages", Anthropic), ("/responses", OpenAI), (":streamGenerateContent", Gemini)):
            if path.endswith(part):
                tools, said = service.tools(request), service.said(request)
                call = next_call(tools, said, self.commands)
                if tools:
                    self.told = max(self.told, said, key=len)
                return service.events(request, call)
        return None


def sent_event(event):
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event)}\n\n"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    outside = None

    def setup(self):
        self.request.do_handshake()
        super().setup()

    def log_message(self, *_):
        pass

    def send(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def do_GET(self):
        self.outside.requests.append(f"GET {self.headers.get('Host')}{self.path}")
        self.send(404, "application/json", b'{"error":{"type":"not_found_error","message":"not here"}}')

    def do_POST(self):
        body = self.body()
        self.outside.requests.append(f"POST {self.headers.get('Host')}{self.path}")
        try:
            answer = self.outside.answer(urllib.parse.urlsplit(self.path).path, json.loads(body or b"{}"))
        except ValueError:
            answer = None
        if answer is None:
            self.send(404, "application/json", b'{"error":{"type":"not_found_error","message":"not here"}}')
        elif isinstance(answer, dict):
            self.send(200, "application/json", json.dumps(answer).encode())
        else:
            self.send(200, "text/event-stream", "".join(map(sent_event, answer)).encode())
