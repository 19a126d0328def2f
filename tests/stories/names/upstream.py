"""The host's resolver of the names story: a real dnsmasq, and before it a relay that can be slow, be gone, or be somebody who forges."""

import contextlib
import pathlib
import select
import socket
import struct
import subprocess
import threading

ADDRESS = "127.0.0.1"
REAL_PORT, PORT = 5301, 5300
FORGED = "192.0.2.66"

RECORDS = [
    "--host-record=git.corp.example,192.0.2.10,2001:db8::10", "--host-record=old.corp.example,192.0.2.11",
    "--host-record=secret.corp.example,192.0.2.12", "--address=/docs.example/192.0.2.20", "--address=/docs.example/2001:db8::20",
    "--cname=www.corp.example,git.corp.example", "--host-record=inner.docs.example,10.0.0.1", "--host-record=loop.docs.example,127.0.0.1",
    "--host-record=linked.docs.example,169.254.169.254", "--host-record=mapped.docs.example,::1",
    "--host-record=intranet.docs.example,10.20.0.7", "--host-record=v6.corp.example,2001:db8::30",
]
MANY = [f"--host-record=many.docs.example,192.0.2.{100 + n}" for n in range(100)]


class Upstream:
    def __init__(self):
        self.asked = []
        self.mode = "plain"
        self.gate = threading.Event()
        self.gate.set()
        self.stopped = False

    def __enter__(self):
        self.dnsmasq = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--pid-file",
             f"--listen-address={ADDRESS}", "--bind-interfaces", f"--port={REAL_PORT}", *RECORDS, *MANY],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.open()
        return self

    def __exit__(self, *_):
        self.close()
        self.dnsmasq.terminate()
        self.dnsmasq.wait()

    def open(self):
        self.stopped = False
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((ADDRESS, PORT))
        self.tcp = socket.create_server((ADDRESS, PORT))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        self.stopped = True
        self.gate.set()
        self.thread.join()
        self.udp.close()
        self.tcp.close()

    def serve(self):
        while not self.stopped:
            ready, _, _ = select.select([self.udp, self.tcp], [], [], 0.05)
            if self.udp in ready:
                query, client = self.udp.recvfrom(4096)
                self.asked.append(name_of(query))
                threading.Thread(target=self.answer, args=(query, client), daemon=True).start()
            if self.tcp in ready:
                connection, _ = self.tcp.accept()
                threading.Thread(target=self.answer_stream, args=(connection,), daemon=True).start()

    def answer(self, query, client):
        self.gate.wait()
        if self.mode == "forge":
            forged = forge(query)
            self.udp.sendto(bytes([forged[0] ^ 0x5a]) + forged[1:], client)  # another number
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:  # another port
                stranger.sendto(forged, client)
            self.udp.sendto(forge(query, name=b"\x05other\x07example\x00"), client)  # another question
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as real:
            real.settimeout(5)
            real.sendto(query, (ADDRESS, REAL_PORT))
            self.udp.sendto(real.recv(4096), client)

    def answer_stream(self, connection):
        self.asked.append("over TCP")
        with connection, contextlib.suppress(OSError), socket.create_connection((ADDRESS, REAL_PORT)) as real:
            while True:
                ready, _, _ = select.select([connection, real], [], [], 5)
                if not ready:
                    return
                for source, sink in ((connection, real), (real, connection)):
                    if source in ready:
                        bytes_ = source.recv(65536)
                        if not bytes_:
                            return
                        sink.sendall(bytes_)


def name_of(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += query[at] + 1
    return ".".join(labels)


def forge(query, name=None):
    """An answer to the query with the forger's address."""
    end = 12
    while query[end]:
        end += query[end] + 1
    question = (name or query[12:end + 1]) + query[end + 1:end + 5]
    answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + socket.inet_aton(FORGED)
    return query[:2] + b"\x81\x80" + struct.pack("!HHHH", 1, 1, 0, 0) + question + answer


def ready():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        probe.connect((ADDRESS, REAL_PORT))
        with contextlib.suppress(OSError):
            probe.send(b"\x00\x01\x01\x00\x00\x01" + bytes(6) + b"\x03git\x04corp\x07example\x00\x00\x01\x00\x01")
            return bool(probe.recv(512))
    return False


def installed():
    return any(pathlib.Path(folder, "dnsmasq").exists() for folder in ("/usr/sbin", "/sbin", "/usr/bin"))
