#include "daemon/folds.h"

#include <type_traits>
#include <utility>

#include "base/clock.h"

namespace remit::daemon {

namespace {

// Kinds of crossings that are told apart within a second; what comes beyond is written one by one.
constexpr size_t kMostFolds = 4096;
// Runs of numbers in one line: 64 take less than 3 KiB.
constexpr size_t kMostRuns = 64;

bool can_fold(const trail::Record& record) {
    return record.kind == trail::Kind::kCrossing && !record.synced && record.session && record.cpu && record.n && record.effect &&
           *record.effect != REMIT_HELD && record.crossing != REMIT_RESOLVE && record.crossing_id.empty();
}

void add(std::string& key, std::string_view text) {
    key += text;
    key += '\0';
}

void add(std::string& key, uint64_t number) {
    key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void add(std::string& key, const trail::Program& program) {
    add(key, program.path);
    add(key, program.dev);
    add(key, program.ino);
    add(key, program.sha256);
}

struct AddObject {
    std::string& key;

    void operator()(const trail::ExecObject& object) const {
        add(key, object.program);
        add(key, object.script_claimed);
    }
    void operator()(const trail::EndpointObject& object) const {
        add(key, object.protocol);
        add(key, object.address);
        add(key, object.port);
        add(key, object.host);
    }
    void operator()(const trail::SocketObject& object) const {
        add(key, object.family);
        add(key, object.type);
        add(key, object.protocol);
    }
    void operator()(const trail::UnixObject& object) const {
        add(key, object.file);
        add(key, object.abstract_name);
        add(key, object.peer);
    }
    void operator()(const trail::NameObject&) const {}
    void operator()(std::monostate) const {}
};

std::string key_of(const trail::Record& record) {
    std::string key;
    key.reserve(256);
    add(key, record.session->id);
    add(key, record.session->generation);
    for (const std::string& label : record.session->labels) add(key, label);
    add(key, uint64_t{*record.cpu} << 32 | uint64_t{record.crossing} << 24 | uint64_t{record.verdict.value_or(0)} << 16 |
                 uint64_t{record.reason} << 8 | uint64_t{*record.effect});
    add(key, record.tool);
    add(key, record.rule);
    std::visit(AddObject{key}, record.object);
    if (*record.effect == REMIT_PASSED && record.process) {
        add(key, record.process->pid);
        add(key, record.process->start_ns);
        add(key, record.process->program);
    }
    return key;
}

void fold_in(trail::Record& folded, const trail::Record& record) {
    if (folded.numbers.back().last + 1 == *record.n)
        folded.numbers.back().last++;
    else
        folded.numbers.push_back({*record.n, *record.n});
    folded.count++;
    folded.boot_ns = record.boot_ns;
    folded.last_boot_ns = record.boot_ns;
    folded.latency_ns = record.latency_ns;
    folded.process = record.process;
}

}  // namespace

bool Folds::take(const trail::Record& record, uint64_t now_ns) {
    if (!can_fold(record)) return false;
    const std::string key = key_of(record);
    const auto at = folds_.find(key);
    if (at == folds_.end()) {
        if (folds_.size() < kMostFolds) folds_.emplace(key, Fold{now_ns, std::nullopt});
        return false;
    }
    std::optional<trail::Record>& folded = at->second.folded;
    if (folded && folded->numbers.size() >= kMostRuns) full_.push_back(*std::exchange(folded, std::nullopt));
    if (folded) {
        fold_in(*folded, record);
    } else {
        folded = record;
        folded->numbers = {{*record.n, *record.n}};
        folded->first_boot_ns = folded->last_boot_ns = record.boot_ns;
    }
    return true;
}

void Folds::give(uint64_t now_ns, bool all, const OnFolded& on_folded) {
    std::vector<trail::Record> due = std::move(full_);
    full_.clear();
    for (auto at = folds_.begin(); at != folds_.end();) {
        Fold& fold = at->second;
        if (!all && now_ns - fold.opened_ns < kSecondNs) {
            ++at;
            continue;
        }
        if (!fold.folded) {
            at = now_ns - fold.opened_ns < kSecondNs ? std::next(at) : folds_.erase(at);
            continue;
        }
        due.push_back(*std::move(fold.folded));
        fold = {now_ns, std::nullopt};
        ++at;
    }
    for (trail::Record& record : due) {
        if (record.count == 1) {
            record.first_boot_ns.reset();
            record.last_boot_ns.reset();
        }
        on_folded(std::move(record));
    }
}

}  // namespace remit::daemon
