"""The outside world: a host behind the lab's router that answers HTTP and nothing else.

Runs in a network namespace of its own. Prints its pid, by which the lab finds the namespace.
"""
import os
import socket

BODY = b"hello from outside\n"
RESPONSE = (b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n" % len(BODY)) + BODY

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("", 80))
server.listen(16)
print(os.getpid(), flush=True)
while True:
    connection, _ = server.accept()
    with connection:
        connection.settimeout(5)
        try:
            connection.recv(4096)
            connection.sendall(RESPONSE)
        except OSError:
            continue  # the client gave up: the next one
