#include "session/programs.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <ctime>
#include <tuple>

#include "base/clock.h"
#include "session/programfile.h"

namespace remit::session {

namespace {

// Files of one policy that are pushed before its first session runs; the rest is asked about when it is run.
constexpr WalkLimits kKnownFiles{20000, std::chrono::milliseconds(200)};
// Open at a time; descriptors of the daemon are few hundred otherwise.
constexpr size_t kBatch = 256;
// Symbolic links that a policy names are read again after this long, when something unknown is run.
constexpr uint64_t kAliasLifeNs = kSecondNs;
constexpr size_t kMaxAliasSets = 256;
// Bytes of content that are read before a policy's first session runs: a fraction of a second.
constexpr uint64_t kMaxReadAhead = 128 << 20;
// The kernel's coarse clock, which change times are taken from, ticks every 10 ms at the slowest (HZ=100).
constexpr int kMaxTickMs = 10;

// Two changes within one tick of the coarse clock leave the same change time: until the tick of the last one is over, one identity could
// stand for two contents. Waits for that, which only a program that was made just now costs.
void wait_for_next_tick(const std::vector<FoundFile>& files) {
    timespec newest{};
    for (const FoundFile& each : files) {
        struct stat status {};
        if (::fstat(each.fd.get(), &status)) continue;  // also tells kernels from 6.13 on to give the next change a finer time
        if (std::tie(status.st_ctim.tv_sec, status.st_ctim.tv_nsec) > std::tie(newest.tv_sec, newest.tv_nsec)) newest = status.st_ctim;
    }
    for (int waited = 0; waited < kMaxTickMs; waited++) {
        timespec now{};
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
        if (std::tie(now.tv_sec, now.tv_nsec) > std::tie(newest.tv_sec, newest.tv_nsec)) return;
        const timespec one_ms{0, 1'000'000};
        nanosleep(&one_ms, nullptr);
    }
}

// Memory file systems map a page that was read writable at once, so that a change through a mapping leaves no new change time; an overlay
// may have one below it.
bool keeps_times_of_mappings(const Fd& fd) {
    struct statfs status {};
    if (::fstatfs(fd.get(), &status) != 0) return false;
    return status.f_type != TMPFS_MAGIC && status.f_type != RAMFS_MAGIC && status.f_type != OVERLAYFS_SUPER_MAGIC;
}

}  // namespace

const std::vector<Alias>& Programs::aliases_in(const LoadedPolicy& loaded, const Root& root) {
    struct stat status {};
    (void)::fstat(root.fd.get(), &status);
    if (aliases_.size() > kMaxAliasSets) aliases_.clear();
    Aliases& kept = aliases_[{loaded.policy.identity, {status.st_dev, status.st_ino}}];
    const uint64_t now = boot_ns();
    if (kept.read_ns == 0 || now - kept.read_ns > kAliasLifeNs) {
        kept.aliases = find_aliases(root, loaded.patterns);
        kept.read_ns = now;
    }
    return kept.aliases;
}

Result<size_t> Programs::push_known(LoadedPolicy& loaded, const Root& root) {
    std::vector<FoundFile> batch;
    Result<size_t> pushed(0);
    ahead_ = kMaxReadAhead;
    auto flush = [&] {
        if (!pushed) return;
        auto learned = learn(loaded, root, batch);
        batch.clear();
        if (learned) {
            for (const Learned& each : *learned) *pushed += each.known();
        } else {
            pushed = std::move(learned).error();
        }
    };
    walk_programs(root, loaded.patterns, kKnownFiles, [&](FoundFile found) {
        batch.push_back(std::move(found));
        if (batch.size() == kBatch) flush();
    });
    if (!batch.empty()) flush();
    ahead_ = kNoLimit;
    return pushed;
}

Result<std::vector<Learned>> Programs::learn(LoadedPolicy& loaded, const Root& root, const std::vector<FoundFile>& files) {
    std::vector<int> fds;
    fds.reserve(files.size());
    for (const FoundFile& each : files) fds.push_back(each.fd.get());
    wait_for_next_tick(files);
    auto identities = kernel_.identify(fds);
    if (!identities) return std::move(identities).error();
    std::vector<Candidate> candidates(files.size());
    WriteCheck check(loaded.writer, root);
    for (size_t i = 0; i < files.size() && i < identities->size(); i++) {
        // Looked at after the identity was taken: what changes in between changes the identity as well.
        const auto kinds = kinds_of(files[i].fd);
        if (!(*identities)[i] || !kinds) continue;
        Candidate& one = candidates[i];
        one.learned.file = (*identities)[i]->file;
        one.learned.path = files[i].path;
        one.facts.kinds = *kinds;
        if (one.learned.file.ctime_nsec & REMIT_FILE_FOREIGN) one.facts.kinds |= policy::kForeign;
        if (!one.learned.path.empty()) one.facts.paths = names_of(one.learned.path, aliases_in(loaded, root));
        one.facts.writable_by_session = check.writable(files[i]);
        one.written = (*identities)[i]->written != 0;
    }
    if (auto hashed = read_contents(loaded, files, candidates); !hashed) return std::move(hashed).error();
    std::vector<Learned> learned;
    learned.reserve(candidates.size());
    for (Candidate& each : candidates) {
        if (auto taught = teach(loaded, each); !taught) return std::move(taught).error();
        learned.push_back(std::move(each.learned));
    }
    return learned;
}

// Only where a rule asks for it. A file that was changed while it was read has no content that could be spoken of.
Result<void> Programs::read_contents(const LoadedPolicy& loaded, const std::vector<FoundFile>& files, std::vector<Candidate>& candidates) {
    std::vector<size_t> read;
    std::vector<int> fds;
    for (size_t i = 0; i < candidates.size(); i++) {
        Candidate& one = candidates[i];
        if (one.learned.file.ino == 0 || (one.facts.kinds & (policy::kForeign | policy::kAnonymous))) continue;
        if (!policy::wants_hash(loaded.policy, one.facts.paths)) continue;
        if (one.facts.writable_by_session && !keeps_times_of_mappings(files[i].fd)) continue;  // no content can be vouched for
        if (const Digest* known = contents_.find(one.learned.file)) {
            one.facts.sha256 = *known;
        } else if (one.written || one.learned.file.size > ahead_) {
            one.learned = {};  // asked about when it is run; what is mapped for writing could change and keep its times
        } else if ((one.facts.sha256 = read_digest(files[i].fd))) {
            if (ahead_ != kNoLimit) ahead_ -= one.learned.file.size;
            read.push_back(i);
            fds.push_back(files[i].fd.get());
        }
    }
    if (read.empty()) return {};
    auto again = kernel_.identify(fds);
    if (!again) return std::move(again).error();
    for (size_t i = 0; i < read.size(); i++) {
        Candidate& one = candidates[read[i]];
        const auto& now = (*again)[i];
        if (now && SameFile()(now->file, one.learned.file)) {
            contents_.keep(one.learned.file, *one.facts.sha256);
        } else {
            one.facts.sha256.reset();
        }
    }
    return {};
}

Result<void> Programs::teach(LoadedPolicy& loaded, Candidate& one) {
    if (one.learned.file.ino == 0) return {};
    if (one.facts.kinds & policy::kAnonymous) {
        // The kernel judges all that have no name as one, which the tables hold already.
        one.learned.file = {};
        one.learned.file.size = REMIT_ANONYMOUS_PROGRAM;
        one.learned.toolset = loaded.tables.anonymous;
        one.learned.path.clear();
        return {};
    }
    one.learned.toolset = policy::program_toolset(loaded.policy, one.facts);
    if (auto pushed = kernel_.push_program(loaded.tables_id, one.learned.file, one.learned.toolset); !pushed) return pushed;
    KnownFile known{one.learned.path, one.facts.sha256 ? hex(*one.facts.sha256) : std::string()};
    if (auto out = loaded.programs.add(one.learned.file, std::move(known))) kernel_.drop_program(loaded.tables_id, *out);
    return {};
}

}  // namespace remit::session
