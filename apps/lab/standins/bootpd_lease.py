#!/usr/bin/python3 -IS
"""Writes /var/db/dhcpd_leases as macOS's bootpd does. Called by dnsmasq as its --dhcp-script.

usage: bootpd_lease.py add|old|del MAC ADDRESS [HOSTNAME]
Environment, see dnsmasq(8): DNSMASQ_CLIENT_ID, DNSMASQ_LEASE_EXPIRES, DNSMASQ_SUPPLIED_HOSTNAME.
DHCPD_LEASES names another file than /var/db/dhcpd_leases, for tests.
"""
import os
import sys

LEASES = "/var/db/dhcpd_leases"


def main(argv, environ):
    action, mac, address = argv[1:4]
    # bootpd keeps an entry until the address goes to somebody else: a release changes nothing.
    if action not in ("add", "old"):
        return
    path = environ.get("DHCPD_LEASES", LEASES)
    entry = format_entry(
        name=environ.get("DNSMASQ_SUPPLIED_HOSTNAME"),
        address=address,
        identifier=identifier(environ.get("DNSMASQ_CLIENT_ID"), mac),
        expires=int(environ["DNSMASQ_LEASE_EXPIRES"]),
    )
    # At its start dnsmasq repeats what it knows ("old"): known entries keep their places then.
    previous = read_entries(path)
    if action == "old" and entry in previous:
        return
    replace(path, [entry, *(other for other in previous if not same_lease(other, entry))])


def identifier(client_id, mac):
    """The client identifier when one was sent (a DUID begins with ff), else type 1 and the MAC."""
    octets = (client_id or f"01:{mac}").split(":")
    # bootpd prints bytes with %x: no leading zeros.
    kind, *rest = [f"{int(octet, 16):x}" for octet in octets]
    return f"{kind},{':'.join(rest)}"


def format_entry(name, address, identifier, expires):
    lines = ["{"]
    if name:
        lines.append(f"\tname={name}")
    lines += [
        f"\tip_address={address}",
        f"\thw_address={identifier}",
        f"\tidentifier={identifier}",
        f"\tlease=0x{expires:x}",
        "}",
    ]
    return "\n".join(lines) + "\n"


def read_entries(path):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except FileNotFoundError:
        return []
    return [f"{{{body}}}\n" for body in (part.partition("}")[0] for part in text.split("{")[1:])]


def property_of(entry, key):
    for line in entry.splitlines():
        if line.startswith(f"\t{key}="):
            return line[len(key) + 2:]
    return None


def same_lease(entry, other):
    """The same client, or the same address given to another one."""
    return any(
        property_of(entry, key) == property_of(other, key) for key in ("identifier", "ip_address")
    )


def replace(path, entries):
    with open(f"{path}-", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("".join(entries))
        os.fchmod(file.fileno(), 0o644)
    os.rename(f"{path}-", path)


main(sys.argv, os.environ)
