// remit doctor: which guarantees hold on this host, and what to do about the others.
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "cli/boot_loader.h"
#include "cli/self_test.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "session/guarantees.h"

namespace remit::cli {
namespace {

using session::Guarantee;
using session::HostFacts;

struct Options {
    std::string cgroup_root;
    std::vector<std::string> require;
    bool self_test = false;
};

bool is_filesystem(const std::string& path, long magic) {
    struct statfs status {};
    return ::statfs(path.c_str(), &status) == 0 && status.f_type == magic;
}

// Where the tree is mounted: alone, or beside version 1.
std::string find_cgroup_root() {
    for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"})
        if (is_filesystem(path, CGROUP2_SUPER_MAGIC)) return path;
    return "/sys/fs/cgroup";
}

HostFacts probe_host(const Options& options) {
    HostFacts facts;
    facts.cgroup_root = options.cgroup_root.empty() ? find_cgroup_root() : options.cgroup_root;
    facts.features = kernel::probe_features(facts.cgroup_root);
    if (auto list = read_file("/sys/kernel/security/lsm", 4096)) facts.lsm_list = *list;
    facts.bpf_filesystem = is_filesystem("/sys/fs/bpf", BPF_FS_MAGIC);
    facts.privileged = ::geteuid() == 0;
    unsigned action = SECCOMP_RET_USER_NOTIF;
    facts.seccomp_hold = ::syscall(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
    facts.boot_loader = find_boot_loader("");
    return facts;
}

struct Daemon {
    std::string state;                                       // in words
    std::vector<std::pair<std::string, std::string>> globs;  // cgroups, and the installed policy that they are for
};

Daemon look_at_daemon(const Cli& cli) {
    auto client = api::Client::connect(cli.run_dir);
    if (!client) return {client.error().message, {}};
    control::v1::Request request;
    request.mutable_status();
    auto response = client->call(request, std::chrono::milliseconds(2000));
    if (!response) return {response.error().message, {}};
    if (!response->has_status()) return {"answers, and tells no status", {}};
    const auto& status = response->status();
    Daemon daemon{"running, pid " + std::to_string(status.pid()) + ", tier " + status.tier(), {}};
    for (const auto& glob : status.globs()) daemon.globs.emplace_back(glob.cgroup(), glob.policy());
    return daemon;
}

nlohmann::json to_json(const Guarantee& guarantee) {
    return {
        {"name", guarantee.name}, {"standing", standing_word(guarantee.standing)}, {"why", guarantee.why}, {"remedy", guarantee.remedy}};
}

nlohmann::json to_json(const SelfTest& test) {
    nlohmann::json tries = nlohmann::json::array();
    for (const auto& each : test.tries)
        tries.push_back({{"what", each.what}, {"granted", each.granted}, {"outcome", each.outcome}, {"right", each.right}});
    return {{"session", test.session}, {"tier", test.tier}, {"tries", tries}, {"right", test.right()}};
}

nlohmann::json to_json(const HostFacts& facts, const std::vector<Guarantee>& list, const Daemon& daemon) {
    nlohmann::json shown = nlohmann::json::array();
    for (const Guarantee& guarantee : list) shown.push_back(to_json(guarantee));
    nlohmann::json globs = nlohmann::json::array();
    for (const auto& [cgroup, policy] : daemon.globs) globs.push_back({{"cgroup", cgroup}, {"policy", policy}});
    return {{"guarantees", shown},       {"cgroup_root", facts.cgroup_root}, {"lsm", facts.lsm_list},
            {"btf", facts.features.btf}, {"daemon", daemon.state},           {"globs", globs}};
}

void print(Cli& cli, const SelfTest& test) {
    Table table({"SELF-TEST", "SHOULD", "CAME OUT"});
    for (const auto& each : test.tries) {
        table.add({each.what, each.granted ? "pass" : "be refused", each.outcome});
        table.tint(2, each.right ? kGreen : kRed);
    }
    cli.out << "\n" << table.to_text(cli.colour);
}

void print(Cli& cli, const HostFacts& facts, const std::vector<Guarantee>& list, const Daemon& daemon) {
    Table table({"GUARANTEE", "HERE", "WHY"});
    std::set<std::string> said;  // one remedy may help several
    for (const Guarantee& guarantee : list) {
        table.add({guarantee.name, std::string(standing_word(guarantee.standing)), guarantee.why});
        table.tint(1, guarantee.standing == Guarantee::Standing::kEnforced  ? kGreen
                      : guarantee.standing == Guarantee::Standing::kPartial ? kYellow
                                                                            : kRed);
        if (!guarantee.remedy.empty() && said.insert(guarantee.remedy).second) table.add({"", "", "-> " + guarantee.remedy});
    }
    Table host({});
    host.add({"cgroup v2", facts.features.cgroup2 ? facts.cgroup_root : "not at " + facts.cgroup_root});
    host.add({"BTF", facts.features.btf ? "/sys/kernel/btf/vmlinux" : "none"});
    host.add({"LSM list", facts.lsm_list.empty() ? "cannot be read" : facts.lsm_list});
    if (!facts.features.lsm_called) host.add({"ftrace", "kernel.ftrace_enabled is 0"});
    host.add({"daemon", daemon.state});
    for (const auto& [cgroup, policy] : daemon.globs) host.add({"attach", cgroup + " to policy " + policy});
    cli.out << table.to_text(cli.colour) << "\n" << host.to_text(cli.colour);
}

// Exit status: 0 when everything came out as it should.
int judge(Cli& cli, const Result<SelfTest>& test) {
    if (test && test->right()) return 0;
    if (test) {
        cli.err << "remit: the self-test did not come out as it should: this daemon does not keep sessions within their policies\n";
        return 1;
    }
    cli.err << "remit: no self-test: " << printable(test.error().message) << "\n";
    return static_cast<int>(test.error().code);
}

void print_all(Cli& cli, const HostFacts& facts, const std::vector<Guarantee>& list, const std::optional<Result<SelfTest>>& test) {
    const Daemon daemon = look_at_daemon(cli);
    if (cli.json) {
        nlohmann::json shown = to_json(facts, list, daemon);
        if (test) shown["self_test"] = *test ? to_json(**test) : nlohmann::json{{"error", test->error().message}};
        cli.print(shown);
        return;
    }
    print(cli, facts, list, daemon);
    if (test && *test) print(cli, **test);
}

int doctor(Cli& cli, const Options& options) {
    HostFacts facts = probe_host(options);
    std::vector<Guarantee> list = guarantees_of(facts);
    std::vector<std::string> names;
    names.reserve(list.size());
    for (const Guarantee& guarantee : list) names.push_back(guarantee.name);
    for (const std::string& wanted : options.require)
        if (std::find(names.begin(), names.end(), wanted) == names.end()) {
            auto meant = nearest(wanted, names);
            return cli.fail(Error{Code::kUsage, "there is no guarantee " + wanted,
                                  meant ? "did you mean " + *meant + "?" : "one of " + join(names, ", ")});
        }
    std::optional<Result<SelfTest>> test;
    if (options.self_test) test = run_self_test(cli);
    print_all(cli, facts, list, test);
    int status = test ? judge(cli, *test) : 0;
    for (const Guarantee& guarantee : list) {
        bool wanted = std::find(options.require.begin(), options.require.end(), guarantee.name) != options.require.end();
        if (!wanted || guarantee.standing == Guarantee::Standing::kEnforced) continue;
        if (status == 0) status = 1;
        cli.err << "remit: " << guarantee.name << " is required and " << standing_word(guarantee.standing) << "\n";
    }
    return status;
}

}  // namespace

void add_doctor(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "doctor", "Say which guarantees hold on this host, and what to do about the others",
                              "sudo remit doctor --require base-tier exec-hold");
    verb->add_option("--require", options->require, "Exit 1 unless each of these guarantees is enforced");
    verb->add_flag("--self-test", options->self_test, "Try it out in a session of the running daemon; exit 1 if anything comes out wrong");
    verb->add_option("--cgroup-root", options->cgroup_root, "The cgroup v2 tree; found by itself where left out");
    verb->callback([&cli, options] { cli.status = doctor(cli, *options); });
}

}  // namespace remit::cli
