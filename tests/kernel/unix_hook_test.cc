// hooks/unix.h: unix sockets outside of the session, by file, abstract name and listener; and the session's own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "kernel/harness.h"

namespace remit::test {
namespace {

struct UnixName {
    sockaddr_un address{};
    socklen_t size = 0;
};

// "@name": abstract.
UnixName unix_name(const std::string& text) {
    UnixName name;
    name.address.sun_family = AF_UNIX;
    std::memcpy(name.address.sun_path, text.data(), text.size());
    if (text[0] == '@') name.address.sun_path[0] = 0;
    name.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + (text[0] == '@' ? 0 : 1));
    return name;
}

Fd bind_unix(const std::string& text, int type) {
    const UnixName name = unix_name(text);
    Fd fd(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&name.address), name.size) || (type != SOCK_DGRAM && listen(fd.get(), 8)))
        fd.reset();
    return fd;
}

int connect_unix(const std::string& text, int type) {
    const UnixName name = unix_name(text);
    const Fd fd(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    return connect(fd.get(), reinterpret_cast<const sockaddr*>(&name.address), name.size) ? errno : 0;
}

int send_unix(const std::string& text) {
    const UnixName name = unix_name(text);
    const Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return sendto(fd.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&name.address), name.size) == 1 ? 0 : errno;
}

class UnixHook : public testing::Test {
protected:
    Harness& harness = Harness::get();
    std::filesystem::path folder;
    int refused() const { return harness.lsm() ? EACCES : EPERM; }

    void SetUp() override {
        if (!harness.lsm() && !harness.kernel().features().connect_unix)
            GTEST_SKIP() << "feature: cgroup/connect_unix (6.7) or the lsm tier";
        char text[] = "/tmp/remit-unix-XXXXXX";
        folder = mkdtemp(text);
        harness.events();
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    // As session/ does: by the file's identity, or by the literal path.
    void know_path(const TestSession& session, const std::string& path, const remit_toolset& toolset) {
        if (!harness.lsm()) {
            ASSERT_TRUE(harness.kernel().push_unix_path(session.tables_id, path, toolset).has_value());
            return;
        }
        const Fd file(open(path.c_str(), O_PATH | O_CLOEXEC));
        const int fds[] = {file.get()};
        auto identity = harness.kernel().identify(fds);
        ASSERT_TRUE(identity && (*identity)[0]);
        ASSERT_TRUE(harness.kernel().push_unix_file(session.tables_id, (*identity)[0]->file, toolset).has_value());
    }
};

Tables with_name(const std::string& name, uint16_t tool, bool granted) {
    TablesBuilder builder;
    if (granted) builder.grant(tool);
    Tables tables = builder.tables();
    tables.unix_names.push_back({name, only(tool)});
    return tables;
}

TEST_F(UnixHook, JudgesAPathByItsFile) {
    for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
        const std::string path = folder / ("socket" + std::to_string(type));
        const Fd listener = bind_unix(path, type);
        ASSERT_TRUE(listener);
        const auto session = harness.make_session(TablesBuilder().grant(2).tables());
        EXPECT_TRUE(exited(harness.run(session, [&] { return connect_unix(path, type); }), refused())) << type;
        auto events = harness.events();
        ASSERT_EQ(events.size(), 2U) << type;  // the record and the question
        for (const auto& event : events) {
            EXPECT_EQ(event.crossing, REMIT_UNIX);
            EXPECT_EQ(event.reason, REMIT_REASON_UNKNOWN);
            EXPECT_EQ(std::string(event.path, event.path_bytes), path);
        }
        know_path(session, path, only(2));
        EXPECT_TRUE(exited(harness.run(session, [&] { return connect_unix(path, type); }), 0)) << type;
        events = harness.events();
        ASSERT_EQ(events.size(), 1U) << type;
        EXPECT_EQ(events[0].verdict, REMIT_ALLOW);
        EXPECT_EQ(events[0].tool, 2);
        know_path(session, path, only(3));
        EXPECT_TRUE(exited(harness.run(session, [&] { return connect_unix(path, type); }), refused())) << type;
        EXPECT_EQ(harness.events().at(0).reason, REMIT_REASON_NOT_GRANTED);
        EXPECT_TRUE(exited(harness.run_outside([&] { return connect_unix(path, type); }), 0));
        EXPECT_TRUE(harness.events().empty());
    }
}

TEST_F(UnixHook, JudgesAnAbstractName) {
    const std::string name = "remit-test-" + std::to_string(getpid());
    const Fd listener = bind_unix("@" + name, SOCK_STREAM);
    ASSERT_TRUE(listener);
    const auto granted = harness.make_session(with_name(name, 1, true));
    const auto not_granted = harness.make_session(with_name(name, 1, false));
    EXPECT_TRUE(exited(harness.run(granted, [&] { return connect_unix("@" + name, SOCK_STREAM); }), 0));
    EXPECT_EQ(harness.events().at(0).path_bytes, name.size() + 1);
    EXPECT_TRUE(exited(harness.run(not_granted, [&] { return connect_unix("@" + name, SOCK_STREAM); }), refused()));
    EXPECT_EQ(harness.events().at(0).reason, REMIT_REASON_NOT_GRANTED);
    EXPECT_TRUE(exited(harness.run_outside([&] { return connect_unix("@" + name, SOCK_STREAM); }), 0));
}

TEST_F(UnixHook, JudgesADatagramWithoutAConnect) {
    const std::string path = folder / "datagrams";
    const Fd listener = bind_unix(path, SOCK_DGRAM);
    const auto session = harness.make_session(TablesBuilder().grant(2).tables());
    EXPECT_TRUE(exited(harness.run(session, [&] { return send_unix(path); }), refused()));
    know_path(session, path, only(2));
    EXPECT_TRUE(exited(harness.run(session, [&] { return send_unix(path); }), 0));
}

TEST_F(UnixHook, AListenerOfTheWrongProgramIsRefused) {
    if (!harness.lsm()) GTEST_SKIP() << "feature: lsm tier";
    const std::string path = folder / "peer";
    const Fd listener = bind_unix(path, SOCK_STREAM);
    const auto session = harness.make_session(TablesBuilder().grant(2).tables());
    remit_toolset wants_peer = only(2);
    wants_peer.peer_endpoint = 1;
    know_path(session, path, wants_peer);
    EXPECT_TRUE(exited(harness.run(session, [&] { return connect_unix(path, SOCK_STREAM); }), EACCES));
    const auto events = harness.events();
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events[0].reason, REMIT_REASON_UNKNOWN);
    EXPECT_EQ(events[0].peer_pid, static_cast<uint32_t>(getpid()));
    EXPECT_NE(events[0].peer.ino, 0U);
    ASSERT_TRUE(harness.kernel().push_peer(session.tables_id, 1, events[0].peer, remit_toolset{}).has_value());
    EXPECT_TRUE(exited(harness.run(session, [&] { return connect_unix(path, SOCK_STREAM); }), EACCES));
    ASSERT_TRUE(harness.kernel().push_peer(session.tables_id, 1, events[0].peer, only(2)).has_value());
    EXPECT_TRUE(exited(harness.run(session, [&] { return connect_unix(path, SOCK_STREAM); }), 0));
}

TEST_F(UnixHook, TheSessionsOwnIsReachedAtOnceAndAnothersIsNot) {
    if (!harness.lsm()) GTEST_SKIP() << "feature: lsm tier";
    const auto session = harness.make_session(TablesBuilder().tables());
    const auto other = harness.make_session(TablesBuilder().tables());
    const std::string path = folder / "own";
    int ready[2], done[2];
    ASSERT_EQ(pipe(ready) | pipe(done), 0);
    const pid_t child = harness.start(&session, [&] {
        close(done[1]);
        const Fd listener = bind_unix(path, SOCK_STREAM);
        char byte = 1;
        if (!listener || write(ready[1], &byte, 1) != 1) return 1;
        return static_cast<int>(read(done[0], &byte, 1));
    });
    char byte = 0;
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    EXPECT_TRUE(exited(harness.run(session, [&] { return connect_unix(path, SOCK_STREAM); }), 0));
    auto events = harness.events();
    std::erase_if(events, [](const remit_event& event) { return event.crossing != REMIT_UNIX; });
    ASSERT_EQ(events.size(), 1U);
    EXPECT_TRUE(events[0].verdict_flags & REMIT_OF_ITS_OWN);
    EXPECT_TRUE(exited(harness.run(other, [&] { return connect_unix(path, SOCK_STREAM); }), EACCES));
    close(done[1]);
    wait_for(child);
}

// As the daemon guards its sockets: the one for sessions is reached by each, the other by none, and only at the daemon's own path.
TEST_F(UnixHook, EverySessionReachesTheAgentSocketAndNoOtherOfRemits) {
    const std::string agent = folder / "agent.sock", control = folder / "control.sock";
    const Fd agents = bind_unix(agent, SOCK_STREAM), operators = bind_unix(control, SOCK_STREAM);
    ASSERT_TRUE(agents && operators);
    const auto session = harness.make_session(TablesBuilder().tables());
    const auto reach = [&](const std::string& path) { return harness.run(session, [&] { return connect_unix(path, SOCK_STREAM); }); };
    EXPECT_TRUE(exited(reach(agent), refused()));
    const Fd root(open("/", O_PATH | O_CLOEXEC)), by_file(open(agent.c_str(), O_PATH | O_CLOEXEC)),
        other(open(control.c_str(), O_PATH | O_CLOEXEC));
    const int fds[] = {root.get(), by_file.get(), other.get()};
    auto found = harness.kernel().identify(fds);
    ASSERT_TRUE(found && (*found)[0] && (*found)[1] && (*found)[2]);
    struct stat mounts {};
    ASSERT_EQ(stat("/proc/self/ns/mnt", &mounts), 0);
    const auto inode = [&](size_t i, uint32_t in) { return remit_inode{(*found)[i]->file.ino, (*found)[i]->file.dev, in}; };
    const std::vector<kernel::GuardedInode> guarded{{inode(0, static_cast<uint32_t>(mounts.st_ino)), REMIT_GUARDS_HOME},
                                                    {inode(1, 0), REMIT_GUARDS_AGENT},
                                                    {inode(2, 0), REMIT_GUARDS_SOCKET}};
    ASSERT_TRUE(harness.kernel().guard_only(guarded).has_value());
    ASSERT_TRUE(harness.kernel().set_agent_path(agent).has_value());
    harness.events();
    EXPECT_TRUE(exited(reach(agent), 0));
    EXPECT_TRUE(harness.events().empty());  // no crossing: it is Remit itself
    EXPECT_TRUE(exited(reach(control), harness.lsm() ? EPERM : refused()));

    // The same name under another root leads elsewhere.
    const std::string jail = folder / "jail";
    std::filesystem::create_directories(jail + folder.string());
    const Fd broker = bind_unix(jail + agent, SOCK_STREAM);
    ASSERT_TRUE(broker);
    EXPECT_TRUE(exited(harness.run(session, [&] { return chroot(jail.c_str()) ? 99 : connect_unix(agent, SOCK_STREAM); }), refused()));
    ASSERT_TRUE(harness.kernel().set_agent_path("").has_value());
    ASSERT_TRUE(harness.kernel().guard_only({}).has_value());
    EXPECT_TRUE(exited(reach(agent), refused()));
}

TEST_F(UnixHook, APairIsNobodysBusiness) {
    const auto session = harness.make_session(TablesBuilder().tables());
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
        EXPECT_TRUE(exited(harness.run(session,
                                       [&] {
                                           int pair[2];
                                           if (socketpair(AF_UNIX, type, 0, pair)) return errno;
                                           return send(pair[0], "x", 1, 0) == 1 ? 0 : errno;
                                       }),
                           0));
    }
    EXPECT_TRUE(harness.events().empty());
}

}  // namespace
}  // namespace remit::test
