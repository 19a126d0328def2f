#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "daemon/event_record.h"
#include "policy/check.h"

namespace remit::daemon {
namespace {

constexpr const char* kPolicy = R"(name: "coding"
tool { name: "repo" program { path: "/usr/bin/git" } }
tool { name: "web" label: "untrusted-input" endpoint { cidr: "10.1.0.0/16" port: "443" } }
grant { tool: "repo" }
grant { tool: "web" max_uses: 3 }
)";

class EventRecord : public testing::Test {
protected:
    void SetUp() override {
        policy::Source source;
        source.files.push_back({"coding.textproto", kPolicy});
        auto checked = policy::check(source);
        ASSERT_TRUE(checked.policy);
        policy_ = *checked.policy;
        context_.policy = &policy_;
        auto session = std::make_shared<trail::Session>();
        session->id = "the session";
        context_.session = session;
    }

    static remit_event connect() {
        remit_event event{};
        event.abi = REMIT_ABI_VERSION;
        event.n = 20411;
        event.cpu = 1;
        event.boot_ns = 500;
        event.latency_ns = 310;
        event.pid = 4711;
        event.tid = 4712;
        event.task_start_ns = 83270000000;
        event.crossing = REMIT_CONNECT;
        event.protocol = IPPROTO_TCP;
        event.port = 443;
        const uint8_t address[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3};
        std::memcpy(event.address, address, sizeof address);
        event.tool = 1;
        event.rule = 1;
        event.covers[0] = 2;
        event.verdict = REMIT_ALLOW;
        event.effect = REMIT_PASSED;
        std::strcpy(event.comm, "curl");
        event.program = {12345, 1, 2, 3, 254u << 20 | 7};
        return event;
    }

    policy::Policy policy_;
    EventContext context_;
};

TEST_F(EventRecord, NamesWhatTheKernelNumbers) {
    context_.program_path = "/usr/bin/curl";
    const trail::Record record = record_of(connect(), context_);
    EXPECT_EQ(record.kind, trail::Kind::kCrossing);
    EXPECT_EQ(record.cpu, 1u);
    EXPECT_EQ(record.n, 20411u);
    EXPECT_EQ(record.tool, "web");
    EXPECT_THAT(record.tools, testing::ElementsAre("web"));
    EXPECT_EQ(record.rule, "grant web (coding.textproto:5)");
    EXPECT_EQ(record.decided_by, "kernel");
    EXPECT_EQ(record.session->id, "the session");
    ASSERT_TRUE(record.process);
    EXPECT_EQ(record.process->pid, 4711u);
    EXPECT_EQ(record.process->exec_id, "4711-8327");
    EXPECT_EQ(record.process->program.path, "/usr/bin/curl");
    EXPECT_EQ(record.process->program.dev, "254:7");
    const auto& endpoint = std::get<trail::EndpointObject>(record.object);
    EXPECT_EQ(endpoint.protocol, "tcp");
    EXPECT_EQ(endpoint.address, "10.1.2.3");
    EXPECT_EQ(endpoint.port, 443);
    EXPECT_EQ(object_text(record.object), "tcp 10.1.2.3:443");
}

TEST_F(EventRecord, WritesIpv6InBrackets) {
    remit_event event = connect();
    std::memset(event.address, 0, sizeof event.address);
    event.address[15] = 1;
    event.protocol = IPPROTO_UDP;
    EXPECT_EQ(object_text(record_of(event, context_).object), "udp [::1]:443");
}

TEST_F(EventRecord, OfAnExecHasThePathOfTheFileOrElseTheNameInTheCall) {
    remit_event event = connect();
    event.crossing = REMIT_EXEC;
    event.tool = 0;
    event.rule = REMIT_NO_RULE;
    std::strcpy(event.path, "/bin/git");
    EXPECT_EQ(object_text(record_of(event, context_).object), "/bin/git");
    context_.file_path = "/usr/bin/git";
    trail::Record record = record_of(event, context_);
    EXPECT_EQ(object_text(record.object), "/usr/bin/git");
    EXPECT_EQ(record.rule, "grant repo (coding.textproto:4)");
    event.flags = REMIT_EVENT_SCRIPT | REMIT_EVENT_PATH_CUT;
    record = record_of(event, context_);
    const auto& exec = std::get<trail::ExecObject>(record.object);
    EXPECT_EQ(exec.script_claimed, "/bin/git");
    EXPECT_TRUE(exec.path_cut);
}

TEST_F(EventRecord, OfARefusedSocketNamesItsFamily) {
    remit_event event = connect();
    event.crossing = REMIT_SOCKET;
    event.family = AF_INET;
    event.type = SOCK_RAW;
    event.protocol = IPPROTO_ICMP;
    event.reason = REMIT_REASON_FAMILY;
    event.tool = REMIT_NO_TOOL;
    event.rule = REMIT_NO_RULE;
    const trail::Record record = record_of(event, context_);
    EXPECT_EQ(object_text(record.object), "inet raw socket, protocol 1");
    EXPECT_EQ(record.rule, "") << "no rule of the policy stands behind it";
}

TEST_F(EventRecord, SaysWhenAPersonDecided) {
    context_.crossing_id = "the question";
    context_.answered_by_person = true;
    const trail::Record record = record_of(connect(), context_);
    EXPECT_EQ(record.crossing_id, "the question");
    EXPECT_EQ(record.decided_by, "person");
}

TEST_F(EventRecord, ShowsAUnixSocketByPathOrName) {
    remit_event event = connect();
    event.crossing = REMIT_UNIX;
    event.tool = REMIT_NO_TOOL;
    event.rule = REMIT_NO_RULE;
    event.file = {77, 1, 0, 3, 254u << 20 | 7};
    event.peer_pid = 903;
    event.peer = {88, 1, 2, 3, 254u << 20 | 7};
    std::strcpy(event.path, "/run/x.sock");
    event.path_bytes = 11;
    EXPECT_TRUE(is_sound(event));
    context_.peer_path = "/usr/sbin/x";
    auto record = record_of(event, context_);
    const auto& by_path = std::get<trail::UnixObject>(record.object);
    EXPECT_EQ(by_path.file.path, "/run/x.sock");
    EXPECT_EQ(by_path.file.ino, 77u);
    EXPECT_EQ(by_path.peer_pid, 903u);
    EXPECT_EQ(by_path.peer.path, "/usr/sbin/x");
    EXPECT_EQ(object_text(record.object), "/run/x.sock");

    // As long as it may be, with a zero inside and none at its end.
    std::memset(event.path, 'y', sizeof event.path);
    event.path[0] = 0;
    event.path[50] = 0;
    event.path_bytes = 108;
    event.file = {};
    EXPECT_TRUE(is_sound(event));
    record = record_of(event, context_);
    const auto& by_name = std::get<trail::UnixObject>(record.object);
    EXPECT_EQ(by_name.file.path, "");
    EXPECT_EQ(by_name.abstract_name.size(), 107u);
    EXPECT_EQ(by_name.abstract_name[49], 0);
}

TEST_F(EventRecord, SaysWhatIsTheSessionsOwn) {
    remit_event event = connect();
    event.crossing = REMIT_LISTEN;
    event.verdict_flags = REMIT_OF_ITS_OWN;
    event.tool = REMIT_NO_TOOL;
    event.rule = REMIT_NO_RULE;
    event.covers[0] = 0;
    EXPECT_TRUE(is_sound(event));
    const auto record = record_of(event, context_);
    EXPECT_EQ(record.rule, "its own");
    EXPECT_EQ(record.tool, "");
    EXPECT_EQ(std::get<trail::EndpointObject>(record.object).address, "10.1.2.3");
}

TEST_F(EventRecord, ANoticeHasNoNumber) {
    remit_event event = connect();
    event.crossing = REMIT_TOUCHED;
    event.type = REMIT_TOUCH_CAPABILITY;
    event.flags = REMIT_EVENT_NOTICE;
    event.port = 21;
    event.peer_pid = 812;
    event.effect = REMIT_REFUSED;
    EXPECT_TRUE(is_sound(event));
    auto record = notice_record_of(event, context_, "/usr/sbin/sshd");
    EXPECT_EQ(record.kind, trail::Kind::kTouchRefused);
    EXPECT_FALSE(record.n || record.cpu);
    ASSERT_TRUE(record.notice);
    EXPECT_EQ(record.notice->what, "capability");
    EXPECT_EQ(record.notice->capability, "CAP_SYS_ADMIN");
    EXPECT_EQ(record.notice->target_pid, 812u);
    EXPECT_EQ(record.notice->target.path, "/usr/sbin/sshd");

    event.crossing = REMIT_MOVED;
    event.type = REMIT_PULLED_IN;
    record = notice_record_of(event, context_, "");
    EXPECT_EQ(record.kind, trail::Kind::kTaskMoved);
    EXPECT_EQ(record.notice->what, "pulled_in");
    EXPECT_EQ(record.notice->capability, "");
}

TEST_F(EventRecord, OfAnUnknownSessionStillHasItsNumber) {
    const trail::Record record = record_of(connect(), {});
    EXPECT_EQ(record.n, 20411u);
    EXPECT_EQ(record.session, nullptr);
    EXPECT_EQ(record.tool, "");
}

TEST_F(EventRecord, IsMadeOfSoundEventsOnly) {
    EXPECT_TRUE(is_sound(connect()));
    struct {
        const char* what;
        void (*spoil)(remit_event&);
    } const cases[] = {
        {"another version", [](remit_event& e) { e.abi++; }},
        {"cpu", [](remit_event& e) { e.cpu = 1u << 30; }},
        {"crossing", [](remit_event& e) { e.crossing = 99; }},
        {"verdict", [](remit_event& e) { e.verdict = 3; }},
        {"reason", [](remit_event& e) { e.reason = REMIT_REASONS; }},
        {"effect", [](remit_event& e) { e.effect = 5; }},
        {"comm without end", [](remit_event& e) { std::memset(e.comm, 'x', sizeof e.comm); }},
        {"path without end",
         [](remit_event& e) {
             e.crossing = REMIT_EXEC;
             std::memset(e.path, 'x', sizeof e.path);
         }},
        {"longer name than its room",
         [](remit_event& e) {
             e.crossing = REMIT_UNIX;
             e.path_bytes = sizeof e.path + 1;
         }},
        {"a notice among the crossings", [](remit_event& e) { e.flags = REMIT_EVENT_NOTICE; }},
        {"a crossing among the notices", [](remit_event& e) { e.crossing = REMIT_MOVED; }},
        {"move",
         [](remit_event& e) {
             e.crossing = REMIT_MOVED;
             e.flags = REMIT_EVENT_NOTICE;
             e.type = REMIT_MOVES;
         }},
        {"touch",
         [](remit_event& e) {
             e.crossing = REMIT_TOUCHED;
             e.flags = REMIT_EVENT_NOTICE;
             e.type = REMIT_TOUCHES;
         }},
    };
    for (const auto& each : cases) {
        remit_event event = connect();
        each.spoil(event);
        EXPECT_FALSE(is_sound(event)) << each.what;
    }
}

}  // namespace
}  // namespace remit::daemon
