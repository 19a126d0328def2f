#include "daemon/process.h"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <sstream>

#include "base/file.h"

namespace remit::daemon {

namespace {

constexpr size_t kMaxProcBytes = 64 << 10;
constexpr uint64_t kNsPerTick = 10'000'000;  // USER_HZ is 100 on every architecture

// The numbers behind "key:" in /proc/PID/status.
std::vector<pid_t> numbers_of(const std::string& status, const std::string& key) {
    std::vector<pid_t> numbers;
    const size_t at = status.find("\n" + key + ":");
    if (at == std::string::npos) return numbers;
    const size_t start = at + key.size() + 2;
    std::istringstream in(status.substr(start, status.find('\n', start) - start));
    for (long number; in >> number;) numbers.push_back(static_cast<pid_t>(number));
    return numbers;
}

// Field 22 of stat; comm before it may hold spaces and brackets, so fields are counted from the last bracket.
uint64_t start_ns_of(const std::string& stat) {
    const size_t bracket = stat.rfind(')');
    if (bracket == std::string::npos) return 0;
    std::istringstream in(stat.substr(bracket + 1));
    std::string field;
    for (int i = 3; i <= 22; i++) in >> field;
    uint64_t ticks = 0;
    std::from_chars(field.data(), field.data() + field.size(), ticks);
    return ticks * kNsPerTick;
}

ino_t pid_namespace(const std::string& pid) {
    struct stat status {};
    return ::stat(("/proc/" + pid + "/ns/pid").c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

std::optional<ProcessFacts> read_process(pid_t tid) {
    const std::string folder = "/proc/" + std::to_string(tid);
    auto status = read_file(folder + "/status", kMaxProcBytes);
    auto stat = read_file(folder + "/stat", kMaxProcBytes);
    if (!status || !stat) return std::nullopt;
    ProcessFacts facts;
    const auto group = numbers_of(*status, "Tgid");
    const auto parent = numbers_of(*status, "PPid");
    const auto uid = numbers_of(*status, "Uid");
    const auto gid = numbers_of(*status, "Gid");
    if (group.empty() || parent.empty() || uid.empty() || gid.empty()) return std::nullopt;
    facts.pid = group[0];
    facts.parent = parent[0];
    facts.uid = static_cast<uid_t>(uid[0]);
    facts.gid = static_cast<gid_t>(gid[0]);
    facts.namespace_pids = numbers_of(*status, "NSpid");
    if (facts.pid != tid) {
        if (auto leader = read_file("/proc/" + std::to_string(facts.pid) + "/stat", kMaxProcBytes)) facts.start_ns = start_ns_of(*leader);
    } else {
        facts.start_ns = start_ns_of(*stat);
    }
    if (auto comm = read_file(folder + "/comm", kMaxProcBytes)) facts.comm = comm->substr(0, comm->find('\n'));
    return facts;
}

uid_t read_login_uid(pid_t pid) {
    auto text = read_file("/proc/" + std::to_string(pid) + "/loginuid", 32);
    uid_t uid = static_cast<uid_t>(-1);
    if (text) std::from_chars(text->data(), text->data() + text->size(), uid);
    return uid;
}

std::optional<pid_t> outer_tid(pid_t peer, pid_t tid) {
    if (tid <= 0) return std::nullopt;
    const ino_t theirs = pid_namespace(std::to_string(peer));
    if (theirs == 0) return std::nullopt;
    if (theirs == pid_namespace("self")) return tid;
    namespace fs = std::filesystem;
    std::error_code failed;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc", failed)) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::error_code gone;
        for (const fs::directory_entry& thread : fs::directory_iterator("/proc/" + name + "/task", gone)) {
            const std::string number = thread.path().filename();
            auto status = read_file(thread.path() / "status", kMaxProcBytes);
            if (!status || pid_namespace(number) != theirs) continue;
            const auto pids = numbers_of(*status, "NSpid");
            pid_t outer = 0;
            std::from_chars(number.data(), number.data() + number.size(), outer);
            if (!pids.empty() && pids.back() == tid && outer > 0) return outer;
        }
    }
    return std::nullopt;
}

}  // namespace remit::daemon
