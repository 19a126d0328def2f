"""What a session does with names; each call of `say` is one result, as JSON on a line of its own."""

import errno
import json
import socket
import struct
import sys
import threading


def say(**result):
    print(json.dumps(result), flush=True)


def look_up(name, family=socket.AF_UNSPEC):
    try:
        found = socket.getaddrinfo(name, 8080, family, socket.SOCK_STREAM)
        return sorted({entry[4][0] for entry in found})
    except socket.gaierror as error:
        return error.errno


def reach(address, port=8080):
    """0, or the errno of a connect."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as sock:
        sock.settimeout(5)
        try:
            sock.connect((address, port))
            return 0
        except TimeoutError:
            return errno.ETIMEDOUT
        except OSError as error:
            return error.errno


def query(name, kind=1, number=0x1234):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


def facts(answer):
    """Response code, whether it was cut, and how many records."""
    return [answer[3] & 15, bool(answer[2] & 2), struct.unpack("!H", answer[6:8])[0]]


def ask_udp(name, server="192.0.2.53", kind=1, connected=True):
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        if connected:
            sock.connect((server, 53))
            sock.send(query(name, kind))
            seen = sock.getpeername()[:2]
            answer = sock.recv(4096)
        else:
            sock.sendto(query(name, kind), (server, 53))
            answer, seen = sock.recvfrom(4096)
            seen = seen[:2]
    return {"answer": facts(answer), "peer": list(seen)}


def ask_tcp(name, server="192.0.2.53", kind=1):
    with socket.create_connection((server, 53), 5) as sock:
        message = query(name, kind)
        sock.sendall(struct.pack("!H", len(message)) + message)
        peer = list(sock.getpeername()[:2])
        head = sock.recv(2, socket.MSG_WAITALL)
        answer = sock.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL)
    return {"answer": facts(answer), "peer": peer}


def at_once(count, work):
    results = [None] * count

    def run(index):
        results[index] = work()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


exec(sys.argv[1])  # pylint: disable=exec-used
