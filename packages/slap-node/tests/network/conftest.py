"""Network namespaces that hold a machine and another one on its link."""

import contextlib
import ctypes
import os
from pathlib import Path

import pytest
from pyroute2 import IPRoute

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_LIBC = ctypes.CDLL(None, use_errno=True)


def _check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter_new_namespace():
    """Move this thread into a network namespace of its own; return a descriptor of it."""
    _check(_LIBC.unshare(_NEW_NETWORK))
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


class Link:
    """A machine with `eth0` in this namespace, and another machine at the far end of it."""

    def __init__(self, here, there):
        self._here = here
        self._there = there

    def connect(self):
        with IPRoute() as ip:
            ip.link("add", ifname="eth0", kind="veth", peer={"ifname": "far0", "net_ns_fd": self._there})
            self._up(ip, "lo", "eth0")
        with self.far_away(), IPRoute() as ip:
            self._up(ip, "lo", "far0")

    @contextlib.contextmanager
    def far_away(self):
        _check(_LIBC.setns(self._there, _NEW_NETWORK))
        try:
            yield
        finally:
            _check(_LIBC.setns(self._here, _NEW_NETWORK))

    def give(self, name, address, length, *, far=False):
        """Give an interface an address at once, without asking whether it is free."""
        with self.far_away() if far else contextlib.nullcontext(), IPRoute() as ip:
            index = ip.link_lookup(ifname=name)[0]
            ip.addr("add", index=index, address=address, prefixlen=length, IFA_FLAGS=0x02)

    @staticmethod
    def _up(ip, *names):
        for name in names:
            ip.link("set", index=ip.link_lookup(ifname=name)[0], state="up")


@pytest.fixture
def link():
    """Enter a namespace for the time of a test."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    if not Path("/dev/net/tun").exists():
        pytest.skip("there is no /dev/net/tun")
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    descriptors = [home]
    try:
        try:
            descriptors.append(enter_new_namespace())
        except OSError as error:
            pytest.skip(f"network namespaces cannot be made here: {error}")
        descriptors.append(enter_new_namespace())
        link = Link(here=descriptors[2], there=descriptors[1])
        link.connect()
        yield link
    finally:
        _check(_LIBC.setns(home, _NEW_NETWORK))
        for descriptor in descriptors:
            os.close(descriptor)
