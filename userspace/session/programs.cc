#include "session/programs.h"

#include <sys/stat.h>

#include <ctime>
#include <tuple>

#include "base/clock.h"
#include "policy/attribute.h"
#include "session/programfile.h"

namespace remit::session {

namespace {

// Files of one policy that are pushed before its first session runs; the rest is asked about when it is run.
constexpr size_t kMaxKnownFiles = 20000;
// Open at a time; descriptors of the daemon are few hundred otherwise.
constexpr size_t kBatch = 256;
// Programs that the kernel keeps for one policy: a session that makes new ones without end pushes out the oldest, which cost a question.
constexpr size_t kMaxPushed = 32768;
// Symbolic links that a policy names are read again after this long, when something unknown is run.
constexpr uint64_t kAliasLifeNs = kSecondNs;
constexpr size_t kMaxAliasSets = 256;
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
    auto flush = [&] {
        if (!pushed) return;
        auto learned = learn(loaded, root, batch);
        batch.clear();
        if (learned) {
            for (const Learned& each : *learned) *pushed += each.file.ino != 0;
        } else {
            pushed = std::move(learned).error();
        }
    };
    walk_programs(root, loaded.patterns, kMaxKnownFiles, [&](FoundFile found) {
        batch.push_back(std::move(found));
        if (batch.size() == kBatch) flush();
    });
    if (!batch.empty()) flush();
    return pushed;
}

Result<std::vector<Learned>> Programs::learn(LoadedPolicy& loaded, const Root& root, const std::vector<FoundFile>& files) {
    std::vector<int> fds;
    fds.reserve(files.size());
    for (const FoundFile& each : files) fds.push_back(each.fd.get());
    wait_for_next_tick(files);
    auto identities = kernel_.identify(fds);
    if (!identities) return std::move(identities).error();
    std::vector<Learned> learned(files.size());
    for (size_t i = 0; i < files.size() && i < identities->size(); i++) {
        const auto& identity = (*identities)[i];
        // The kind is looked at after the identity was taken: what changes in between changes the identity as well.
        const FileKind kind = kind_of(files[i].fd);
        if (!identity || kind == FileKind::kNoProgram) continue;
        Learned& one = learned[i];
        one.file = identity->file;
        one.path = files[i].path;
        // Kinds that no path rule may speak for are known, and no tool covers them.
        if (kind == FileKind::kProgram && !one.path.empty())
            one.toolset = policy::program_toolset(loaded.policy, names_of(one.path, aliases_in(loaded, root)));
        if (auto pushed = kernel_.push_program(loaded.tables_id, one.file, one.toolset); !pushed) return std::move(pushed).error();
        loaded.pushed.push_back(one.file);
        loaded.paths[one.file] = one.path;
    }
    while (loaded.pushed.size() > kMaxPushed) {
        kernel_.drop_program(loaded.tables_id, loaded.pushed.front());
        loaded.paths.erase(loaded.pushed.front());
        loaded.pushed.pop_front();
    }
    return learned;
}

}  // namespace remit::session
