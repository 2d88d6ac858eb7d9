// UPDATEs that are wrong in one place, and what becomes of them: reset with a NOTIFICATION,
// treat-as-withdraw, or one attribute discarded. RFC 7606 and the RFC of each attribute.
#include "tests/bgp/update_hex.h"

using namespace update_hex;

namespace {

enum class Outcome { Clean, Discard, Withdraw, Reset };

struct Row {
  const char* name;
  const char* rfc;
  const Agreed& agreed;
  S withdrawn, attributes, nlri;
  Outcome outcome;
  unsigned code;  // of the faulty attribute; for Reset the subcode
  S data = "";    // of the NOTIFICATION
};

constexpr auto kClean = Outcome::Clean, kDiscard = Outcome::Discard, kWithdraw = Outcome::Withdraw,
               kReset = Outcome::Reset;

// Discard rows: what is left equals the UPDATE of kBase and kNlri alone.
const Row kRows[] = {
    // Prefix fields.
    {"NLRI: length 33", "7606 5.3", kExternal, "", kBase, "21 0a01000000", kReset, 10},
    {"NLRI: length 255", "7606 5.3", kExternal, "", kBase, "ff 0a010000", kReset, 10},
    {"NLRI: octet missing", "7606 5.3", kExternal, "", kBase, "18 0a01", kReset, 10},
    {"NLRI: nothing behind the length", "7606 5.3", kExternal, "", kBase, "18 0a0100 01", kReset, 10},
    {"withdrawn: length 33", "7606 5.3", kExternal, "21 0a01000000", kBase, kNlri, kReset, 10},
    {"withdrawn: octet missing", "7606 5.3", kExternal, "18 0a01", "", "", kReset, 10},
    {"bad NLRI outweighs a bad attribute", "7606 3 h", kExternal, "", "400101 07" + kPath + kHop,
     "21 0a01000000", kReset, 10},
    {"default route", "4271 4.3", kExternal, "", kBase, "00", kClean, 0},
    {"host route", "4271 4.3", kExternal, "", kBase, "20 0a010001", kClean, 0},
    // ORIGIN.
    {"ORIGIN: value 3", "7606 7.1", kExternal, "", "400101 03" + kPath + kHop, kNlri, kWithdraw, 1},
    {"ORIGIN: value 255", "7606 7.1", kExternal, "", "400101 ff" + kPath + kHop, kNlri, kWithdraw, 1},
    {"ORIGIN: empty", "7606 7.1", kExternal, "", "400100" + kPath + kHop, kNlri, kWithdraw, 1},
    {"ORIGIN: two octets", "7606 7.1", kExternal, "", "400102 0000" + kPath + kHop, kNlri, kWithdraw, 1},
    {"ORIGIN: optional", "7606 3 c", kExternal, "", "c00101 00" + kPath + kHop, kNlri, kWithdraw, 1},
    {"ORIGIN: not transitive", "7606 3 c", kExternal, "", "000101 00" + kPath + kHop, kNlri, kWithdraw, 1},
    {"ORIGIN: missing", "7606 3 d", kExternal, "", kPath + kHop, kNlri, kWithdraw, 1},
    {"ORIGIN: twice, the second wrong", "7606 3 g", kExternal, "", kBase + "400101 07", kNlri, kDiscard, 1},
    {"ORIGIN: twice, the first wrong", "7606 3 g", kExternal, "", "400101 07" + kBase, kNlri, kWithdraw, 1},
    {"ORIGIN: low flag bits", "4271 4.3", kExternal, "", "4f0101 00" + kPath + kHop, kNlri, kClean, 0},
    {"ORIGIN: Extended Length", "4271 4.3", kExternal, "", "50010001 00" + kPath + kHop, kNlri, kClean, 0},
    // AS_PATH.
    {"AS_PATH: segment type 0", "7606 7.2", kExternal, "", kOrigin + "400206 0001 0000fde9" + kHop, kNlri,
     kWithdraw, 2},
    {"AS_PATH: segment type 5", "7606 7.2", kExternal, "", kOrigin + "400206 0501 0000fde9" + kHop, kNlri,
     kWithdraw, 2},
    {"AS_PATH: empty segment", "7606 7.2", kExternal, "", kOrigin + "400202 0200" + kHop, kNlri, kWithdraw,
     2},
    {"AS_PATH: empty segment behind a good one", "7606 7.2", kExternal, "",
     kOrigin + "400208 0201 0000fde9 0200" + kHop, kNlri, kWithdraw, 2},
    {"AS_PATH: overrun", "7606 7.2", kExternal, "", kOrigin + "400206 0202 0000fde9" + kHop, kNlri, kWithdraw,
     2},
    {"AS_PATH: underrun, one octet left", "7606 7.2", kExternal, "",
     kOrigin + "400207 0201 0000fde9 02" + kHop, kNlri, kWithdraw, 2},
    {"AS_PATH: one octet", "7606 7.2", kExternal, "", kOrigin + "400201 02" + kHop, kNlri, kWithdraw, 2},
    {"AS_PATH: two-octet numbers from a four-octet peer", "7606 7.2", kExternal, "", kBase2, kNlri, kWithdraw,
     2},
    {"AS_PATH: four-octet numbers from a two-octet peer", "7606 7.2", kTwoOctet, "", kBase, kNlri, kWithdraw,
     2},
    {"AS_PATH: AS 0", "7607 2", kExternal, "", kOrigin + "40020a 0202 0000fde9 00000000" + kHop, kNlri,
     kWithdraw, 2},
    {"AS_PATH: AS 0 in a set", "7607 2", kExternal, "", kOrigin + "400206 0101 00000000" + kHop, kNlri,
     kWithdraw, 2},
    {"AS_PATH: AS 0 in two octets", "7607 2", kTwoOctet, "", kOrigin + "400204 0201 0000" + kHop, kNlri,
     kWithdraw, 2},
    {"AS_PATH: AS_CONFED_SEQUENCE from outside", "5065 5", kExternal, "",
     kOrigin + "400206 0301 0000fde9" + kHop, kNlri, kWithdraw, 2},
    {"AS_PATH: AS_CONFED_SET from outside", "5065 5", kExternal, "", kOrigin + "400206 0401 0000fde9" + kHop,
     kNlri, kWithdraw, 2},
    {"AS_PATH: AS_CONFED_SEQUENCE from inside", "5065 5", kInternal, "",
     kOrigin + "400206 0301 0000fde9" + kHop, kNlri, kClean, 0},
    {"AS_PATH: AS_SET", "4271 4.3", kExternal, "", kOrigin + "400206 0101 0000fde9" + kHop, kNlri, kClean, 0},
    {"AS_PATH: empty", "4271 5.1.2", kInternal, "", kOrigin + "400200" + kHop, kNlri, kClean, 0},
    {"AS_PATH: optional", "7606 3 c", kExternal, "", kOrigin + "c00206 0201 0000fde9" + kHop, kNlri,
     kWithdraw, 2},
    {"AS_PATH: missing", "7606 3 d", kExternal, "", kOrigin + kHop, kNlri, kWithdraw, 2},
    {"AS_PATH: twice", "7606 3 g", kExternal, "", kBase + "400206 0201 00000007", kNlri, kDiscard, 2},
    // NEXT_HOP.
    {"NEXT_HOP: three octets", "7606 7.3", kExternal, "", kOrigin + kPath + "400303 ac1f01", kNlri, kWithdraw,
     3},
    {"NEXT_HOP: empty", "7606 7.3", kExternal, "", kOrigin + kPath + "400300", kNlri, kWithdraw, 3},
    {"NEXT_HOP: sixteen octets", "7606 7.3", kExternal, "", kOrigin + kPath + "400310" + kHop6, kNlri,
     kWithdraw, 3},
    {"NEXT_HOP: not transitive", "7606 3 c", kExternal, "", kOrigin + kPath + "000304 ac1f0101", kNlri,
     kWithdraw, 3},
    {"NEXT_HOP: missing", "7606 3 d", kExternal, "", kOrigin + kPath, kNlri, kWithdraw, 3},
    {"NEXT_HOP: 0.0.0.0 is not the codec's affair", "4271 6.3", kExternal, "",
     kOrigin + kPath + "400304 00000000", kNlri, kClean, 0},
    {"NEXT_HOP: all mandatory ones missing", "7606 3 d", kExternal, "", "800404 00000001", kNlri, kWithdraw,
     3},
    {"no attribute at all", "7606 3 d", kExternal, "", "", kNlri, kWithdraw, 1},
    // MULTI_EXIT_DISC.
    {"MED: three octets", "7606 7.4", kExternal, "", kBase + "800403 000001", kNlri, kWithdraw, 4},
    {"MED: five octets", "7606 7.4", kExternal, "", kBase + "800405 0000000001", kNlri, kWithdraw, 4},
    {"MED: empty", "7606 7.4", kExternal, "", kBase + "800400", kNlri, kWithdraw, 4},
    {"MED: transitive", "7606 3 c", kExternal, "", kBase + "c00404 00000001", kNlri, kWithdraw, 4},
    {"MED: well-known", "7606 3 c", kExternal, "", kBase + "400404 00000001", kNlri, kWithdraw, 4},
    {"MED: first of all attributes", "7606 5", kExternal, "", "800403 000001" + kBase, kNlri, kWithdraw, 4},
    // LOCAL_PREF.
    {"LOCAL_PREF: from outside", "7606 7.5", kExternal, "", kBase + "400504 00000064", kNlri, kDiscard, 5},
    {"LOCAL_PREF: wrong length from outside", "7606 7.5", kExternal, "", kBase + "400501 64", kNlri, kDiscard,
     5},
    {"LOCAL_PREF: wrong length from inside", "7606 7.5", kInternal, "", kBase + "400503 000064", kNlri,
     kWithdraw, 5},
    {"LOCAL_PREF: empty from inside", "7606 7.5", kInternal, "", kBase + "400500", kNlri, kWithdraw, 5},
    {"LOCAL_PREF: optional", "7606 3 c", kInternal, "", kBase + "c00504 00000064", kNlri, kWithdraw, 5},
    // ATOMIC_AGGREGATE.
    {"ATOMIC_AGGREGATE: one octet", "7606 7.6", kExternal, "", kBase + "400601 00", kNlri, kDiscard, 6},
    {"ATOMIC_AGGREGATE: optional", "7606 3 c", kExternal, "", kBase + "c00600", kNlri, kWithdraw, 6},
    // AGGREGATOR.
    {"AGGREGATOR: six octets from a four-octet peer", "7606 7.7", kExternal, "",
     kBase + "c00706 fde9 0a000001", kNlri, kDiscard, 7},
    {"AGGREGATOR: empty", "7606 7.7", kExternal, "", kBase + "c00700", kNlri, kDiscard, 7},
    {"AGGREGATOR: nine octets", "7606 7.7", kExternal, "", kBase + "c00709 0000fde9 0a000001 00", kNlri,
     kDiscard, 7},
    {"AGGREGATOR: eight octets from a two-octet peer", "7606 7.7", kTwoOctet, "",
     kBase2 + "c00708 0000fde9 0a000001", kNlri, kDiscard, 7},
    {"AGGREGATOR: AS 0", "7607 2", kExternal, "", kBase + "c00708 00000000 0a000001", kNlri, kDiscard, 7},
    {"AGGREGATOR: AS 0 in two octets", "7607 2", kTwoOctet, "", kBase2 + "c00706 0000 0a000001", kNlri,
     kDiscard, 7},
    {"AGGREGATOR: well-known", "7606 3 c", kExternal, "", kBase + "400708 0000fde9 0a000001", kNlri,
     kWithdraw, 7},
    // COMMUNITIES and their like.
    {"COMMUNITIES: five octets", "7606 7.8", kExternal, "", kBase + "c00805 fde9000100", kNlri, kWithdraw, 8},
    {"COMMUNITIES: empty", "7606 7.8", kExternal, "", kBase + "c00800", kNlri, kWithdraw, 8},
    {"COMMUNITIES: not transitive", "7606 3 c", kExternal, "", kBase + "800804 fde90001", kNlri, kWithdraw,
     8},
    {"EXTENDED COMMUNITIES: seven octets", "7606 7.14", kExternal, "", kBase + "c01007 0002fde9000000", kNlri,
     kWithdraw, 16},
    {"EXTENDED COMMUNITIES: empty", "7606 7.14", kExternal, "", kBase + "c01000", kNlri, kWithdraw, 16},
    {"EXTENDED COMMUNITIES: twelve octets", "7606 7.14", kExternal, "",
     kBase + "c0100c 0002fde900000001 00000000", kNlri, kWithdraw, 16},
    {"LARGE_COMMUNITY: eleven octets", "8092 6", kExternal, "", kBase + "c0200b 0000fde9 00000001 000000",
     kNlri, kWithdraw, 32},
    {"LARGE_COMMUNITY: sixteen octets", "8092 6", kExternal, "",
     kBase + "c02010 0000fde9 00000001 00000002 00000003", kNlri, kWithdraw, 32},
    {"LARGE_COMMUNITY: empty", "8092 6", kExternal, "", kBase + "c02000", kNlri, kWithdraw, 32},
    {"ONLY_TO_CUSTOMER: three octets", "9234 5", kExternal, "", kBase + "c02303 00fde9", kNlri, kWithdraw,
     35},
    {"ONLY_TO_CUSTOMER: eight octets", "9234 5", kExternal, "", kBase + "c02308 0000fde900000000", kNlri,
     kWithdraw, 35},
    // Route reflection.
    {"ORIGINATOR_ID: from outside", "7606 7.9", kExternal, "", kBase + "800904 0a000001", kNlri, kDiscard, 9},
    {"ORIGINATOR_ID: wrong length from outside", "7606 7.9", kExternal, "", kBase + "800901 0a", kNlri,
     kDiscard, 9},
    {"ORIGINATOR_ID: five octets from inside", "7606 7.9", kInternal, "", kBase + "800905 0a00000100", kNlri,
     kWithdraw, 9},
    {"ORIGINATOR_ID: empty from inside", "7606 7.9", kInternal, "", kBase + "800900", kNlri, kWithdraw, 9},
    {"CLUSTER_LIST: from outside", "7606 7.10", kExternal, "", kBase + "800a04 0a000001", kNlri, kDiscard,
     10},
    {"CLUSTER_LIST: wrong length from outside", "7606 7.10", kExternal, "", kBase + "800a03 0a0000", kNlri,
     kDiscard, 10},
    {"CLUSTER_LIST: six octets from inside", "7606 7.10", kInternal, "", kBase + "800a06 0a0000010a00", kNlri,
     kWithdraw, 10},
    {"CLUSTER_LIST: empty from inside", "7606 7.10", kInternal, "", kBase + "800a00", kNlri, kWithdraw, 10},
    // AS4_PATH and AS4_AGGREGATOR.
    {"AS4_PATH: from a four-octet peer", "6793 6", kExternal, "", kBase + "c01106 0201 00011170", kNlri,
     kDiscard, 17},
    {"AS4_PATH: malformed from a four-octet peer", "6793 6", kExternal, "", kBase + "c01101 02", kNlri,
     kDiscard, 17},
    {"AS4_AGGREGATOR: from a four-octet peer", "6793 6", kExternal, "", kBase + "c01208 00011170 0a000001",
     kNlri, kDiscard, 18},
    {"AS4_PATH: odd length", "6793 6", kTwoOctet, "", kBase2 + "c01107 0201 00011170 00", kNlri, kDiscard,
     17},
    {"AS4_PATH: empty", "6793 6", kTwoOctet, "", kBase2 + "c01100", kNlri, kDiscard, 17},
    {"AS4_PATH: empty segment", "6793 6", kTwoOctet, "", kBase2 + "c01108 0201 00011170 0200", kNlri,
     kDiscard, 17},
    {"AS4_PATH: overrun", "6793 6", kTwoOctet, "", kBase2 + "c01106 0202 00011170", kNlri, kDiscard, 17},
    {"AS4_PATH: segment type 5", "6793 6", kTwoOctet, "", kBase2 + "c01106 0501 00011170", kNlri, kDiscard,
     17},
    {"AS4_PATH: AS 0", "7607 2", kTwoOctet, "", kBase2 + "c01106 0201 00000000", kNlri, kDiscard, 17},
    {"AS4_AGGREGATOR: six octets", "6793 6", kTwoOctet, "", kBase2 + "c01206 fde9 0a000001", kNlri, kDiscard,
     18},
    {"AS4_AGGREGATOR: AS 0", "7607 2", kTwoOctet, "", kBase2 + "c01208 00000000 0a000001", kNlri, kDiscard,
     18},
    // Unknown attributes.
    {"well-known unknown", "4271 6.3", kExternal, "", kBase + "4063 02 abcd", kNlri, kReset, 2, "406302abcd"},
    {"well-known unknown, not transitive", "4271 6.3", kExternal, "", kBase + "0063 00", kNlri, kReset, 2,
     "006300"},
    {"well-known unknown, Extended Length", "4271 6.3", kExternal, "", "50630002 abcd" + kBase, kNlri, kReset,
     2, "50630002abcd"},
    {"well-known unknown outweighs a bad ORIGIN", "7606 3 h", kExternal, "",
     "400101 07" + kPath + kHop + "406300", kNlri, kReset, 2, "406300"},
    {"type 0, well-known", "4271 6.3", kExternal, "", kBase + "400000", kNlri, kReset, 2, "400000"},
    {"unknown twice", "7606 3 g", kExternal, "", kBase + "80c801 01 80c801 02", kNlri, kDiscard, 200},
    {"unknown non-transitive", "4271 9", kExternal, "", kBase + "80c801 01", kNlri, kClean, 0},
    // Lengths within the attributes.
    {"attribute beyond the attributes", "7606 4", kExternal, "", kBase + "c00808 fde90001", kNlri, kWithdraw,
     8},
    {"first attribute beyond the attributes", "7606 4", kExternal, "", "4001ff 00" + kPath + kHop, kNlri,
     kWithdraw, 1},
    {"one octet left", "7606 4", kExternal, "", kBase + "40", kNlri, kWithdraw, 0},
    {"two octets left", "7606 4", kExternal, "", kBase + "c008", kNlri, kWithdraw, 8},
    {"three octets left, Extended Length", "7606 4", kExternal, "", kBase + "d00800", kNlri, kWithdraw, 8},
    {"Extended Length of 65535", "7606 4", kExternal, "", kBase + "d008ffff", kNlri, kWithdraw, 8},
    {"discard and withdraw: the stronger", "7606 3 h", kExternal, "", kBase + "400601 00 800400", kNlri,
     kWithdraw, 4},
    {"withdraw and discard: the stronger", "7606 3 h", kExternal, "", kBase + "800400 c00700", kNlri,
     kWithdraw, 4},
    // MP_REACH_NLRI and MP_UNREACH_NLRI.
    {"MP_REACH: IPv6", "4760 3", kExternal, "", kReach6 + kOrigin + kPath, "", kClean, 0},
    {"MP_REACH: twice", "7606 3 g", kExternal, "", kReach6 + kOrigin + kPath + kReach6, "", kReset, 1},
    {"MP_UNREACH: twice", "7606 3 g", kExternal, "", kUnreach6 + kUnreach6, "", kReset, 1},
    {"MP_REACH: no octet", "4760 7", kExternal, "", "800e00" + kBase, kNlri, kReset, 9, "800e00"},
    {"MP_REACH: no next hop length", "4760 7", kExternal, "", "800e03 000201" + kBase, kNlri, kReset, 9,
     "800e03000201"},
    {"MP_REACH: no next hop length, of a family not agreed on", "4760 7", kIpv4Only, "",
     "800e03 000201" + kBase, kNlri, kReset, 9, "800e03000201"},
    {"MP_REACH: next hop of 4", "7606 7.11", kExternal, "", "800e09 0002 01 04 0a000001 00" + kOrigin + kPath,
     "", kReset, 9, "800e09000201040a00000100"},
    {"MP_REACH: next hop of 0", "7606 7.11", kExternal, "", "800e05 0002 01 00 00" + kOrigin + kPath, "",
     kReset, 9, "800e050002010000"},
    {"MP_REACH: next hop of 24", "7606 7.11", kExternal, "",
     "800e1d 0002 01 18" + kHop6 + "0000000000000000 00" + kOrigin + kPath, "", kReset, 9,
     "800e1d00020118" + kHop6 + "000000000000000000"},
    {"MP_REACH: next hop beyond the attribute", "7606 7.11", kExternal, "",
     "800e05 0002 01 10 20" + kOrigin + kPath, "", kReset, 9, "800e050002011020"},
    {"MP_REACH: IPv4 with a next hop of 16", "7606 7.11", kExternal, "",
     "800e15 0001 01 10" + kHop6 + "00" + kOrigin + kPath, "", kReset, 9, "800e1500010110" + kHop6 + "00"},
    {"MP_REACH: no reserved octet", "4760 3", kExternal, "", "800e14 0002 01 10" + kHop6 + kOrigin + kPath,
     "", kReset, 9, "800e1400020110" + kHop6},
    {"MP_REACH: prefix of 129", "7606 5.3", kExternal, "",
     "800e27 0002 01 10" + kHop6 + "00 81" + kHop6 + "00" + kOrigin + kPath, "", kReset, 9,
     "800e2700020110" + kHop6 + "0081" + kHop6 + "00"},
    {"MP_REACH: prefix beyond the attribute", "7606 5.3", kExternal, "",
     "800e17 0002 01 10" + kHop6 + "00 2020" + kOrigin + kPath, "", kReset, 9,
     "800e1700020110" + kHop6 + "002020"},
    {"MP_UNREACH: one octet", "4760 7", kExternal, "", "800f01 00", "", kReset, 9, "800f0100"},
    {"MP_REACH: one octet", "4760 7", kExternal, "", kBase + "800e01 00", "", kReset, 9, "800e0100"},
    {"MP_UNREACH: two octets", "4760 7", kExternal, "", "800f02 0002", "", kReset, 9, "800f020002"},
    {"MP_UNREACH: prefix of 129", "7606 5.3", kExternal, "", "800f15 0002 01 81" + kHop6 + "00", "", kReset,
     9, "800f1500020181" + kHop6 + "00"},
    {"MP_REACH: beyond the attributes", "7606 3 j", kExternal, "", kBase + "800eff 0002", kNlri, kReset, 1},
    {"MP_UNREACH: beyond the attributes", "7606 3 j", kExternal, "", kBase + "800fff 0002", kNlri, kReset, 1},
    {"MP_REACH: header cut short", "7606 3 j", kExternal, "", kBase + "800e", kNlri, kReset, 1},
    {"MP_REACH: transitive", "7606 3 c", kExternal, "", "c0" + kReach6.substr(2) + kOrigin + kPath, "",
     kWithdraw, 14},
    {"MP_REACH: ORIGIN missing", "7606 3 d", kExternal, "", kReach6 + kPath, "", kWithdraw, 1},
    {"MP_REACH: AS_PATH malformed", "7606 7.2", kExternal, "", kReach6 + kOrigin + "400202 0200", "",
     kWithdraw, 2},
    {"MP_REACH: of a family not agreed on", "4760 8", kIpv4Only, "", kReach6 + kBase, kNlri, kDiscard, 14},
    {"MP_REACH: of an unknown family", "4760 8", kExternal, "", "800e05 0063 07 00 00" + kBase, kNlri,
     kDiscard, 14},
    {"MP_UNREACH: of a family not agreed on", "4760 8", kIpv4Only, "", kUnreach6 + kBase, kNlri, kDiscard,
     15},
    {"MP_REACH: without a prefix", "4760 3", kExternal, "", "800e15 0002 01 10" + kHop6 + "00" + kBase, kNlri,
     kDiscard, 14},
    // No prefix to withdraw.
    {"bad ORIGIN and no prefix", "7606 5.2", kExternal, "", "400101 07" + kPath + kHop, "", kReset, 6,
     "40010107"},
    {"bad ORIGIN and withdrawn prefixes only", "7606 5.2", kExternal, kNlri, "400101 07" + kPath + kHop, "",
     kReset, 6, "40010107"},
    {"long ORIGIN and no prefix", "4271 6.3", kExternal, "", "400102 0000" + kPath + kHop, "", kReset, 5,
     "4001020000"},
    {"flags of ORIGIN and no prefix", "4271 6.3", kExternal, "", "c00101 00" + kPath + kHop, "", kReset, 4,
     "c0010100"},
    {"AS_PATH malformed and no prefix", "4271 6.3", kExternal, "", kOrigin + "400202 0200" + kHop, "", kReset,
     11},
    {"confederation from outside and no prefix", "5065 5", kExternal, "", "400206 0301 0000fde9", "", kReset,
     11},
    {"NEXT_HOP of three octets and no prefix", "4271 6.3", kExternal, "", "400303 ac1f01", "", kReset, 5,
     "400303ac1f01"},
    {"COMMUNITIES of five octets and no prefix", "4271 6.3", kExternal, "", "d0080005 fde9000100", "", kReset,
     5, "d0080005fde9000100"},
    {"bad MED and MP_UNREACH only", "7606 5.2", kExternal, "", kUnreach6 + "800400", "", kReset, 5, "800400"},
    {"two faults and no prefix: the first is named", "7606 5.2", kExternal, "", "800400 400101 07", "",
     kReset, 5, "800400"},
    {"discard, then withdraw, and no prefix", "7606 5.2", kExternal, "", "400601 00 400101 07", "", kReset, 6,
     "40010107"},
    {"withdraw, then an attribute beyond, and no prefix", "7606 5.2", kExternal, "", "400101 07 4003ff", "",
     kReset, 6, "40010107"},
    {"attribute beyond the attributes, no prefix", "7606 5.2", kExternal, "", "4001ff 00", "", kReset, 1},
    {"bad MED and an empty MP_REACH", "7606 5.2", kExternal, "",
     "800e15 0002 01 10" + kHop6 + "00" + kOrigin + kPath + "800400", "", kReset, 5, "800400"},
    {"attributes of the discard class, no prefix", "7606 5.2", kExternal, kNlri, "400601 00", "", kDiscard,
     6},
};

void check_row(const Row& row) {
  const auto decoded = decode_octets(update_octets(row.withdrawn, row.attributes, row.nlri), row.agreed);
  if (row.outcome == kReset) {
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().code == ErrorCode::UpdateMessage);
    CHECK(unsigned{decoded.error().subcode} == row.code);
    CHECK(captures::hex(decoded.error().data) == captures::hex(octets(row.data)));
    return;
  }
  REQUIRE(decoded.has_value());
  const Update& update = std::get<Update>(*decoded);
  CHECK_FALSE(update.is_end_of_rib());
  switch (row.outcome) {
    case kClean:
      CHECK(update.faults.empty());
      CHECK(update.announced.size() + (update.mp_reach ? update.mp_reach->ipv6.size() : 0) == 1);
      break;
    case kDiscard: {
      CHECK(has_fault(update, row.code, FaultTreatment::Discard));
      const S& base = row.agreed.four_octet_as ? kBase : kBase2;
      auto expected =
          decode_octets(update_octets(row.withdrawn, row.nlri.empty() ? "" : base, row.nlri), row.agreed);
      REQUIRE(expected.has_value());
      std::get<Update>(*expected).faults = update.faults;
      CHECK(update == std::get<Update>(*expected));
      break;
    }
    case kWithdraw: {
      CHECK(has_fault(update, row.code, FaultTreatment::Withdraw));
      CHECK(update.announced.empty());
      CHECK_FALSE(update.mp_reach);
      CHECK(update.attributes == PathAttributes{});
      const auto prefix = net::Ipv4Prefix::parse("10.1.0.0/24").value();
      CHECK(std::ranges::count(update.withdrawn, prefix) == (row.nlri.empty() ? 0 : 1));
      if (row.nlri.empty()) {
        REQUIRE(update.mp_unreach);
        CHECK(update.mp_unreach->ipv6 == std::vector{net::Ipv6Prefix::parse("2001:db8::/32").value()});
      }
      break;
    }
    case kReset: break;
  }
}

}  // namespace

TEST_CASE("each fault of an UPDATE gets the treatment of its RFC") {
  CHECK(std::size(kRows) >= 120);
  for (const Row& row : kRows) {
    INFO(row.name << ", RFC " << row.rfc);
    check_row(row);
  }
}

TEST_CASE("length fields beyond the message: 3/1 (RFC 7606 §3 b)") {
  for (const auto* body : {"0001 0000", "ffff 0000", "0000 0001", "0000 ffff", "0003 000000",
                           "0004 18 0a0100 00", "0000 0005 40010100", "0002 0000 00"}) {
    INFO(body);
    const auto decoded = decode_octets(captures::message(MessageType::Update, octets(body)), {});
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error() == Notification{ErrorCode::UpdateMessage, kUpdateMalformedAttributes, {}});
  }
}

TEST_CASE("a bad attribute anywhere leaves the prefixes found (RFC 7606 §4)") {
  // The same fault at each place among the attributes.
  const S good[] = {kOrigin, kPath, kHop, "800404 00000001"};
  for (std::size_t place = 0; place <= std::size(good); ++place) {
    INFO(place);
    S attributes;
    for (std::size_t i = 0; i <= std::size(good); ++i) {
      if (i == place) attributes += "c00803 fde900";
      if (i < std::size(good)) attributes += good[i];
    }
    const auto decoded = decode_octets(update_octets("", attributes, "18 0a0100 10 0a02"), {});
    REQUIRE(decoded.has_value());
    const Update& update = std::get<Update>(*decoded);
    CHECK(update.withdrawn == std::vector{net::Ipv4Prefix::parse("10.1.0.0/24").value(),
                                          net::Ipv4Prefix::parse("10.2.0.0/16").value()});
  }
}
