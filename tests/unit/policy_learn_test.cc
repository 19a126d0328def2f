// Policies written from records: what they fold, what they leave out, and that they allow what was recorded.
#include <netinet/in.h>

#include <cstdlib>
#include <random>
#include <set>

#include "policy/learn.h"
#include "policy/replay.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

using Object = Recorded::Object;

Recorded program(std::string path, uint64_t count = 1) {
    Recorded out{.object = Object::kProgram, .unclear = "", .text = "exec " + path, .path = path, .session = "s", .passed = true};
    out.count = count;
    return out;
}

Recorded endpoint(const std::string& address, uint16_t port, std::string by = "/usr/bin/curl", uint16_t protocol = IPPROTO_TCP) {
    Recorded out{
        .object = Object::kEndpoint, .unclear = "", .text = "connect " + address, .session = "s", .by = std::move(by), .passed = true};
    out.target = {*parse_address(address), port, protocol};
    return out;
}

Recorded refused(Recorded crossing) {
    crossing.denied = true;
    return crossing;
}

// The text, which must be free of errors and allow all that passed (`sayable` of it).
std::string learned(const std::vector<Recorded>& crossings, const std::function<bool(const Recorded&)>& sayable = {}) {
    Lesson lesson;
    lesson.crossings = crossings;
    const std::string text = write_policy(lesson);
    const Checked checked = check(source_of(text));
    EXPECT_TRUE(checked.policy) << all_text(checked.diagnostics) << text;
    if (!checked.policy) return text;
    EXPECT_EQ(checked.policy->mode, REMIT_ENFORCE);
    Replay replay(*checked.policy, *checked.tables);
    std::set<std::string> passed;
    for (const Recorded& each : crossings)
        if (each.passed && !each.denied) passed.insert(each.text);
    for (const Recorded& each : crossings) {
        const Judged judged = replay.cross(each);
        if (each.denied) {
            EXPECT_TRUE(passed.contains(each.text) || judged.verdict.kind != REMIT_ALLOW) << "a deny refused " << each.text << "\n" << text;
        } else if (!sayable || sayable(each)) {
            EXPECT_EQ(judged.words, "allow") << each.text << " " << judged.undecided << "\n" << text;
        }
    }
    return text;
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(PolicyLearn, FewProgramsAreListedAndManyFolded) {
    std::vector<Recorded> few, many;
    for (int i = 0; i < 40; i++) (i < 10 ? few : many).push_back(program("/opt/tools/t" + std::to_string(i), 2));
    const std::string listed = learned(few);
    EXPECT_TRUE(holds(listed, "tool { name: \"tools\"\n  program { path: \"/opt/tools/t0\" }  # 2 times\n")) << listed;
    EXPECT_TRUE(holds(listed, "grant { tool: \"tools\" }"));
    const std::string folded = learned(many);
    EXPECT_TRUE(holds(folded, "program { path: \"/opt/tools/*\" }  # 60 times, 30 different ones")) << folded;
    many.push_back(refused(program("/opt/tools/t99")));
    const std::string guarded = learned(many);
    EXPECT_FALSE(holds(guarded, "/opt/tools/*")) << "the pattern would give what a deny took";
    EXPECT_TRUE(holds(guarded, "#   1 time exec /opt/tools/t99: a deny is about it")) << guarded;
}

TEST(PolicyLearn, TreesOfFoldersBecomeOneLine) {
    std::vector<Recorded> crossings;
    for (int i = 0; i < 12; i++) crossings.push_back(program("/srv/work/node_modules/p" + std::to_string(i) + "/bin/run"));
    EXPECT_TRUE(holds(learned(crossings), "\"/srv/work/node_modules/**\""));
}

TEST(PolicyLearn, DenseAddressesBecomePrefixesAndPortsRanges) {
    std::vector<Recorded> crossings;
    for (int i = 0; i < 64; i++) crossings.push_back(endpoint("10.1.2." + std::to_string(64 + i), 443));
    for (uint16_t port = 8000; port < 8005; port++) crossings.push_back(endpoint("10.9.9.9", port));
    for (int i = 1; i < 20; i++) crossings.push_back(endpoint("fd00:1:2:3:" + std::to_string(i * 7) + "::" + std::to_string(i), 5432));
    crossings.push_back(endpoint("192.0.2.53", 53, "/usr/bin/curl", IPPROTO_UDP));
    crossings.push_back(endpoint("192.0.2.53", 53, "/usr/bin/curl"));
    const std::string text = learned(crossings);
    EXPECT_TRUE(holds(text, "tool { name: \"curl\"")) << text;
    EXPECT_TRUE(holds(text, "endpoint { cidr: \"10.1.2.64/26\" port: \"443\" protocol: TCP }  # 64 times, 64 different ones")) << text;
    EXPECT_TRUE(holds(text, "endpoint { host: \"10.9.9.9\" port: \"8000-8004\" protocol: TCP }  # 5 times")) << text;
    EXPECT_TRUE(holds(text, "endpoint { cidr: \"fd00:1:2:3::/64\" port: \"5432\"")) << text;
    EXPECT_TRUE(holds(text, "endpoint { host: \"192.0.2.53\" port: \"53\" }  # 2 times")) << "both protocols\n" << text;
    crossings.push_back(refused(endpoint("10.1.2.200", 443)));
    learned(crossings);
}

TEST(PolicyLearn, ListenersUnixSocketsFamiliesAndKinds) {
    std::vector<Recorded> crossings{program("/usr/bin/curl"), endpoint("10.0.0.1", 443)};
    Recorded listener = endpoint("0.0.0.0", 3000, "/usr/bin/node");
    listener.object = Object::kListener;
    listener.target.protocol |= REMIT_LISTENS;
    Recorded socket{.object = Object::kUnix, .unclear = "", .text = "unix /run/db", .path = "/run/db", .session = "s", .passed = true};
    Recorded netlink{
        .object = Object::kSocket, .unclear = "", .text = "netlink", .family = 16, .protocol = 0, .session = "s", .passed = true};
    Recorded memfd = program("");
    memfd.kinds = kAnonymous;
    Recorded loader = program("/lib64/ld-linux-x86-64.so.2");
    loader.kinds = kLoader;
    Recorded mine = program("/srv/work/made");
    mine.writable = true;
    Recorded unknown{.unclear = "nobody knows", .text = "exec x", .session = "s", .passed = true};
    for (const Recorded& each : {listener, socket, netlink, memfd, loader, mine, unknown}) crossings.push_back(each);
    const std::string text = learned(crossings, [](const Recorded& each) { return each.object != Object::kUnclear; });
    for (const char* line : {"listen { address: \"0.0.0.0\" port: \"3000\" protocol: TCP }", "endpoint { unix_path: \"/run/db\" }",
                             "socket { family: \"netlink\" protocol: \"route\" }", "program { anonymous: true }",
                             "program { path: \"/lib64/ld-linux-x86-64.so.2\" loader: true }", "tool { name: \"work-writable\"",
                             "#   1 time exec x: nobody knows", "tool { name: \"curl\"\n  program { path: \"/usr/bin/curl\" }"})
        EXPECT_TRUE(holds(text, line)) << line << "\n" << text;
}

TEST(PolicyLearn, TextsFromOutsideForgeNothing) {
    std::vector<Recorded> crossings{program("/opt/a\"b\\c"), program("/opt/x\ny"), program("/opt/s*r/**/x")};
    crossings[0].tool = "odd \" name\n}";
    const std::string text = learned(crossings);
    EXPECT_TRUE(holds(text, "\"/opt/a\\\"b\\\\c\"")) << text;
    EXPECT_FALSE(holds(text, "x\ny"));
}

// A session that does whatever comes to its mind.
class RandomTrail {
public:
    explicit RandomTrail(uint32_t seed) : random_(seed) {}

    std::vector<Recorded> make() {
        std::vector<Recorded> crossings;
        for (uint32_t i = 0, count = 20 + pick(400); i < count; i++) {
            crossings.push_back(pick(2) ? any_program() : any_endpoint());
            Recorded& each = crossings.back();
            each.by = pick(3) ? "/usr/bin/p" + std::to_string(pick(60)) : "";
            if (pick(4) == 0) each.tool = "t" + std::to_string(pick(70));
            each.count = 1 + pick(5);
            each.denied = pick(25) == 0;
            if (each.object == Object::kProgram && pick(10) == 0) each.writable = true;
        }
        return crossings;
    }

private:
    uint32_t pick(uint32_t below) { return static_cast<uint32_t>(random_() % below); }

    Recorded any_program() {
        static constexpr const char* kFolders[] = {"/usr/bin/", "/opt/a/bin/", "/srv/w/", "/a", "/srv/w/node_modules/"};
        std::string path = kFolders[pick(5)];
        for (uint32_t depth = pick(3); depth > 0; depth--) path += "d" + std::to_string(pick(12)) + "/";
        path += (pick(12) == 0 ? std::string("o*d \"") : "") + std::string("p") + std::to_string(pick(60));
        return program(path);
    }

    Recorded any_endpoint() {
        std::string address = "10." + std::to_string(pick(2)) + "." + std::to_string(pick(2)) + "." + std::to_string(pick(200));
        if (pick(3) == 0) address = "fd00::" + std::to_string(pick(3)) + ":" + std::to_string(pick(99)) + ":" + std::to_string(pick(9999));
        Recorded out = endpoint(address, static_cast<uint16_t>(1 + (pick(2) ? 442 : pick(3000))), "", pick(3) ? IPPROTO_TCP : IPPROTO_UDP);
        if (pick(6) == 0) {
            out.object = Object::kListener;
            out.target.protocol |= REMIT_LISTENS;
        }
        out.text += ":" + std::to_string(out.target.port) + "/" + std::to_string(out.target.protocol);
        return out;
    }

    std::mt19937 random_;
};

TEST(PolicyLearn, AllowsWhateverWasRecorded) {
    const char* given = std::getenv("REMIT_SEED");
    const uint32_t first = given ? static_cast<uint32_t>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
    for (uint32_t seed = first; seed != first + (given ? 1 : 60); seed++) {
        SCOPED_TRACE("REMIT_SEED=" + std::to_string(seed));
        // A path with a star in it is said by its folder, where nothing refused is in there.
        learned(RandomTrail(seed).make(), [](const Recorded& each) { return each.path.find('*') == std::string::npos; });
        if (HasFailure()) break;
    }
}

}  // namespace
}  // namespace remit::policy::testing
