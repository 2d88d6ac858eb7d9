"""What of an answer may differ between FRR and us, and how it is made the same before the two are compared.

Three kinds, each named below: what no two runs have in common (times, counters, ports, versions of tables), what FRR
has and we have not (and docs/vty.md says so), what we have beyond FRR."""

import json
import re

# --- text ---

CLOCK = re.compile(r"\b\d\d:\d\d:\d\d\b")
DATE = re.compile(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}")
SIMPLE = [
    (DATE, "DATE"),
    (CLOCK, "TIME"),
    (re.compile(r"using \d+ \w+ of memory"), "using MEMORY"),
    (re.compile(r"^RIB entries \d+", re.M), "RIB entries N"),  # FRR counts the inner nodes of its tree, too
    (re.compile(r"table version (is )?\d+"), r"table version \1N"),
    (re.compile(r"(entry for \S+), version \d+"), r"\1, version N"),
    (re.compile(r"(Local|Foreign) (host: [\d.]+), (Local|Foreign) port: \d+"), r"\1 \2, \3 port: N"),
    (re.compile(r"best #\d+"), "best #N"),
]

# The lines of `show ip bgp neighbors` that tell of what we have not.
FRR_ONLY = re.compile("|".join([
    r"^  (Local|Remote) Role: undefined$",  # we say a role where there is one
    r"conditional advertisements",
    r"^    AddPath:$", r"RX advertised", r"Long-lived Graceful Restart", r"Address families by peer",
    r"^        none$", r"Remote Restart timer", r"(Local|Remote) GR Mode", r"^    [RN] bit: ", r"^ +Timers:$",
    r"Restart Time\(sec\)", r"^    IPv4 Unicast:$", r"^      F bit", r"^      End-of-RIB", r"Stale Path Time",
    r"Update group", r"Packet Queue length", r"may be up to \d+ hops away", r"^Nexthop (global|local):",
    r"NEXT_HOP is always this router",  # we say it of every external neighbor, FRR where it was configured
    r"Inbound soft reconfiguration allowed", r"^BGP connection: ", r"^Estimated round trip time", r"^Read thread",
]))
CONFIGURATION_ONLY = re.compile(r"^(!.*| !|frr .*|password .*|log .*|)$")

HEAD = re.compile(r"^(?P<status>[ *>ird=sShR]{3})(?P<network>\d\S*|)", re.M)


def counters(line):
    """The counters of a summary's row, and of message statistics: same columns, no numbers."""
    return re.sub(r"( +)(\d+)(?= |$)", lambda found: " " * (len(found[0]) - 1) + "#", line)


def rows_in_order(text):
    """A table with the paths of each prefix sorted: FRR has the newest first, we the best."""
    head, _, rest = text.partition("Weight Path\n")
    if not rest:
        return text
    groups, tail, lines = [], [], rest.split("\n")
    for number, line in enumerate(lines):
        if not HEAD.match(line) or not line.strip():
            tail = lines[number:]
            break
        if line[3] != " ":
            groups.append([])
        groups[-1].append(line)
    ordered = []
    for group in groups:
        network = group[0][3:20]
        ordered += sorted(line[:3] + network + line[20:] for line in group)
    return head + "Weight Path\n" + "\n".join(ordered + tail)


def blocks_in_order(text):
    """The paths of one prefix in full, likewise."""
    if not text.startswith("BGP routing table entry"):
        return text
    paths, head = [], []
    for line in text.rstrip("\n").split("\n"):
        if re.match(r"  \S", line) and not line.startswith("  Advertised") and "peer-group" not in line \
                and not (head and head[-1].startswith("  Advertised") and not paths):
            paths.append([])
        (paths[-1] if paths else head).append(line)
    return "\n".join(head + [line for path in sorted(paths) for line in path]) + "\n"


def without_returns(command, answer, neighbor_as):
    """What FRR tells a neighbor, without what came through that neighbor's AS: we do not send it back."""
    if command.endswith(" json"):
        document = json.loads(answer)
        key = "advertisedRoutes" if "advertised" in command else "receivedRoutes"
        routes = {prefix: route for prefix, route in document[key].items()
                  if str(neighbor_as) not in route["path"].split()}
        return json.dumps({**document, key: routes, "totalPrefixCounter": len(routes)})
    lines = [line for line in answer.split("\n") if not (HEAD.match(line) and str(neighbor_as) in line[61:].split())]
    count = sum(line.startswith("*>") for line in lines)
    return re.sub(r"(Total number of prefixes) \d+", rf"\1 {count}", "\n".join(lines))


def text(command, answer):
    # We do not tell a neighbor what came through it.
    answer = re.sub(r"^  (Not advertised to any peer|Advertised to non peer-group peers:\n  .*)\n", "", answer, flags=re.M)
    answer = re.sub(r"^% Did you mean .*\n", "", answer, flags=re.M)
    for pattern, mask in SIMPLE:
        answer = pattern.sub(mask, answer)
    if "running-config" in command or command == "write terminal":
        return "".join(f"{line}\n" for line in answer.split("\n") if not CONFIGURATION_ONLY.match(line))
    if "summary" in command:
        return re.sub(r"^(\S+ +4 +\d+)(.*)$", lambda row: row[1] + counters(row[2]), answer, flags=re.M)
    if command.startswith("show ip bgp neighbors") and "routes" not in command:
        lines = [line for line in answer.split("\n") if not FRR_ONLY.search(line)]
        lines = [re.sub(r"received\(\w+( & \w+)?\)", "received", line) for line in lines]
        lines = [counters(line) if re.match(r"    [A-Z][\w ]+: +\d+ +\d+$", line) else line for line in lines]
        lines = [re.sub(r"^  Last reset .*", "  Last reset REASON", line) for line in lines]
        # Both ends dial: one connection more may have come and lost.
        lines = [re.sub(r"^  Connections established \d+; dropped \d+", "  Connections N", line) for line in lines]
        return re.sub(r"\n+", "\n", "\n".join(lines))
    return blocks_in_order(rows_in_order(answer))


# --- JSON ---

# Told apart by no reader: they differ from run to run, or count what only the one has.
VOLATILE = re.compile(r"(Msecs?|Epoch|epoch|Uptime|uptime|Memory|[tT]ableVersion|version|ribCount|msgRcvd|msgSent|string"
                      r"|pfxSnt|sentPrefixCounter|port(Local|Foreign)|(opens|notifications|updates|keepalives|routeRefresh|total)(Sent|Recv)"
                      r"|connections(Established|Dropped)|bgpTimerUp\w*|bgpTimerLast\w+)$")
FRR_KEYS = {
    # zebra's own
    "internalStatus", "internalFlags", "internalNextHopNum", "internalNextHopActiveNum", "nexthopGroupId",
    "installedNexthopGroupId", "flags",
    # of things that we have not
    "localRole", "remoteRole", "extendedOptionalParametersLength", "addPath", "longLivedGracefulRestart",
    "bgpTimerConfiguredConditionalAdvertisementsSec", "updateGroupId", "subGroupId", "packetQueueLength",
    "externalBgpNbrMaxHopsAway", "nexthopGlobal", "nexthopLocal", "bgpConnection", "estimatedRttInMsec", "readThread",
    "writeThread", "inboundSoftConfigPermit", "localGrMode", "remoteGrMode", "rBit", "nBit", "timers", "gracefulRestartRemoteTimerMsecs",
    "addressFamiliesByPeer", "bgpInUpdateElapsedTimeMsecs", "lastResetTimerMsecs", "longLivedGracefulRestartByPeer",
    "estimatedRttInMsecs", "lastResetCode", "lastResetDueTo",  # it begins with a reset before there was anything
}
OUR_KEYS = {"fibInstalled", "advertisedTo", "routerAlwaysNextHop", "lastReset"}


def value(document, key=""):
    if key == "gracefulRestartInfo":  # of it we have the ends of the RIBs
        return {name: document.get(name) for name in ("endOfRibSend", "endOfRibRecv")}
    if document == "advertisedAndReceivedOldNew":  # the code of before RFC 2918, too
        return "advertisedAndReceivedNew"
    if isinstance(document, dict):
        return {name: value(inner, name) for name, inner in document.items() if name not in FRR_KEYS | OUR_KEYS}
    if isinstance(document, list):
        return sorted((value(inner) for inner in document), key=lambda inner: json.dumps(inner, sort_keys=True))
    return "VOLATILE" if VOLATILE.search(key) else document


def masked(command, answer):
    if command.endswith(" json"):
        return json.dumps(value(json.loads(answer)), indent=1, sort_keys=True)
    return text(command, answer)
