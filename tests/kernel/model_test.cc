// Random sequences of what processes do, against the real kernel: every outcome is compared with model.h. REMIT_MODEL_SEED plays one again,
// REMIT_MODEL_STEPS says how far.
#include "kernel/model.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <random>

#include "base/clock.h"
#include "kernel/model_peers.h"
#include "session/cgroup.h"

namespace remit::test {
namespace {

uint64_t number_of(const char* variable, uint64_t otherwise) {
    const char* text = getenv(variable);
    return text ? strtoull(text, nullptr, 10) : otherwise;
}

bool is_refusal(int error) {
    return error == EPERM || error == EACCES;
}

class Play {
public:
    explicit Play(uint64_t seed) : random_(seed) {
        model_.lsm = harness_.lsm();
        folder_ = std::filesystem::temp_directory_path() / ("remit-model-" + std::to_string(getpid()));
        std::filesystem::create_directories(folder_);
        for (int i = 0; i < kPrograms; i++) std::filesystem::copy_file("/bin/true", program(i));
        for (int i = 0; i < kSessions; i++) {
            sessions_.push_back(harness_.make_session(Tables{}));
            change_grants(i);
        }
    }
    ~Play() {
        for (int hand = 0; hand < kHands; hand++) hands_.end(hand);
        std::filesystem::remove_all(folder_);
    }

    void step() {
        const int hand = pick(kHands);
        if (!task(hand).alive) return pick(8) ? void() : spawn(hand);
        const int act = pick(100);
        if (act < 2) return change_standing(pick(kSessions));
        if (act < 5) return change_grants(pick(kSessions));
        if (act < 7) return move(hand);
        if (act < 9) return leave(hand);
        if (act < 13) return do_fork(hand);
        if (act < 21) return exec(hand);
        if (act < 31) return give(hand);
        if (act < 41) return make_socket(hand);
        if (act < 43) return drop_socket(hand, pick(kHeld));
        if (act < 60) return connect(hand);
        if (act < 80) return send(hand);
        send_to(hand);
    }
    void expect_none_late() {
        for (const uint64_t number : peers_.late()) ADD_FAILURE() << "datagram " << number << " was refused, and arrived";
    }
    void tell_story() const {
        for (const auto& line : story_) fprintf(stderr, "  %s\n", line.c_str());
    }
    std::map<std::string, int> done() const { return done_; }

private:
    int pick(int bound) { return static_cast<int>(random_() % static_cast<uint64_t>(bound)); }
    TaskModel& task(int hand) { return model_.tasks[static_cast<size_t>(hand)]; }
    std::filesystem::path program(int i) const { return folder_ / ("program" + std::to_string(i)); }
    std::string cgroup(int session) const { return session == kNone ? harness_.cgroup() : sessions_[static_cast<size_t>(session)].cgroup; }

    void note(const char* act, int hand, const std::string& more, bool right) {
        const TaskModel& who = task(hand);
        story_.push_back(std::string(act) + " hand " + std::to_string(hand) + " (tag " + std::to_string(who.tag) + ", cgroup " +
                         std::to_string(who.cgroup) + ") " + more + (right ? "" : "  <-- NOT AS THE MODEL SAYS"));
        if (story_.size() > 400) story_.pop_front();
        done_[act]++;
        EXPECT_TRUE(right) << story_.back();
    }

    Answer tell(int hand, const Command& command) {
        auto answer = hands_.tell(hand, command);
        EXPECT_TRUE(answer) << "hand " << hand << " died";
        return answer.value_or(Answer{.error = ESRCH});
    }

    void spawn(int hand) {
        const int session = pick(kSessions + 1) - 1;
        hands_.start(hand, session == kNone ? nullptr : &sessions_[static_cast<size_t>(session)]);
        task(hand) = {.alive = true, .tag = session, .cgroup = session, .held = {}};
        task(hand).held.fill(kNone);
    }
    void end(int hand) {
        hands_.end(hand);
        task(hand).alive = false;
    }

    // Another policy under another number, and the generation that names it, in one word.
    void change_grants(int session) {
        SessionModel& now = model_.sessions[static_cast<size_t>(session)];
        TestSession& real = sessions_[static_cast<size_t>(session)];
        TablesBuilder builder;
        now.audit = pick(8) == 0;
        builder.mode(now.audit ? REMIT_AUDIT : REMIT_ENFORCE);
        for (int i = 0; i < kEndpoints; i++) {
            const int how = pick(5);  // 0: no tool, 1: not granted, 2: denied, else granted
            now.endpoints[static_cast<size_t>(i)] = how > 2;
            const auto tool = static_cast<uint16_t>(i);
            if (how == 0) continue;
            peers_.cover(builder, tool, i);
            if (how > 1) builder.grant(tool);
            if (how == 2) builder.deny(tool);
        }
        std::array<bool, kPrograms> known{};
        for (int i = 0; i < kPrograms; i++) {
            const int how = pick(4);  // 0: never seen, 1: not granted, else granted
            known[static_cast<size_t>(i)] = how > 0;
            now.programs[static_cast<size_t>(i)] = how > 1;
            if (how > 1) builder.grant(static_cast<uint16_t>(100 + i));
        }
        TestSession next = real;
        next.tables_id = ++last_tables_;
        ASSERT_TRUE(harness_.kernel().publish_tables(next.tables_id, builder.tables()));
        for (int i = 0; i < kPrograms; i++) {
            if (!known[static_cast<size_t>(i)]) continue;
            ASSERT_TRUE(harness_.know(next, program(i), only(static_cast<uint16_t>(100 + i))));
        }
        real.tables_id = next.tables_id;
        done_["flip"]++;
        story_.push_back("flip session " + std::to_string(session));
        new_generation(session);
    }
    void new_generation(int session) {
        const TestSession& real = sessions_[static_cast<size_t>(session)];
        const uint64_t generation = remit_generation_of(real.words->authority) + 1;
        __atomic_store_n(&real.words->authority, generation << 32 | real.tables_id, __ATOMIC_RELEASE);
        for (SocketModel& socket : model_.sockets)
            if (socket.made_in == session) socket.stain = kNone;
    }
    void change_standing(int session) {
        SessionModel& now = model_.sessions[static_cast<size_t>(session)];
        now.stands = !now.stands;
        sessions_[static_cast<size_t>(session)].words->state = now.stands ? REMIT_ARMED : REMIT_REVOKED;
        if (now.stands) new_generation(session);
        done_[now.stands ? "restore" : "revoke"]++;
        story_.push_back((now.stands ? "restore session " : "revoke session ") + std::to_string(session));
    }

    // By an operator outside: nobody is killed, and a task of no session becomes one of where it was put.
    void move(int hand) {
        TaskModel& who = task(hand);
        const int to = who.session() != kNone && pick(2) ? who.session() : pick(kSessions + 1) - 1;
        const bool right = session::move_process(cgroup(to), hands_.pid(hand)).has_value();
        who.cgroup = to;
        if (who.tag == kNone && to != kNone) {
            tell(hand, {.act = Act::kBirth});
            who.tag = to;
        }
        note("move", hand, "to " + std::to_string(to), right);
    }
    // By its own act: its session's cgroup below is fine, and anything else kills it, but in audit.
    void leave(int hand) {
        const TaskModel& who = task(hand);
        if (who.tag == kNone || who.torn() || who.outside() || model_.at(who.tag).audit) return;
        const int to = pick(kSessions + 1) - 1;
        Command command{.act = Act::kMove};
        snprintf(command.path.data(), command.path.size(), "%s/cgroup.procs", cgroup(to).c_str());
        const bool lives = hands_.tell(hand, command).has_value();
        note("leave", hand, "for " + std::to_string(to) + (lives ? ": lives" : ": killed"), lives == (to == who.tag));
        end(hand);
    }

    void do_fork(int hand) {
        const int child = pick(kHands);
        if (task(child).alive || task(hand).torn()) return;
        const Answer answer = tell(hand, {.act = Act::kFork, .hand = child});
        note("fork", hand, "as " + std::to_string(child), answer.error == 0);
        if (answer.error) return;
        hands_.adopt(child, answer.pid);
        task(child) = task(hand);
    }

    void exec(int hand) {
        const TaskModel& who = task(hand);
        if (who.torn()) return;  // its fork leaves the session of its tag, and is answered as leave() is
        const int which = pick(kPrograms);
        Command command{.act = Act::kExec};
        snprintf(command.path.data(), command.path.size(), "%s", program(which).c_str());
        const Answer answer = tell(hand, command);
        const bool passed = answer.error == 0 && exited(answer.status, 0);
        const bool refused = model_.lsm ? answer.error == EACCES : killed(answer.status);
        note("exec", hand,
             "program " + std::to_string(which) +
                 (passed    ? " passed"
                  : refused ? " refused"
                            : " otherwise"),
             model_.may_run(who, which) ? passed : refused);
    }

    void make_socket(int hand) {
        TaskModel& who = task(hand);
        const int at = pick(kHeld);
        if (who.torn()) return;
        drop_socket(hand, at);
        const SocketModel made{.made_in = who.cgroup, .type = pick(2) ? SOCK_DGRAM : SOCK_STREAM, .family = pick(2) ? AF_INET : AF_INET6};
        const Answer answer = tell(hand, {.act = Act::kSocket, .held = at, .family = made.family, .type = made.type});
        note("socket", hand, "error " + std::to_string(answer.error), Model::may_make(who) ? answer.error == 0 : is_refusal(answer.error));
        if (answer.error) return;
        who.held[static_cast<size_t>(at)] = static_cast<int>(model_.sockets.size());
        model_.sockets.push_back(made);
    }
    void drop_socket(int hand, int at) {
        int& held = task(hand).held[static_cast<size_t>(at)];
        if (held == kNone) return;
        tell(hand, {.act = Act::kClose, .held = at});
        held = kNone;
    }
    // Everybody's descriptor of it: nothing that it tried may be tried again by the kernel.
    void bury(int socket) {
        for (int hand = 0; hand < kHands; hand++)
            for (int at = 0; at < kHeld; at++)
                if (task(hand).alive && task(hand).held[static_cast<size_t>(at)] == socket) drop_socket(hand, at);
        peers_.forget(socket);
    }

    // Through a mailbox from before any session. Whether a socket from outside the receiver's session is handed out at all differs by tier.
    void give(int hand) {
        const int to = pick(kHands), from_at = pick(kHeld), to_at = pick(kHeld);
        const int what = task(hand).held[static_cast<size_t>(from_at)];
        if (what == kNone || to == hand || !task(to).alive || task(hand).torn() || task(to).torn()) return;
        drop_socket(to, to_at);
        const Answer given = tell(hand, {.act = Act::kGive, .held = from_at, .hand = to});
        const Answer taken = tell(to, {.act = Act::kTake, .held = to_at});
        const bool right = given.error == 0 && (taken.error == 0) == model_.may_take(task(to), socket(what));
        note("give", hand, "socket " + std::to_string(what) + " to " + std::to_string(to) + ", error " + std::to_string(taken.error),
             right);
        if (taken.error == 0) task(to).held[static_cast<size_t>(to_at)] = what;
    }

    SocketModel& socket(int which) { return model_.sockets[static_cast<size_t>(which)]; }

    // A held socket and an endpoint that it can name; false: there is none.
    bool choose(int hand, int& at, int& which, int& endpoint) {
        at = pick(kHeld);
        which = task(hand).held[static_cast<size_t>(at)];
        if (which == kNone) return false;
        for (int i = pick(kEndpoints), tries = 0; tries < kEndpoints; i = (i + 1) % kEndpoints, tries++) {
            endpoint = i;
            if (peers_.can_be_named_by(socket(which), i)) return true;
        }
        return false;
    }
    // A call that was judged: what it leaves on the socket.
    void stain(const TaskModel& who, SocketModel& socket, int endpoint) {
        if (model_.takes_out(who)) socket.stain = kNone;
        if (who.session() == kNone || socket.made_in != who.session()) return;
        socket.stain = who.torn() ? endpoint : kNone;
    }

    void connect(int hand) {
        int at = 0, which = 0, endpoint = 0;
        if (!choose(hand, at, which, endpoint) || (socket(which).type == SOCK_STREAM && socket(which).peer != kNone)) return;
        const TaskModel& who = task(hand);
        const bool may_call = model_.may_call(who, socket(which), endpoint);
        const bool stream = socket(which).type == SOCK_STREAM;
        const bool passes = may_call && (!stream || model_.may_pass(who, socket(which), endpoint));
        const Answer answer =
            tell(hand, {.act = Act::kConnect, .held = at, .wait_ms = passes ? 5000 * slack() : 0, .to = peers_.address(endpoint)});
        bool right = passes ? answer.error == 0 : may_call ? answer.error == ETIMEDOUT : is_refusal(answer.error);
        if (stream) right = peers_.accept_from(which, endpoint, answer.error == 0 ? answer.port : 0) && right;
        stain(who, socket(which), endpoint);
        note("connect", hand,
             "socket " + std::to_string(which) + " (made in " + std::to_string(socket(which).made_in) + ") to " + std::to_string(endpoint) +
                 ", error " + std::to_string(answer.error),
             right);
        if (answer.error == 0) socket(which).peer = endpoint;
        if (answer.error != 0 && stream) bury(which);
    }
    void send_to(int hand) {
        int at = 0, which = 0, endpoint = 0;
        if (!choose(hand, at, which, endpoint) || socket(which).type != SOCK_DGRAM) return;
        const TaskModel& who = task(hand);
        const bool passes = model_.may_call(who, socket(which), endpoint) && model_.may_pass(who, socket(which), endpoint);
        const uint64_t number = ++last_number_;
        const Answer answer = tell(hand, {.act = Act::kSendTo, .held = at, .number = number, .to = peers_.address(endpoint)});
        const bool arrived = peers_.arrives(peers_.fd(endpoint), number, passes);
        stain(who, socket(which), endpoint);
        note("sendto", hand,
             "socket " + std::to_string(which) + " (made in " + std::to_string(socket(which).made_in) + ") to " + std::to_string(endpoint) +
                 ", error " + std::to_string(answer.error) + (arrived ? ", arrived" : ""),
             arrived == passes && (passes ? answer.error == 0 : is_refusal(answer.error)));
    }

    void send(int hand) {
        const int at = pick(kHeld);
        const int which = task(hand).held[static_cast<size_t>(at)];
        if (which == kNone || socket(which).peer == kNone) return;
        // Linux hands what an IPv6 datagram socket sends to its IPv4 peer on to IPv4 with the address named.
        const bool named = socket(which).type == SOCK_DGRAM && socket(which).family == AF_INET6 && !peers_.is_ipv6(socket(which).peer);
        const bool passes = named ? model_.may_call(task(hand), socket(which), socket(which).peer) &&
                                        model_.may_pass(task(hand), socket(which), socket(which).peer)
                                  : model_.may_send(task(hand), socket(which));
        const bool stream = socket(which).type == SOCK_STREAM;
        const uint64_t number = ++last_number_;
        const Answer answer = tell(hand, {.act = Act::kSend, .held = at, .number = number});
        const int peer = stream ? peers_.accepted(which) : peers_.fd(socket(which).peer);
        const bool arrived = peers_.arrives(peer, number, passes);
        // What TCP takes and egress drops is no error of the call.
        const bool right = passes ? answer.error == 0 : is_refusal(answer.error) || (stream && answer.error == 0);
        note("send", hand,
             "socket " + std::to_string(which) + " (made in " + std::to_string(socket(which).made_in) + ") to " +
                 std::to_string(socket(which).peer) + ", error " + std::to_string(answer.error) + (arrived ? ", arrived" : ""),
             arrived == passes && right);
        if (named || model_.takes_out(task(hand))) stain(task(hand), socket(which), socket(which).peer);
        if (stream && !arrived) bury(which);
    }

    Harness& harness_ = Harness::get();
    std::mt19937_64 random_;
    Model model_;
    Hands hands_;
    std::filesystem::path folder_;
    ModelPeers peers_;
    std::vector<TestSession> sessions_;
    std::deque<std::string> story_;
    std::map<std::string, int> done_;
    uint64_t last_number_ = 0;
    uint32_t last_tables_ = 1000;
};

TEST(Model, EveryOutcomeIsTheModels) {
    const uint64_t seed = number_of("REMIT_MODEL_SEED", std::random_device{}());
    const uint64_t steps = number_of("REMIT_MODEL_STEPS", static_cast<uint64_t>(scaled(20'000)));
    const uint64_t limit_ns = 20'000'000'000ULL * static_cast<uint64_t>(slack());
    printf("model: REMIT_MODEL_SEED=%llu REMIT_MODEL_STEPS=%llu\n", static_cast<unsigned long long>(seed),
           static_cast<unsigned long long>(steps));
    fflush(stdout);
    Play play(seed);
    const uint64_t begin = boot_ns();
    uint64_t step = 0;
    for (; step < steps && !testing::Test::HasFailure() && boot_ns() - begin < limit_ns; step++) {
        play.step();
        if (step % 500 == 0) Harness::get().events();
    }
    play.expect_none_late();
    if (testing::Test::HasFailure()) play.tell_story();
    printf("model: %llu steps:", static_cast<unsigned long long>(step));
    for (const auto& [act, count] : play.done()) printf(" %s %d", act.c_str(), count);
    printf("\n");
}

}  // namespace
}  // namespace remit::test
