// The compiled decision in this kernel, over the product's maps, against explain's and the evaluator of POLICY.md's text (unit/naive.h):
// random policies, and sessions of them step by step. REMIT_SEED replays one, REMIT_PAIRS says how many crossings.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <iostream>
#include <random>

#include "base/clock.h"
#include "kernel/decide.h"
#include "kernel/harness.h"
#include "policy/check.h"
#include "policy/simulate.h"
#include "session/slot.h"
#include "unit/naive_product.h"
// Needs the types of those above.
#include "decide.skel.h"

namespace remit::test {
namespace {

namespace naive = ::naive;
using policy::testing::answer_of;
using policy::testing::kSecond;
using To = naive::Crossing::To;

constexpr int kPairs = 100'000;
constexpr int kStepsOfASession = 40;
// Programs are told apart by their inode alone: nobody runs them.
constexpr const char* kPrograms[] = {"/opt/a/x", "/opt/a/y", "/opt/a/b/x", "/opt/a/b/c/x", "/opt/x", "/usr/x"};
constexpr const char* kSockets[] = {"/run/x", "/run/y", "@x", "@y"};

remit_file program_at(size_t index) {
    remit_file file{};
    file.ino = 1000 + index;
    file.dev = 1;
    return file;
}

// The test's own program, over the maps that the harness has pinned.
class Decider {
public:
    explicit Decider(Harness& harness) : bpf_(decide_bpf__open()) {
        if (!bpf_) return;
        bpf_map* map = nullptr;
        bpf_object__for_each_map(map, bpf_->obj) {
            const Fd pinned(bpf_obj_get((harness.maps() + "/" + bpf_map__name(map)).c_str()));
            if (pinned && bpf_map__type(map) == map_type(pinned.get())) bpf_map__reuse_fd(map, pinned.get());
        }
        loaded_ = decide_bpf__load(bpf_) == 0;
    }
    ~Decider() { decide_bpf__destroy(bpf_); }
    Decider(const Decider&) = delete;
    Decider& operator=(const Decider&) = delete;

    bool loaded() const { return loaded_; }
    bool run(remit_decide_case& about) {
        char packet[64] = {};
        LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof packet);
        std::memcpy(&bpf_->bss->asked_about, &about, sizeof about);
        if (bpf_prog_test_run_opts(bpf_program__fd(bpf_->progs.remit_decided), &options) != 0) return false;
        std::memcpy(&about, &bpf_->bss->asked_about, sizeof about);
        return about.found != 0;
    }

private:
    static bpf_map_type map_type(int fd) {
        bpf_map_info info{};
        __u32 size = sizeof info;
        return bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? static_cast<bpf_map_type>(info.type) : BPF_MAP_TYPE_UNSPEC;
    }

    decide_bpf* bpf_;
    bool loaded_ = false;
};

// One policy in the kernel, and one session of it.
class KernelSession {
public:
    KernelSession(Harness& harness, Decider& decider, const policy::Policy& policy, const Tables& tables)
        : kernel_(harness.kernel()), decider_(decider), policy_(policy), tables_(tables), words_(kernel_.session(kSlot)) {
        static uint64_t last_id = 1ULL << 32;
        good_ = kernel_.publish_tables(kTables, tables).has_value();
        for (size_t i = 0; i < std::size(kPrograms); i++) push_program(i);
        for (const char* name : kSockets)
            if (name[0] == '/') good_ = good_ && kernel_.push_unix_path(kTables, name, policy::unix_toolset(policy, {name}));
        *words_ = {};
        words_->id = ++last_id;
        words_->start_ns = now_ns_ = boot_ns();
        words_->expires_ns = policy.lifetime_ns ? words_->start_ns + policy.lifetime_ns : 0;
        words_->authority = 1ULL << 32 | kTables;
        for (const auto& each : tables.grants)
            if (counted(each.grant)) good_ = good_ && kernel_.make_use_counter(words_->id, each.grant.counter);
        session::set_slot_state(*words_, REMIT_ARMED);
    }
    ~KernelSession() {
        for (const auto& each : tables_.grants) kernel_.drop_use_counter(words_->id, each.grant.counter);
        for (uint16_t tool = 0; tool < policy_.tools.size(); tool++) kernel_.drop_approval_end(words_->id, tool);
        session::clear_slot(*words_);
        for (size_t i = 0; i < std::size(kPrograms); i++) kernel_.drop_program(kTables, program_at(i));
        for (const char* name : kSockets) kernel_.drop_unix_path(kTables, name);
        kernel_.withdraw_tables(kTables, tables_);
    }
    KernelSession(const KernelSession&) = delete;
    KernelSession& operator=(const KernelSession&) = delete;

    bool good() const { return good_; }
    void advance(uint64_t ns) { now_ns_ += ns; }
    void revoke() { session::set_slot_state(*words_, REMIT_REVOKED); }
    void reject(uint16_t tool) { session::reject_tool(*words_, tool); }
    void approve(uint16_t tool) {
        const policy::Approval* asked = policy_.find_approval(tool);
        const policy::Approval given = asked ? *asked : policy::Approval{};
        session::take_approval_back(*words_, tool);
        if (given.scope == policy::Approval::Scope::kTimed)
            good_ = good_ && kernel_.set_approval_end(words_->id, tool, now_ns_ + given.lasts_ns);
        else
            kernel_.drop_approval_end(words_->id, tool);
        session::approve_tool(*words_, tool, given.scope == policy::Approval::Scope::kOnce);
    }
    // What the kernel says; its object is known.
    std::optional<naive::Answer> answer(const naive::Crossing& crossing, bool again) {
        remit_decide_case about = case_of(crossing);
        about.again = again;
        if (!decider_.run(about)) return std::nullopt;
        naive::Answer answer = answer_of(policy_, about.verdict);
        answer.passes = about.passes != 0;
        return answer;
    }

private:
    static constexpr uint32_t kSlot = REMIT_MAX_SESSIONS - 1, kTables = 1U << 30;

    void push_program(size_t index) {
        const auto toolset = policy::program_toolset(policy_, policy::expected_program(policy_, kPrograms[index]));
        good_ = good_ && kernel_.push_program(kTables, program_at(index), toolset);
    }

    remit_decide_case case_of(const naive::Crossing& crossing) const {
        remit_decide_case about{};
        about.now_ns = now_ns_;
        about.slot = kSlot;
        if (crossing.to == To::kProgram) {
            about.about = REMIT_ABOUT_PROGRAM;
            for (size_t i = 0; i < std::size(kPrograms); i++)
                if (crossing.name == kPrograms[i]) about.file = program_at(i);
        } else if (crossing.to == To::kSocket) {
            about.about = REMIT_ABOUT_UNIX;
            const bool abstract = crossing.name[0] == '@';
            about.name.length = static_cast<__u16>(crossing.name.size());
            std::memcpy(about.name.name, crossing.name.data(), crossing.name.size());
            if (abstract) about.name.name[0] = 0;
        } else {
            about.about = crossing.to == To::kListener ? REMIT_ABOUT_LISTENER : REMIT_ABOUT_ENDPOINT;
            const policy::Target target = policy::testing::target_of(crossing);
            std::copy(target.address.begin(), target.address.end(), about.address);
            about.port = target.port;
            about.protocol = target.protocol & 0xff;
        }
        return about;
    }

    kernel::Kernel& kernel_;
    Decider& decider_;
    const policy::Policy& policy_;
    const Tables& tables_;
    remit_session* words_;
    uint64_t now_ns_ = 0;
    bool good_ = true;
};

// Each step is answered by three.
class Duel {
public:
    Duel(naive::Random& random, const naive::Policy& plain, const policy::Checked& checked, KernelSession& kernel)
        : random_(random), plain_(plain), policy_(*checked.policy), kernel_(kernel), expected_(plain), session_(policy_, *checked.tables) {}

    int run() {
        int crossings = 0;
        for (int step = 0; step < kStepsOfASession && !testing::Test::HasFailure(); step++) {
            const naive::Crossing crossing = random_.crossing();
            if (random_.one_in(6)) {
                act();
            } else if (crossing.to != To::kHost && !is_unnamed(crossing)) {
                compare(expected_.again(crossing), kernel_.answer(crossing, true), crossing, "judged again");
                const naive::Answer expected = expected_.cross(crossing);
                compare(expected, kernel_.answer(crossing, false), crossing, "in the kernel");
                compare(expected, explained(crossing), crossing, "explained");
                crossings++;
            }
        }
        return crossings;
    }

private:
    // An abstract name that no rule has is not known to the kernel, which asks the daemon about none.
    bool is_unnamed(const naive::Crossing& crossing) const {
        return crossing.to == To::kSocket && crossing.name[0] == '@' &&
               remit_no_tool(policy::unix_toolset(policy_, {crossing.name}).covers);
    }
    naive::Answer explained(const naive::Crossing& crossing) {
        const policy::Outcome outcome = crossing.to == To::kProgram    ? session_.exec(crossing.name)
                                        : crossing.to == To::kSocket   ? session_.reach_unix(crossing.name)
                                        : crossing.to == To::kListener ? session_.listen(policy::testing::target_of(crossing))
                                                                       : session_.connect(policy::testing::target_of(crossing));
        return answer_of(policy_, outcome.verdict);
    }
    void act() {
        const auto tool = static_cast<uint16_t>(random_.below(static_cast<uint32_t>(plain_.tools.size())));
        const std::string& name = plain_.tools[tool].name;
        if (random_.one_in(18)) {
            expected_.reject(name);
            session_.reject(tool);
            kernel_.reject(tool);
        } else if (random_.one_in(3)) {
            expected_.approve(name);
            session_.approve(tool);
            kernel_.approve(tool);
        } else if (random_.one_in(20)) {
            expected_.revoke();
            session_.revoke();
            kernel_.revoke();
        } else {
            const uint32_t seconds = random_.below(60);
            expected_.advance(seconds);
            session_.advance(seconds * kSecond);
            kernel_.advance(seconds * kSecond);
        }
    }
    void compare(const naive::Answer& expected, const std::optional<naive::Answer>& found, const naive::Crossing& crossing,
                 const char* by) const {
        if (found && *found == expected) return;
        ADD_FAILURE() << policy::testing::show(crossing) << " at " << session_.age_ns() / kSecond << "s, " << by << ": "
                      << (found ? policy::testing::show(*found) : "no answer") << ", by POLICY.md " << policy::testing::show(expected)
                      << "\n"
                      << naive::text_of(plain_);
    }

    naive::Random& random_;
    const naive::Policy& plain_;
    const policy::Policy& policy_;
    KernelSession& kernel_;
    naive::Session expected_;
    policy::Simulation session_;
};

TEST(Decision, TheKernelDecidesAsExplainDoesAndAsTheTextSays) {
    Harness& harness = Harness::get();
    Decider decider(harness);
    ASSERT_TRUE(decider.loaded()) << "decide.bpf.o does not load over the product's maps";
    const uint64_t started = boot_ns();
    const int wanted = policy::testing::from_environment("REMIT_PAIRS", scaled(kPairs));
    const auto first =
        static_cast<uint32_t>(policy::testing::from_environment("REMIT_SEED", static_cast<int>(std::random_device{}() >> 1)));
    int pairs = 0, policies = 0;
    for (uint32_t seed = first; pairs < wanted && !HasFailure(); seed++) {
        SCOPED_TRACE("REMIT_SEED=" + std::to_string(seed));
        naive::Random random(seed);
        const naive::Policy plain = random.policy();
        policy::Source source;
        source.files.push_back({"p.textproto", naive::text_of(plain)});
        const policy::Checked checked = policy::check(source);
        if (!checked.policy) continue;
        KernelSession session(harness, decider, *checked.policy, *checked.tables);
        ASSERT_TRUE(session.good());
        pairs += Duel(random, plain, checked, session).run();
        ASSERT_TRUE(session.good());
        policies++;
    }
    std::cout << pairs << " crossings of " << policies << " policies from REMIT_SEED=" << first << " in "
              << (boot_ns() - started) / 1'000'000 << " ms\n";
}

}  // namespace
}  // namespace remit::test
