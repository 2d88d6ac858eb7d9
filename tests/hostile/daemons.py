"""The routers that the list can be played against: ours, and Debian's BIRD to prove the rows themselves. Each is
told the same neighbours, runs in the foreground in the namespace of its plan, and logs to a file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import lab
from peer import DEADLINE, Failure


class Daemon:
    """What every router under test can be asked for; None of a command means that this one cannot."""

    def __init__(self, plan: lab.RouterPlan, folder: Path) -> None:
        self.plan, self.folder = plan, folder
        self.logfile = folder / f"{plan.name}.log"
        self.process: subprocess.Popen | None = None

    def spawn(self, command: list[str], **options) -> None:
        descriptor = self.plan.namespace
        with open(self.logfile, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log,
                                            preexec_fn=lambda: lab.enter(descriptor), **options)

    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def log(self) -> bytes:
        return self.logfile.read_bytes()

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        if not self.process:
            return 0
        if self.process.poll() is not None:
            return self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return -9


def ran(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command[1:])}: status {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


class Chainrouter(Daemon):
    rejects_as_sets = True

    def __init__(self, plan: lab.RouterPlan, folder: Path) -> None:
        super().__init__(plan, folder)
        self.program = os.environ.get("CHAINROUTER", "chainrouter")
        self.name = f"hostile-{plan.name}-{os.getpid()}"

    def start(self) -> None:
        plan = self.plan
        command = [self.program, "speak", "--as", str(plan.asn), "--router-id", plan.identifier,
                   "--local", plan.address, "--local", plan.address6, "--name", self.name, "--network", plan.network]
        for neighbour in plan.neighbours:
            options = [f"{key}={value}" if value else key for key, value in neighbour.options.items()]
            command += ["--neighbor", ",".join([neighbour.address, f"as={neighbour.asn}", *options])]
        self.spawn(command, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line.startswith(b"ready "):
            raise Failure(f"{plan.name} never got ready: {self.log().decode(errors='replace').strip()[-2000:]}")

    def last_error_sent(self, address: str) -> tuple[int, int] | None:
        asked = ["show", self.name, "neighbors", "--neighbor", address, "--format", "json"]
        table = json.loads(ran([self.program, *asked]))
        error = table["neighbors"][0].get("lastErrorSent")
        return error and (error["code"], error["subcode"])

    def refresh(self, address: str) -> None:
        ran([self.program, "refresh", self.name, address])

    def clear(self, address: str) -> None:
        ran([self.program, "clear", self.name, address])

    def shutdown(self, address: str, text: str = "") -> None:
        ran([self.program, "shutdown", self.name, address] + ([text] if text else []))

    def enable(self, address: str) -> None:
        ran([self.program, "enable", self.name, address])

    def announce(self, prefix: str) -> None:
        ran([self.program, "announce", self.name, prefix])

    def withdraw(self, prefix: str) -> None:
        ran([self.program, "withdraw", self.name, prefix])


class Bird(Daemon):
    """BIRD 2.0.12. Its configuration says what `speak` does by default."""

    announce = withdraw = rejects_as_sets = last_error_sent = None

    def start(self) -> None:
        self.control = self.folder / f"{self.plan.name}.ctl"
        config = self.folder / f"{self.plan.name}.conf"
        config.write_text(self.configuration())
        self.spawn(["bird", "-f", "-c", str(config), "-s", str(self.control), "-P",
                    str(self.folder / f"{self.plan.name}.pid")], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + DEADLINE
        while not self.control.exists():
            if not self.lives() or time.monotonic() > deadline:
                raise Failure(f"bird never got ready: {self.log().decode(errors='replace').strip()[-2000:]}")
            time.sleep(0.02)

    def configuration(self) -> str:
        plan = self.plan
        lines = ["log stderr all;", f"router id {plan.identifier};", "protocol device {}",
                 
                 f"protocol static {{ ipv4; route {plan.network} blackhole; }}"]
        for neighbour in plan.neighbours:
            options = neighbour.options
            lines.append(f"protocol bgp {self.protocol(neighbour.address)} {{")
            local = plan.address6 if neighbour.is_v6 else plan.address
            lines.append(f"  local {local} as {plan.asn}; neighbor {neighbour.address} as {neighbour.asn};")
            lines.append(f"  hold time {options['hold']}; connect retry time 1; connect delay time 1;")
            lines.append("  error wait time 1, 1; error forget time 1; enable extended messages on;")
            if "open-hold" in options:
                lines.append(f"  startup hold time {options['open-hold']};")
            if "passive" in options:
                lines.append("  passive on;")
            if "md5" in options:
                lines.append(f"  password \"{options['md5']}\";")
            if "ttl-security" in options:
                lines.append("  ttl security on;")
            if "role" in options:
                spelled = {"rs": "rs_server", "rs-client": "rs_client"}.get(options["role"], options["role"])
                lines.append(f"  local role {spelled};")
            if "shutdown" in options:
                lines.append("  disabled;")
            rules = "import all; export all;" + (" next hop self;" if neighbour.asn != plan.asn else "")
            if options.get("policy") == "require":
                rules = "import none; export none;"
            if "max-prefix" in options:
                rules += f" import limit {options['max-prefix']} action restart;"
            for family in options["families"].split("+"):
                lines.append(f"  {family} {{ {rules} }};")
            lines.append("}")
        return "\n".join(lines) + "\n"

    @staticmethod
    def protocol(address: str) -> str:
        return "n_" + address.replace(".", "_").replace(":", "_")

    def tell(self, *words: str) -> None:
        ran(["birdc", "-s", str(self.control), *words])

    def refresh(self, address: str) -> None:
        self.tell("reload", "in", self.protocol(address))

    def clear(self, address: str) -> None:
        self.tell("restart", self.protocol(address))

    def shutdown(self, address: str, text: str = "") -> None:
        self.tell("disable", self.protocol(address), *([f'"{text}"'] if text else []))

    def enable(self, address: str) -> None:
        self.tell("enable", self.protocol(address))


DAEMONS = {"chainrouter": Chainrouter, "bird": Bird}
