"""What probes aim at: servers on addresses of a network namespace, a helper that passes sockets on, a process to borrow from. Each server
answers a byte to whatever comes, and counts what arrived, so that a crossing is seen even where its answer is lost."""

import os
import selectors
import socket
import subprocess
import sys
import threading

TCP_FASTOPEN = 23


class Servers:
    def __init__(self, folder):
        self.folder = folder
        self.selector = selectors.DefaultSelector()
        self.arrived = []  # (server, peer) of what reached an endpoint that is granted to nobody
        self.own_ports = set()
        self.lock = threading.Lock()
        threading.Thread(target=self.loop, daemon=True).start()

    def serve(self, name, family, kind, address, refused=True, handle=None):
        made = socket.socket(family, kind)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if family != socket.AF_UNIX:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        if family == socket.AF_UNIX and isinstance(address, str) and address.startswith("/"):
            os.chmod(address, 0o777)
        if kind != socket.SOCK_DGRAM:
            if family != socket.AF_UNIX:
                made.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 16)
            made.listen(64)
            ready = handle or (lambda: self.accept(name, made, refused))
        else:
            ready = lambda: self.datagram(name, made, refused)  # noqa: E731
        made.setblocking(False)
        self.selector.register(made, selectors.EVENT_READ, ready)
        return made

    def note(self, name, peer):
        if not (isinstance(peer, tuple) and peer[1] in self.own_ports):
            self.arrived.append((name, peer))

    def accept(self, name, listener, refused):
        connection, peer = listener.accept()
        if refused:
            self.note(name, peer)
        connection.setblocking(False)
        self.selector.register(connection, selectors.EVENT_READ, lambda: self.answer(name, connection, refused))

    def answer(self, name, connection, refused):
        try:
            got = connection.recv(65536)
            if got:
                if refused and got.startswith(b"probe"):
                    self.arrived.append((name, "data"))
                connection.send(b"x")
                return
        except OSError:
            pass
        self.selector.unregister(connection)
        connection.close()

    def datagram(self, name, server, refused):
        _, peer = server.recvfrom(65536)
        if refused:
            self.note(name, peer)
        if peer:
            server.sendto(b"x", peer)

    def pass_socket(self, listener, endpoint):
        """Gives a socket that is connected to a refused endpoint to whoever asks."""
        channel, _ = listener.accept()
        socket.send_fds(channel, [b"s"], [self.connected(endpoint).fileno()])
        channel.close()

    def connected(self, endpoint):
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.bind(("127.0.0.1", 0))
        self.own_ports.add(made.getsockname()[1])
        made.connect(endpoint)
        self.kept = getattr(self, "kept", []) + [made]
        return made

    def loop(self):
        while True:
            for key, _ in self.selector.select(0.2):
                try:
                    key.data()
                except OSError as error:
                    print(f"servers: {error}", file=sys.stderr)

    def take_arrivals(self):
        arrived, self.arrived = self.arrived, []
        return arrived


def knock(line, address4, address6):
    """Tries to reach a probe that said `PORT n`, from outside, on every address of the machine that is not loopback."""
    port = int(line.split()[1])
    for family, address in ((socket.AF_INET, address4), (socket.AF_INET6, address6)):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(family, kind) as made:
                made.settimeout(0.5)
                try:
                    made.connect((address, port))
                    made.send(b"knock")
                except OSError:
                    pass


def start_neighbour(user, connected):
    """A process of the same user outside of every session, with a socket that is connected where no session may go."""
    return subprocess.Popen(["/usr/bin/sleep", "infinity"], user=user, group=user, extra_groups=[], pass_fds=[connected.fileno()])
