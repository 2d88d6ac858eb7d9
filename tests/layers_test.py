#!/usr/bin/env python3
"""Who may include whom, and what the pure layers must not touch.

A folder is a layer. net <- bgp <- rib <- speaker <- show <- vty, bgp <- capture <- show and net <- netns are pure
but for netns, which owns the kernel; app joins them all and owns Asio and the threads. Every rule below is first tried on a source
that breaks it (BREACHES) and on sources that keep it (KEPT), so that a rule which finds nothing cannot pass.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Layer -> the layers that it may include besides itself.
LAYERS = {
    "net": set(),
    "bgp": {"net"},
    "capture": {"net", "bgp"},
    "rib": {"net", "bgp"},
    "speaker": {"net", "bgp", "rib"},
    "show": {"net", "bgp", "rib", "speaker", "capture"},
    "vty": {"net", "bgp", "rib", "speaker", "show"},
    "sim": {"net", "bgp", "rib", "speaker"},
    "scenario": {"net"},
    "netns": {"net"},
    "app": {"net", "bgp", "rib", "speaker", "capture", "show", "vty", "sim", "scenario", "netns"},
}
PURE = {"net", "bgp", "capture", "rib", "speaker", "show", "vty", "sim", "scenario"}
# tests/<folder> sees what the layer of that name sees; these are about several layers or not about one.
TEST_FOLDERS = {**{name: name for name in LAYERS}, "fuzz": "app", "model": "bgp"}

MAX_LINES = 420

# What of bgp/ the routing tables may know: routes as values, not sessions.
RIB_SEES_OF_BGP = {"bgp/message.h", "bgp/attributes.h", "bgp/as_path.h"}
# Adj-RIB-Out fills UPDATEs to the octet, so it must know what two OPENs agreed on and how long a message gets;
# its function is declared in rib.h.
RIB_ENCODES = {"rib/rib.h", "rib/adj_rib_out.h", "rib/adj_rib_out.cc"}

# Exceptions: (file, what it uses) -> why that is right. One that is no longer needed is a failure, too.
ALLOW = {
    ("net/address.cc", "a socket header"): "inet_ntop and inet_pton turn addresses to text and back; no socket",
    ("netns/chain_builder.cc", "a thread"): "making a namespace moves the thread that makes it, so it is a "
    "thread of its own, gone before any router's begins",
    ("app/meeting.h", "a lock"): "all routers' threads meet for a snapshot, for a bounded time (ADR 18)",
    ("netns/chain_builder.cc", "a lock"): "two threads make namespaces and count them together",
    ("netns/on_a_thread.cc", "a thread"): "likewise, for whatever has to be done inside a namespace",
    ("speaker/activity.h", "an atomic"): "the counters of a session that convergence is judged by: one writer, "
    "read by the control thread; ARCHITECTURE.md names it as one of the two places where threads share memory",
    ("speaker/event_ring.h", "an atomic"): "a router's last events: one writer, read by the control thread; the other "
    "of the two places",
}

SOCKET_HEADER = r"sys/(socket|un|uio|epoll|select|timerfd|eventfd|signalfd|ioctl)\.h|netinet/.*|arpa/.*|netdb\.h|net/if.*"
SYSTEM_HEADER = r"linux/.*|poll\.h|unistd\.h|fcntl\.h|sched\.h|pthread\.h|signal\.h|csignal|sys/.*"
THREAD_HEADER = r"thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token"

# (what it is, where it is looked for, pattern of an included header or None, pattern in the code or None);
# `where` is a set of layers.
EVERYWHERE = set(LAYERS)
BANS = [
    ("a socket header", PURE, SOCKET_HEADER, None),
    ("a system header", PURE, SYSTEM_HEADER, None),
    ("a thread header", PURE, THREAD_HEADER, None),
    ("a thread", EVERYWHERE - {"app"}, None, r"\bstd::j?thread\b|\bpthread_create\b"),
    (
        "a clock",
        PURE,
        r"ctime|time\.h|sys/time\.h",
        r"[cC]lock(_type)?\s*::\s*now\b|\bclock_gettime\b|\bgettimeofday\b|\bstd::time\s*\(",
    ),
    ("unseeded randomness", PURE, None, r"\bstd::random_device\b|\bs?rand\s*\("),
    ("a sleep", EVERYWHERE, None, r"\bsleep_(for|until)\b|\b(u|nano)?sleep\s*\("),
    (
        "a lock",
        EVERYWHERE,
        r"mutex|shared_mutex|condition_variable|semaphore|latch|barrier",
        r"\bstd::(\w*mutex|\w*_lock|lock_guard|condition_variable\w*|call_once|latch|barrier)\b|\bpthread_mutex",
    ),
    ("an atomic", EVERYWHERE, r"atomic|stdatomic\.h", r"\bstd::atomic|\b__atomic_|\b__sync_|\bvolatile\b"),
    ("Boost", EVERYWHERE - {"app"}, r"boost/.*", r"\bboost::"),
    ("a shell", EVERYWHERE, None, r"\b(std::)?system\s*\(|\bpopen\s*\("),
]
TEST_BANS = [("Boost", EVERYWHERE - {"app"}, r"boost/.*", r"\bboost::")]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
NOT_CODE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""", re.DOTALL
)


def code_of(text):
    """The text without comments, strings and the lines that include."""
    return NOT_CODE.sub(" ", INCLUDE.sub(" ", text))


def layer_of(header):
    folder = header.split("/")[0]
    return folder if folder in LAYERS else None


def included_layer_faults(path, layer, text):
    # <net/if.h> is the system's, "net/prefix.h" ours.
    for bracket, header in INCLUDE.findall(text):
        if bracket == "<":
            continue
        other = layer_of(header)
        if other is None:
            if not (path.startswith("tests/") and header.startswith("tests/")):
                yield f'includes "{header}": it must name a layer, from the root'
        elif other != layer and other not in LAYERS[layer]:
            yield f'includes "{header}": {layer} must not know {other}'
        elif path.startswith("rib/") and other == "bgp" and header not in RIB_SEES_OF_BGP:
            if header != "bgp/codec.h" or path not in RIB_ENCODES:
                yield f'includes "{header}": rib knows of bgp only {", ".join(sorted(RIB_SEES_OF_BGP))}'


def faults(path, text, used=None):
    """What is wrong with a source file, in words. `used` collects the exceptions that were needed."""
    used = set() if used is None else used
    parts = path.split("/")
    is_test = parts[0] == "tests"
    layer = TEST_FOLDERS.get(parts[1]) if is_test and len(parts) > 2 else parts[0] if not is_test else "app"
    if layer not in LAYERS:
        yield "is in no layer that this test knows: add it to LAYERS or TEST_FOLDERS"
        return
    yield from included_layer_faults(path, layer, text)

    headers = [header for bracket, header in INCLUDE.findall(text) if bracket == "<"]
    code = code_of(text)
    for what, where, header_pattern, code_pattern in TEST_BANS if is_test else BANS:
        if layer not in where:
            continue
        found = [h for h in headers if header_pattern and re.fullmatch(header_pattern, h)]
        found += [m.group(0).strip() for m in re.finditer(code_pattern, code)] if code_pattern else []
        if not found:
            continue
        if (path, what) in ALLOW:
            used.add((path, what))
        else:
            yield f"uses {what} ({', '.join(sorted(set(found)))})"

    libnl = [h for h in headers if h.startswith("netlink/")]
    if libnl and not re.fullmatch(r"(tests/)?netns/\w+\.cc", path):
        yield f"includes <{libnl[0]}>: libnl stays inside netns/*.cc and its tests"
    lines = text.count("\n")
    if not is_test and lines > MAX_LINES:
        yield f"has {lines} lines, more than {MAX_LINES}: is it one concept?"


BREACHES = [
    ("net/a.h", '#include "bgp/message.h"\n', "net must not know bgp"),
    ("bgp/a.cc", '#include "rib/rib.h"\n', "bgp must not know rib"),
    ("netns/a.cc", '#include "bgp/message.h"\n', "netns must not know bgp"),
    ("speaker/a.cc", '#include "netns/namespace.h"\n', "speaker must not know netns"),
    ("show/a.cc", '#include "vty/vty.h"\n', "show must not know vty"),
    ("vty/a.cc", '  #  include "app/lab.h"\n', "vty must not know app"),
    ("capture/a.cc", '#include "show/words.h"\n', "capture must not know show"),
    ("bgp/a.cc", '#include "capture/entry.h"\n', "bgp must not know capture"),
    ("capture/a.cc", "#include <fcntl.h>\n", "a system header"),
    ("tests/bgp/a_test.cc", '#include "rib/rib.h"\n', "bgp must not know rib"),
    ("bgp/a.cc", '#include "codec.h"\n', "must name a layer"),
    ("rib/rib.cc", '#include "bgp/session.h"\n', "rib knows of bgp only"),
    ("rib/table.h", '#include "bgp/codec.h"\n', "rib knows of bgp only"),
    ("bgp/a.cc", "#include <sys/socket.h>\n", "a socket header"),
    ("net/prefix.cc", "#include <arpa/inet.h>\n", "a socket header"),
    ("rib/a.cc", "#include <unistd.h>\n", "a system header"),
    ("speaker/a.h", "#include <thread>\n", "a thread header"),
    ("netns/a.cc", "std::thread worker;\n", "a thread"),
    ("bgp/a.cc", "auto t = std::chrono::steady_clock::now();\n", "a clock"),
    ("speaker/a.cc", "using Clock = X; auto t = Clock::now();\n", "a clock"),
    ("rib/a.cc", "std::random_device seed;\n", "unseeded randomness"),
    ("app/a.cc", "std::this_thread::sleep_for(1s);\n", "a sleep"),
    ("app/a.cc", "#include <mutex>\n", "a lock"),
    ("app/a.cc", "std::scoped_lock held(m);\n", "a lock"),
    ("app/a.cc", "std::atomic<int> n; int b = 1'000;\n", "an atomic"),
    ("app/a.cc", "std::atomic_ref<int> n(x);\n", "an atomic"),
    ("vty/a.cc", "#include <boost/asio.hpp>\n", "Boost"),
    ("tests/speaker/a_test.cc", "#include <boost/asio.hpp>\n", "Boost"),
    ("app/a.cc", 'std::system("ip netns add x");\n', "a shell"),
    ("netns/a.h", "#include <netlink/msg.h>\n", "libnl stays"),
    ("app/a.cc", "#include <netlink/msg.h>\n", "libnl stays"),
    ("bgp/a.cc", "\n" * (MAX_LINES + 1), "lines"),
    ("web/a.cc", "int x;\n", "is in no layer"),
    ("tests/web/a_test.cc", "int x;\n", "is in no layer"),
]
KEPT = [
    ("rib/adj_rib_out.cc", '#include "bgp/codec.h"\n#include "rib/adj_rib_out.h"\n#include "net/prefix.h"\n'),
    ("app/a.cc", '#include "netns/veth.h"\n#include "vty/vty.h"\n#include <boost/asio.hpp>\nstd::thread t;\n'),
    ("netns/a.cc", "#include <net/if.h>\n#include <netlink/msg.h>\n#include <sys/socket.h>\n"),
    ("bgp/a.cc", '// std::mutex and #include <mutex>\nauto s = "boost::asio"; /* Clock::now() */\n'),
    ("bgp/a.h", "using Instant = std::chrono::steady_clock::time_point;\n#include <chrono>\n"),
    ("app/a.cc", "throw std::system_error(errno, std::system_category(), what);\n"),
    ("tests/app/a_test.cc", "std::atomic<int> n; std::mutex m; std::thread t;\n"),
]


def self_check():
    for path, text, expected in BREACHES:
        found = list(faults(path, text))
        if not any(expected in fault for fault in found):
            yield f"layers_test.py itself: {path} with {text[:60]!r} should have been refused ({expected}): {found}"
    for path, text in KEPT:
        for fault in faults(path, text):
            yield f"layers_test.py itself: {path} with {text[:60]!r} should have been accepted: {fault}"


def main():
    problems = list(self_check())
    used = set()
    files = 0
    ignored = {".git", "build", "bench"}  # benchmarks may measure anything
    for path in sorted(p for suffix in ("h", "cc") for p in ROOT.glob(f"*/**/*.{suffix}")):
        name = path.relative_to(ROOT).as_posix()
        top = name.split("/")[0]
        if top in ignored or top.startswith((".", "build-")):
            continue
        files += 1
        problems += [f"{name} {fault}" for fault in faults(name, path.read_text(encoding="utf-8"), used)]
    problems += [f"{path} no longer uses {what}: take it out of ALLOW" for path, what in sorted(set(ALLOW) - used)]
    if files == 0:
        problems.append("there is no source file: looked in the wrong place?")
    for problem in problems:
        print(problem)
    print(f"{files} files, {len(problems)} faults")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
