// A ring record of arbitrary bytes: either unsound, or a line of the trail that is well-formed and says what the record says.
#include <netinet/in.h>

#include <nlohmann/json.hpp>

#include "daemon/event_record.h"
#include "fuzz/input.h"
#include "policy/check.h"
#include "trail/line.h"

namespace remit::fuzz {
namespace {

constexpr const char* kPolicy = R"(name: "fuzzed"
tool { name: "repo" program { path: "/usr/bin/git" } }
tool { name: "web" label: "untrusted" endpoint { cidr: "10.1.0.0/16" port: "443" } }
grant { tool: "repo" }
grant { tool: "web" max_uses: 3 }
deny { tool: "repo" after: "untrusted" }
)";

const policy::Policy& a_policy() {
    static const policy::Policy made = [] {
        policy::Source source;
        source.files.push_back({"fuzzed.textproto", kPolicy});
        auto checked = policy::check(source);
        REMIT_HOLDS(checked.policy);
        return *checked.policy;
    }();
    return made;
}

// A sound record, which the input's bytes change: without any it is one, and every other is as near as its bytes.
remit_event sound_event() {
    remit_event event{};
    event.abi = REMIT_ABI_VERSION;
    event.n = 7;
    event.pid = event.tid = 4711;
    event.task_start_ns = 83'270'000'000;
    event.crossing = REMIT_CONNECT;
    event.family = AF_INET;
    event.protocol = IPPROTO_TCP;
    event.port = 443;
    event.address[10] = event.address[11] = 0xff;
    event.tool = 1;
    event.rule = 1;
    event.verdict = REMIT_ALLOW;
    std::strcpy(event.comm, "curl");
    std::strcpy(event.path, "/usr/bin/git");
    return event;
}

void check_line(const remit_event& event, const std::string& line) {
    REMIT_HOLDS(line.find('\n') == std::string::npos);
    const auto json = nlohmann::json::parse(line, nullptr, false);  // refuses what is not UTF-8 too
    REMIT_HOLDS(json.is_object());
    REMIT_HOLDS(json.at("kind").is_string());
    const auto& process = json.at("process");
    REMIT_HOLDS(process.at("pid") == event.pid);
    REMIT_HOLDS(json.at("seq") == 5);
}

void check(const remit_event& event, bool with_policy, bool by_person) {
    if (!daemon::is_sound(event)) return;
    daemon::EventContext context;
    context.policy = with_policy ? &a_policy() : nullptr;
    context.answered_by_person = by_person;
    if (with_policy) {
        auto session = std::make_shared<trail::Session>();
        session->id = "id";
        context.session = session;
    }
    const trail::Record record = daemon::record_of(event, context);
    (void)daemon::object_text(record.object);
    std::string line;
    trail::append_line(line, record, {5, std::string(64, '0'), 1'795'512'578'848'956'678, "host", "boot"});
    check_line(event, line);
}

}  // namespace
}  // namespace remit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    remit_event event = remit::fuzz::sound_event();
    auto* bytes = reinterpret_cast<uint8_t*>(&event);
    const uint8_t how = size > 0 ? data[0] : 1;
    for (size_t i = 1; i < size && i <= sizeof(event); i++) bytes[i - 1] ^= data[i];
    remit::fuzz::check(event, how & 1, how & 2);
    return 0;
}
