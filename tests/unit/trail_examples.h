// One record of each kind, as docs/trail.md shows them, and a folder for each test. For the tests of trail/.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "trail/chain.h"
#include "trail/checkpoint.h"
#include "trail/line.h"
#include "trail/segment.h"

namespace remit::trail {

class TrailFolder : public testing::Test {
protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "remit-trail-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string folder_;
};

inline std::string bytes_of_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// As a new file: ext4 writes one out at once that is truncated and filled again, which takes milliseconds.
inline void put_file(const std::string& path, std::string_view bytes) {
    std::filesystem::remove(path);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

inline std::vector<std::string> lines_of(std::string_view bytes) {
    std::vector<std::string> lines;
    while (!bytes.empty()) {
        const size_t end = bytes.find('\n');
        lines.emplace_back(bytes.substr(0, end));
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    }
    return lines;
}

inline Record a_crossing(uint32_t cpu, uint64_t n) {
    Record record;
    record.boot_ns = 1;
    record.cpu = cpu;
    record.n = n;
    record.verdict = REMIT_ALLOW;
    record.effect = REMIT_PASSED;
    record.decided_by = "kernel";
    return record;
}

inline std::shared_ptr<const Session> example_session() {
    static const auto session = std::make_shared<const Session>(Session{
        .id = "019ab53e-5b86-7a4f-8c11-3f0e2d1c4b5a",
        .root = "019ab53e-5b86-7a4f-8c11-3f0e2d1c4b5a",
        .policy = "coding",
        .policy_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        .name = "fix-1432",
        .agent = "claude",
        .on_behalf_of = "requester@corp.example",
        .purpose = "fix ticket",
        .task = "T-1432",
        .claimed = {"agent", "on_behalf_of", "purpose", "task"},
        .generation = 3,
        .mode = REMIT_ENFORCE,
        .tier = "lsm",
        .labels = {"untrusted-input"},
    });
    return session;
}

inline Process example_process() {
    Process process;
    process.pid = process.tid = 4711;
    process.ppid = 4700;
    process.start_ns = 83270000000;
    process.exec_id = "4711-83270000000-2";
    process.uid = process.gid = 1000;
    process.comm = "curl";
    process.program = {"/usr/bin/curl", "254:0", 12345, "5f2b51ca2fdc5baa31ec02e002f69aec1d2ba1a1ac0ff0b6c1a9ba3d7ac9c5d1"};
    return process;
}

inline Record example(Kind kind, bool about_a_session) {
    Record record;
    record.kind = kind;
    record.boot_ns = 83274500111;
    if (about_a_session) record.session = example_session();
    return record;
}

inline Record example_connect() {
    Record record = example(Kind::kCrossing, true);
    record.crossing_id = "019ab53e-6c02-7d1e-9b7a-51c2f0a3d4e6";
    record.cpu = 1;
    record.n = 20411;
    record.process = example_process();
    record.crossing = REMIT_CONNECT;
    record.object = EndpointObject{"tcp", "10.20.1.7", 443, "deploy.corp.example", "policy"};
    record.tool = "deploy";
    record.tools = {"deploy", "intranet"};
    record.rule = "grant deploy (coding.textproto:31)";
    record.verdict = REMIT_DENY;
    record.reason = REMIT_REASON_ONLY_AFTER;
    record.decided_by = "kernel";
    record.effect = REMIT_REFUSED;
    record.latency_ns = 310;
    return record;
}

inline Record example_exec() {
    Record record = example(Kind::kCrossing, true);
    record.cpu = 0;
    record.n = 977;
    record.process = example_process();
    record.crossing = REMIT_EXEC;
    ExecObject object;
    object.program = {"/usr/bin/git", "254:0", 20231, ""};
    object.interpreter = "/usr/bin/dash";
    record.object = object;
    record.tool = "repo";
    record.tools = {"repo"};
    record.rule = "grant repo (coding.textproto:27)";
    record.verdict = REMIT_ALLOW;
    record.decided_by = "kernel";
    record.effect = REMIT_PASSED;
    record.latency_ns = 290;
    return record;
}

inline Record example_unix() {
    Record record = example(Kind::kCrossing, true);
    record.cpu = 0;
    record.n = 978;
    record.count = 5;
    record.numbers = {{978, 980}, {985, 986}};
    record.first_boot_ns = record.boot_ns - 900'000'000;
    record.last_boot_ns = record.boot_ns;
    record.process = example_process();
    record.crossing = REMIT_UNIX;
    UnixObject object;
    object.file = {"/run/postgresql/.s.PGSQL.5432", "0:25", 1204, ""};
    object.peer_pid = 903;
    object.peer = {"/usr/lib/postgresql/15/bin/postgres", "254:0", 88123, ""};
    record.object = object;
    record.tool = "database";
    record.tools = {"database"};
    record.rule = "grant database (coding.textproto:29)";
    record.verdict = REMIT_ALLOW;
    record.decided_by = "kernel";
    record.effect = REMIT_PASSED;
    record.latency_ns = 420;
    return record;
}

inline Record example_listen() {
    Record record = example(Kind::kCrossing, true);
    record.cpu = 1;
    record.n = 20412;
    record.process = example_process();
    record.crossing = REMIT_LISTEN;
    record.object = EndpointObject{"tcp", "127.0.0.1", 8080, "", ""};
    record.rule = "its own";
    record.verdict = REMIT_ALLOW;
    record.decided_by = "kernel";
    record.effect = REMIT_PASSED;
    record.latency_ns = 350;
    return record;
}

inline std::shared_ptr<const Actor> example_actor() {
    return std::make_shared<Actor>(Actor{1001, {1001, 990}, 1001, 5120, "", "control.sock"});
}

inline std::vector<Record> example_session_records() {
    std::vector<Record> all;
    Record start = example(Kind::kSessionStart, true);
    start.cgroup = "/remit/019ab53e-5b86-7a4f-8c11-3f0e2d1c4b5a";
    start.lifetime_ns = 28800000000000;
    start.assurance = std::make_shared<Assurance>(Assurance{
        {{"exec", "enforced"}, {"connect", "enforced"}, {"unix-sockets", "partial"}, {"root-sessions", "missing"}}, {"unix-sockets"}});
    start.actor = example_actor();
    all.push_back(start);
    all.push_back(example_exec());
    all.push_back(example_connect());
    all.push_back(example_unix());
    all.push_back(example_listen());
    Record label = example(Kind::kLabel, true);
    label.crossing_id = "019ab53e-6c02-7d1e-9b7a-51c2f0a3d4e6";
    label.tool = "web";
    label.label = "untrusted-input";
    all.push_back(label);

    Record moved = example(Kind::kTaskMoved, true);
    moved.process = example_process();
    moved.notice = std::make_shared<Notice>(Notice{"left", 4712, {"/usr/bin/sleep", "", 0, ""}, "", "", false});
    moved.decided_by = "kernel";
    moved.effect = REMIT_KILLED;
    moved.why = "what left is killed too";
    all.push_back(moved);
    Record touched = example(Kind::kTouchRefused, true);
    touched.count = 37;
    touched.process = example_process();
    touched.notice = std::make_shared<Notice>(Notice{"signal", 812, {"/usr/sbin/remitd", "", 0, ""}, "", "", false});
    touched.decided_by = "kernel";
    touched.effect = REMIT_REFUSED;
    all.push_back(touched);

    Record asked = example_connect();
    asked.kind = Kind::kApprovalAsked;
    asked.cpu.reset();
    asked.n.reset();
    asked.verdict = REMIT_PENDING;
    asked.reason = REMIT_REASON_APPROVAL;
    asked.effect = REMIT_HELD;
    asked.latency_ns.reset();
    all.push_back(asked);
    Record answered = example(Kind::kApprovalAnswered, true);
    answered.crossing_id = asked.crossing_id;
    answered.crossing = REMIT_CONNECT;
    answered.object = asked.object;
    answered.tool = "deploy";
    answered.decided_by = "person";
    answered.answer = "approve";
    answered.scope = "SESSION";
    answered.why = "release 4.2";
    answered.actor = example_actor();
    all.push_back(answered);

    Record grant = example(Kind::kGrant, true);
    grant.tool = "wiki";
    grant.rule = "grant wiki (an operator, uid 1001: the wiki is needed)";
    grant.uses = 3;
    grant.lifetime_ns = 900'000'000'000;
    grant.why = "the wiki is needed";
    grant.actor = example_actor();
    all.push_back(grant);
    Record renewed = example(Kind::kConfig, true);
    renewed.change = "renew";
    renewed.lifetime_ns = 1'800'000'000'000;
    renewed.why = "the release takes longer";
    renewed.actor = example_actor();
    all.push_back(renewed);
    Record revoked = example(Kind::kSessionRevoked, true);
    revoked.why = "token leaked";
    revoked.actor = example_actor();
    all.push_back(revoked);
    Record cut = example(Kind::kSocketCut, true);
    cut.crossing = REMIT_CONNECT;
    cut.object = EndpointObject{"tcp", "10.20.1.7", 443, "", ""};
    cut.tool = "deploy";
    cut.rule = "deny release (coding.textproto:35)";
    cut.reason = REMIT_REASON_DENIED;
    cut.effect = REMIT_DROPPED;
    cut.latency_ns = 1'204'511;
    all.push_back(cut);
    all.push_back(example(Kind::kSessionExpired, true));
    Record end = example(Kind::kSessionEnd, true);
    end.why = "command ended";
    end.exit_status = 143;
    end.totals = std::make_shared<SessionTotals>(
        SessionTotals{.passed = 812,
                      .refused = 3,
                      .bytes_out = 104857,
                      .bytes_in = 20971520,
                      .packets_out = 1204,
                      .packets_in = 15020,
                      .traffic = {{"deploy", {"tcp", "10.20.1.7", 443, "deploy.corp.example", "dns"}, false, 104857, 20000000, 1204, 14320},
                                  {"repo", {}, false, 0, 971520, 0, 700}}});
    all.push_back(end);
    return all;
}

// Made for these tests; it signs nothing else.
inline Signer example_signer() {
    auto key = SigningKey::from_pem(
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIP/igo1yDZD2gZl6X2mV3tObtu3CA0GpVsm+QZhOS76U\n-----END PRIVATE KEY-----\n");
    return Signer::make(std::move(key).value(), "remit/h1").value();
}

// In the order of a day: the host starts, a policy is loaded, a session runs, the daemon stops.
inline std::vector<Record> examples() {
    std::vector<Record> all;
    Record boot = example(Kind::kBoot, false);
    boot.software = std::make_shared<Software>(Software{"", "6.18.0", 0});
    all.push_back(boot);
    Record start = example(Kind::kDaemonStart, false);
    start.software = std::make_shared<Software>(Software{"0.1.0", "6.18.0", 217});
    all.push_back(start);
    Record hooks = example(Kind::kHooks, false);
    hooks.hooks = std::make_shared<Hooks>(
        Hooks{{{0, 123, 120, {{100, 101}}}, {1, 20411, 20411, {}}}, {"remit_exec", "remit_connect4"}, "base", true});
    all.push_back(hooks);
    Record loaded = example(Kind::kPolicyLoaded, false);
    loaded.policy = std::make_shared<PolicyChange>(PolicyChange{
        "coding", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", {"coding.textproto", "tools/shell.textproto"}, {}});
    loaded.actor = example_actor();
    all.push_back(loaded);
    Record rejected = example(Kind::kPolicyRejected, false);
    rejected.policy =
        std::make_shared<PolicyChange>(PolicyChange{"coding", "", {"coding.textproto"}, {"coding.textproto:12:9: unknown tool \"repos\""}});
    rejected.actor = example_actor();
    all.push_back(rejected);
    for (Record& record : example_session_records()) all.push_back(record);
    Record gap = example(Kind::kAuditGap, false);
    gap.cpu = 1;
    gap.first = 20400;
    gap.last = 20410;
    gap.count = 11;
    all.push_back(gap);
    Record pruned = example(Kind::kSegmentPruned, false);
    pruned.why = "segments are kept for 90d";
    pruned.pruned = std::make_shared<PrunedSegment>(PrunedSegment{
        "20260825T093102Z-0.jsonl.zst", 0, 65210, "6fcc99e87ea7bea3e006aa1d73ff2eb42b81e1941ff7caf67deee3dbbde1f715", 3481022});
    all.push_back(pruned);
    Record stop = example(Kind::kDaemonStop, false);
    stop.why = "SIGTERM";
    all.push_back(stop);
    Record config = example(Kind::kConfig, false);
    config.key = std::make_shared<KeyChange>(KeyChange{example_signer().verifier().text(), ""});
    all.push_back(config);
    return all;
}

inline Place example_place(uint64_t seq, std::string_view prev) {
    return {seq, prev, 1795512578848956678, "h1", "5f1d0a52-8f0e-4c55-9d3b-0a3c6a1d7e21"};
}

// The lines of records, chained from the very beginning.
inline std::vector<std::string> chained(const std::vector<Record>& records) {
    std::vector<std::string> lines;
    std::string prev{kFirstPrev};
    for (const Record& record : records) {
        std::string line;
        append_line(line, record, example_place(lines.size(), prev));
        prev = chain_hash(line);
        lines.push_back(line);
    }
    return lines;
}

// A trail with one line of each kind, the checkpoint of all others at its end.
inline std::vector<std::string> example_trail() {
    std::vector<std::string> lines = chained(examples());
    Frontier tree;
    for (const std::string& line : lines) tree.add(Chain().leaf(line));
    Record checkpoint = example(Kind::kCheckpoint, false);
    checkpoint.tree = std::make_shared<SignedTree>(signed_tree(tree, example_signer()).value());
    std::string line;
    append_line(line, checkpoint, example_place(lines.size(), chain_hash(lines.back())));
    lines.push_back(line);
    return lines;
}

}  // namespace remit::trail
