// bench_trail [RECORDS] [FOLDER]: what the trail costs: records a second through the writer with chain, checkpoints and syncs on, bytes a
// record as written and archived, and how fast and in how much memory `remit trail verify` reads them. RECORDS is 1,000,000 unless given;
// FOLDER is a new one below it, and is removed.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/signature.h"
#include "trail/lines.h"
#include "trail/segment.h"
#include "trail/writer.h"
#include "trail/zstd.h"

namespace {

using namespace remit;
using namespace remit::trail;

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "bench_trail: %s\n", why.c_str());
    std::exit(1);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// As a coding session makes them: two programs by turns, a few endpoints, and numbers that all differ.
Record a_record(const std::shared_ptr<const Session>& session, uint64_t n) {
    Record record;
    record.boot_ns = 83'274'500'111 + n * 9'973;
    record.cpu = static_cast<uint32_t>(n % 4);
    record.n = n / 4;
    record.session = session;
    record.process.emplace();
    record.process->pid = record.process->tid = static_cast<uint32_t>(4000 + n % 7919);
    record.process->ppid = 3999;
    record.process->start_ns = 83'270'000'000 + n / 3 * 10'000'000;
    record.process->exec_id = std::to_string(record.process->pid) + "-" + std::to_string(8327 + n / 3);
    record.process->uid = record.process->gid = 1000;
    record.process->comm = n % 2 == 0 ? "curl" : "git";
    record.process->program = {n % 2 == 0 ? "/usr/bin/curl" : "/usr/bin/git", "254:0", 12345 + n % 2,
                               "5f2b51ca2fdc5baa31ec02e002f69aec1d2ba1a1ac0ff0b6c1a9ba3d7ac9c5d1"};
    record.crossing = REMIT_CONNECT;
    record.object =
        EndpointObject{"tcp", "10.20." + std::to_string(n % 5) + "." + std::to_string(n % 251), 443, "deploy.corp.example", "dns"};
    record.tool = "deploy";
    record.tools = {"deploy", "intranet"};
    record.rule = "grant deploy (coding.textproto:31)";
    record.verdict = REMIT_ALLOW;
    record.decided_by = "kernel";
    record.effect = REMIT_PASSED;
    record.latency_ns = 200 + n % 311;
    return record;
}

std::shared_ptr<const Session> a_session() {
    auto session = std::make_shared<Session>();
    session->id = session->root = "019ab53e-5b86-7a4f-8c11-3f0e2d1c4b5a";
    session->policy = "coding";
    session->policy_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    session->name = "fix-1432";
    session->agent = "claude";
    session->on_behalf_of = "requester@corp.example";
    session->purpose = "fix ticket";
    session->task = "T-1432";
    session->claimed = {"agent", "on_behalf_of", "purpose", "task"};
    session->generation = 3;
    session->tier = "lsm";
    session->labels = {"untrusted-input"};
    return session;
}

Signer a_signer(const std::string& folder) {
    auto key = SigningKey::open(folder + "/key");
    if (!key) give_up(key.error().message);
    auto signer = Signer::make(*std::move(key), "bench");
    if (!signer) give_up(signer.error().message);
    return *std::move(signer);
}

void write(const std::string& folder, uint64_t records) {
    Signer signer = a_signer(folder);
    std::filesystem::create_directory(folder + "/trail");
    std::ofstream(folder + "/trail/trail.vkey") << signer.verifier().text() << "\n";
    auto writer = Writer::open(
        {.folder = folder + "/trail", .host = "h1", .boot = "5f1d0a52-8f0e-4c55-9d3b-0a3c6a1d7e21", .signer = std::move(signer)});
    if (!writer) give_up(writer.error().message);
    const auto session = a_session();
    uint64_t full = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (uint64_t n = 0; n < records; n++)
        for (Record record = a_record(session, n); !(*writer)->submit(record); full++)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (auto flushed = (*writer)->flush(); !flushed) give_up(flushed.error().message);
    const double took = seconds_since(begin);
    std::printf("write     %10.0f records/s, chained, under checkpoints and synced (%.1f s; the queue was full %llu times)\n",
                static_cast<double>(records) / took, took, static_cast<unsigned long long>(full));
}

void measure_size(const std::string& folder, uint64_t records) {
    const auto segments = list_segments(folder + "/trail");
    if (!segments) give_up(segments.error().message);
    uint64_t plain = 0, archived = 0;
    double took = 0;
    for (const Segment& segment : *segments) {
        auto source = LineSource::open(segment.path);
        if (!source) give_up(source.error().message);
        std::string_view line;
        while (source->next(line).value()) plain += line.size() + 1;
        std::string packed = segment.path;
        if (!packed.ends_with(kCompressed)) {
            packed = folder + "/packed.zst";
            const auto begin = std::chrono::steady_clock::now();
            if (auto done = compress_file(segment.path, packed); !done) give_up(done.error().message);
            took += seconds_since(begin);
        }
        archived += std::filesystem::file_size(packed);
    }
    std::printf("size      %10.0f bytes a record, %.0f archived\n", static_cast<double>(plain) / static_cast<double>(records),
                static_cast<double>(archived) / static_cast<double>(records));
}

void verify(const std::string& folder, uint64_t records) {
    const auto begin = std::chrono::steady_clock::now();
    const pid_t child = fork();
    if (child == 0) {
        const std::string remit = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "remit";
        const std::string trail = folder + "/trail";
        execl(remit.c_str(), "remit", "trail", "verify", trail.c_str(), static_cast<char*>(nullptr));
        _exit(127);
    }
    int status = 0;
    rusage used{};
    if (wait4(child, &status, 0, &used) != child || status != 0) give_up("remit trail verify failed");
    const double took = seconds_since(begin);
    std::printf("verify    %10.0f records/s (%.1f s), %ld KiB of memory at most\n", static_cast<double>(records) / took, took,
                used.ru_maxrss);
}

}  // namespace

int main(int argc, char** argv) {
    const uint64_t records = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    std::string folder = std::string(argc > 2 ? argv[2] : std::filesystem::temp_directory_path().c_str()) + "/remit-bench-trail-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) give_up("no folder in " + folder);
    // By a process of its own: what a process starts inherits its own highest memory, and verify's is measured.
    const pid_t writer = fork();
    if (writer == 0) {
        write(folder, records);
        measure_size(folder, records);
        std::fflush(stdout);
        _exit(0);
    }
    int status = 0;
    if (waitpid(writer, &status, 0) != writer || status != 0) give_up("writing failed");
    verify(folder, records);
    std::filesystem::remove_all(folder);
    return 0;
}
