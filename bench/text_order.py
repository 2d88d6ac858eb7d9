#!/usr/bin/env python3
"""Which functions a chain of routers executes from its start to its end, as a piece of a linker's script: the program is
linked with these beside one another, so that no page of memory is spent on what stands beside them by chance. First come
those of a chain at rest, then those of one in which something happens, then those that only start and end execute: the
pages of these two are given back when the chain is up (app/freed_memory.cc), and come again with the first that is needed. What is not named, and what no longer exists, costs a little memory and nothing else: run it anew
once in a while.

    text_order.py PROGRAM MAP > app/text_order.ld

PROGRAM and its MAP are linked without it (cmake -DCHAINROUTER_TEXT_ORDER=OFF leaves both in the build folder). As root.
"""

import bisect
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HOPS = 40  # enough for collisions of connections, for large reads, and for tables that grow
# The longest are those of templates: what begins alike for so long is of one kind.
KEPT_OF_NAME = 200
# What only a larger chain does, and what is not done under valgrind: the filter of system calls, reports at a terminal.
AT_LARGE = ["*(.text._ZN5boost4asio6detail10socket_ops*)", "*(.text._ZNSt5dequeIN3rib*)", "*(.text._ZSt*merge*)",
            # The end of the start, and what gives its pages back.
            "*(.text._ZN3app3Lab*)", "*(.text._ZN3app16give_back_memory*)", "*(.text._ZN5netns12route_groups*)",
            "*(.text._ZN5netns13NetlinkSocket4join*)", "*(.text._ZN5boost4asio6detail12wait_handlerIZN3app3Lab*)"]
AT_LARGE_AT_START = ["*libseccomp.a:*(.text .text.*)", "*(.text._ZNSt12__basic_file*)",
                     "*(.text._ZN3app24keep_little_freed_memory*)", "*crt1.o(.text)", "*crtbegin.o(.text)"]
# What is mounted here is gone with the shell. The variable: so that it does not begin once more, out of valgrind's sight.
LAB = f"""mount -t tmpfs tmpfs /run; mount -t sysfs sysfs /sys; ip link set lo up
GLIBC_TUNABLES=glibc.malloc.tcache_max=128 valgrind --tool=callgrind --dump-instr=yes --compress-pos=no \
  --instr-atstart=$3 --callgrind-out-file="$2" "$1" --hops {HOPS} >&2 &
sleep 20
"""
# The end belongs to the run from the start: nobody waits for its pages.
COUNTED = "callgrind_control -i on $! >&2; {}; callgrind_control -i off $! >&2; kill -TERM $!; wait $!"
FROM_START = LAB + "sleep 10; kill -TERM $!; wait $!"
AT_REST = LAB + COUNTED.format("sleep 12")  # some rounds of KEEPALIVEs
AT_WORK = LAB + COUNTED.format("""sleep 2; "$1" announce ROUTER_0 203.0.113.0/24; sleep 2; "$1" withdraw ROUTER_0 203.0.113.0/24
sleep 2; "$1" link 20-21 down; sleep 4; "$1" link 20-21 up; sleep 8""")


def executed(program: str, lab: str, counts_from_start: bool) -> list[int]:
    """The addresses of the instructions."""
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "out"
        subprocess.run(["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", lab, "sh", program, str(out),
                        "yes" if counts_from_start else "no"], check=True, stdout=sys.stderr)
        return sorted({int(address, 16) for address in re.findall(r"^0x([0-9a-f]+) ", out.read_text(), re.M)})


def sections(link_map: str) -> list[tuple[int, int, str, str]]:
    """Address, octets, name, and the file of each section of code."""
    found = re.findall(r"^ (\.text\S*)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+)$", link_map, re.M)
    return sorted((int(at, 16), int(octets, 16), name, file) for name, at, octets, file in found if int(octets, 16) and int(at, 16))


def pattern(name: str, file: str) -> str:
    if name.startswith(".text.startup"):
        return "*(.text.startup*)"
    if name.startswith(".text.") and "_Z" in name:
        return f"*({name[:KEPT_OF_NAME]}*)" if len(name) > KEPT_OF_NAME else f"*({name})"
    member = re.search(r"([^/]+\.a)\(([^)]+)\)$", file)  # a C library has a section a file
    return f"*{member[1]}:{member[2]}({name})" if member else ""


def patterns(addresses: list[int], link_map: str) -> list[str]:
    found = []
    for at, octets, name, file in sections(link_map):
        first = bisect.bisect_left(addresses, at)
        if first < len(addresses) and addresses[first] < at + octets:
            found.append(pattern(name, file))
    return [one for one in dict.fromkeys(found) if one]


def main() -> None:
    program, link_map = sys.argv[1], Path(sys.argv[2]).read_text()
    at_rest = patterns(executed(program, AT_REST, False), link_map)
    at_work = AT_LARGE + patterns(executed(program, AT_WORK, False), link_map)
    from_start = AT_LARGE_AT_START + patterns(executed(program, FROM_START, True), link_map)
    print("/* Written by bench/text_order.py, which says what it is for. */\nSECTIONS {\n  .text.used : {")
    for one in at_rest:
        print(f"    {one}")
    print("    code_for_later_begin = .;")
    for one in dict.fromkeys(at_work + from_start):
        if one not in at_rest:
            print(f"    {one}")
    print("    code_for_later_end = .;\n  }\n}\nINSERT BEFORE .text;")


if __name__ == "__main__":
    main()
