"""Debian's FRR in the namespaces of a lab that was left to it (`--foreign`): zebra and bgpd a router, with the same
addresses, AS numbers and timers as ours has in the same place."""

import json
import pathlib
import shutil
import subprocess
import tempfile

import running_lab as lab

LIBEXEC = pathlib.Path("/usr/lib/frr")
PASSWORD = "zebra"


def is_installed():
    return all((LIBEXEC / daemon).exists() for daemon in ("zebra", "bgpd"))


def configuration(router, hostname):
    """bgpd's, of a router of `--plan --format json`."""
    lines = [f"hostname {hostname}", f"password {PASSWORD}", f"router bgp {router['as']}",
             f" bgp router-id {router['routerId']}", " no bgp ebgp-requires-policy"]
    if "0.0.0.0/0" in router["networks"]:
        lines.append(" no bgp network import-check")
    for neighbor in router["neighbors"]:
        peer = f" neighbor {neighbor['address']}"
        lines += [f"{peer} remote-as {neighbor['as']}", f"{peer} timers 3 9", f"{peer} timers connect 1",
                  f"{peer} advertisement-interval 0"]
    lines.append(" address-family ipv4 unicast")
    lines += [f"  network {prefix}" for prefix in router["networks"]]
    lines += [f"  neighbor {neighbor['address']} soft-reconfiguration inbound" for neighbor in router["neighbors"]]
    lines += [" exit-address-family", "exit"]
    return "\n".join(lines) + "\n"


class FrrRouter:
    def __init__(self, namespace, router, hostname, directory):
        self.directory = directory
        directory.mkdir()
        (directory / "bgpd.conf").write_text(configuration(router, hostname))
        (directory / "zebra.conf").write_text(f"hostname {hostname}\npassword {PASSWORD}\n")
        for path in (directory, *directory.iterdir()):
            shutil.chown(path, "frr", "frr")
        self.namespace = namespace
        self.processes = [self.daemon("zebra", 2601)]
        lab.eventually((directory / "zserv.api").exists, "zebra listens")
        self.processes.append(self.daemon("bgpd", 2605))

    def daemon(self, name, port):
        with (self.directory / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                ["ip", "netns", "exec", self.namespace, str(LIBEXEC / name), "-u", "frr", "-g", "frr", "-f",
                 str(self.directory / f"{name}.conf"), "-i", str(self.directory / f"{name}.pid"), "--vty_socket",
                 str(self.directory), "-z", str(self.directory / "zserv.api"), "-A", "127.0.0.1", "-P", str(port),
                 "--log", "stdout"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def end(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


class FrrChain:
    """All but the last router of a lab of `hops`, which is ours: a lab has one at least."""

    def __init__(self, hops, prefix, hostname_prefix):
        foreign = ",".join(str(router) for router in range(hops))
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="frr-"))
        self.directory.chmod(0o755)
        self.routers = []
        self.lab = lab.Lab(hops, "--foreign", foreign, "--timeout", "60", prefix=prefix, wait=False)
        lab.eventually(lambda: lab.run("ip", "netns", "list").stdout.count(prefix) == hops + 1, "the namespaces")
        lab.eventually(self.links_are_up, "the links")
        self.plan = plan_of(hops)
        for number in range(hops):
            self.routers.append(FrrRouter(f"{prefix}{number}", self.plan[number], f"{hostname_prefix}{number}",
                                          self.directory / str(number)))

    def links_are_up(self):
        last = self.lab.name(self.lab.hops)
        return any(link["operstate"] == "UP" for link in lab.ip(last, "link", "show"))

    def close(self):
        for router in self.routers:
            router.end()
        self.lab.__exit__()
        shutil.rmtree(self.directory)


def plan_of(hops):
    """The routers of `--plan`, each with its neighbors."""
    routers = json.loads(lab.chainrouter("--hops", str(hops), "--plan", "--format", "json").stdout)["routers"]
    for number, router in enumerate(routers):
        router["neighbors"] = []
        if number > 0:
            left = routers[number - 1]
            router["neighbors"].append({"address": left["right"].split("/")[0], "as": left["as"]})
        if number + 1 < len(routers):
            right = routers[number + 1]
            router["neighbors"].append({"address": right["left"].split("/")[0], "as": right["as"]})
    return routers
