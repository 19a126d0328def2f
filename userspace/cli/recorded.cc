#include "cli/recorded.h"

#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "cli/fields.h"
#include "cli/render.h"
#include "policy/families.h"
#include "policy/model.h"
#include "policy/pattern.h"
#include "trail/reader.h"

namespace remit::cli {
namespace {

using nlohmann::json;
using policy::Recorded;

bool is_cut(const json& object) {
    const auto found = object.find("truncated");
    return found != object.end() && *found == true;
}

std::string bytes_of_hex(std::string_view hex) {
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned byte = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

// A text from outside, with the bytes that it had before it was made safe.
std::string raw_of(const json& object, const char* key) {
    const std::string raw = text_of(object, (std::string(key) + "_hex").c_str());
    return raw.empty() ? text_of(object, key) : bytes_of_hex(raw);
}

void unclear(Recorded& out, std::string why) {
    out.object = Recorded::Object::kUnclear;
    out.unclear = std::move(why);
}

// A file without an inode that was reached through a descriptor has no name: memfd, deleted.
bool is_anonymous(const json& object, const std::string& path) {
    if (object.contains("ino")) return false;
    return path.empty() || path.starts_with("/dev/fd/") || path.starts_with("/proc/") || path.find("memfd:") != std::string::npos;
}

bool is_loader(const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    return name.starts_with("ld-linux") || name.starts_with("ld-musl") || name.starts_with("ld.so");
}

void read_program(const json& object, Recorded& out) {
    out.object = Recorded::Object::kProgram;
    out.path = raw_of(object, "path");
    if (is_cut(object)) return unclear(out, "only the beginning of the program's path was recorded");
    if (is_anonymous(object, out.path) && text_of(object, "script_claimed").empty()) {
        out.kinds = policy::kAnonymous;
        out.path.clear();
        return;
    }
    if (out.path.empty()) return unclear(out, "only the script's own name was recorded, as it was claimed");
    if (!policy::is_plain_path(out.path)) return unclear(out, "the program's path was not resolved");
    if (is_loader(out.path)) out.kinds = policy::kLoader;
    const std::string digest = bytes_of_hex(text_of(object, "sha256"));
    if (digest.size() != Digest{}.size()) return;
    out.sha256.emplace();
    std::ranges::copy(digest, out.sha256->begin());
}

void read_endpoint(const json& object, bool listens, Recorded& out) {
    const std::string protocol = text_of(object, "protocol");
    const auto address = policy::parse_address(text_of(object, "address"));
    if (!address || (protocol != "tcp" && protocol != "udp"))
        return unclear(out, "the address or protocol is none that a policy's endpoint can name");
    out.object = listens ? Recorded::Object::kListener : Recorded::Object::kEndpoint;
    out.target.address = *address;
    out.target.port = static_cast<uint16_t>(number_of(object, "port"));
    out.target.protocol = protocol == "tcp" ? IPPROTO_TCP : IPPROTO_UDP;
    if (listens) out.target.protocol |= REMIT_LISTENS;
}

void read_unix(const json& object, Recorded& out) {
    out.object = Recorded::Object::kUnix;
    const std::string name = raw_of(object, "abstract");
    out.path = name.empty() ? raw_of(object, "path") : "@" + name;
    out.peer = raw_of(part_of(object, "peer"), "path");
    if (out.path.empty() || is_cut(object)) unclear(out, "the socket's whole name was not recorded");
}

void read_socket(const json& object, Recorded& out) {
    const std::string family = text_of(object, "family");
    const policy::FamilyWord* word = policy::find_family(family);
    out.object = Recorded::Object::kSocket;
    out.family = word ? word->family : static_cast<uint16_t>(number_of(object, "family"));
    out.protocol = static_cast<uint16_t>(number_of(object, "protocol"));
    if (!word && out.family == 0) unclear(out, "no policy can name a " + family + " socket as such");
}

// Reasons of the session's state, its processes or a failure: no policy is asked.
bool is_outside_policy(const std::string& reason) {
    for (const char* each : {"REVOKED", "CONFLICT", "FAULT", "FOREIGN", "SUSPENDED"})
        if (reason == each) return true;
    return false;
}

void read_object(const json& line, const std::string& crossing, Recorded& out) {
    const json& object = part_of(line, "object");
    if (crossing == "exec")
        read_program(object, out);
    else if (object.contains("family"))
        read_socket(object, out);
    else if (crossing == "unix")
        read_unix(object, out);
    else if (crossing == "connect" || crossing == "send" || crossing == "listen")
        read_endpoint(object, crossing == "listen", out);
    else
        unclear(out, "a " + crossing + " crossing is not judged again");
}

RecordedSession session_of(const json& line) {
    const json& session = part_of(line, "session");
    return {text_of(session, "id"), text_of(session, "name"), text_of(session, "mode"), text_of(session, "policy"),
            number_of(line, "boot_ns")};
}

}  // namespace

Recorded recorded_of(const json& line) {
    Recorded out;
    const std::string crossing = text_of(line, "crossing"), reason = text_of(line, "reason"), effect = text_of(line, "effect");
    out.session = text_of(part_of(line, "session"), "id");
    out.text = crossing + " " + object_in_words(line);
    out.by = raw_of(part_of(part_of(line, "process"), "program"), "path");
    out.tool = text_of(line, "tool");
    out.boot_ns = number_of(line, "boot_ns");
    out.count = std::max<uint64_t>(number_of(line, "count"), 1);
    out.passed = effect == "passed";
    out.denied = reason == "DENIED";
    out.writable = reason == "WRITABLE";
    if (is_outside_policy(reason))
        unclear(out, "it was refused for the session's own state (" + reason + ")");
    else
        read_object(line, crossing, out);
    if (text_of(line, "rule") == "its own" && out.object != Recorded::Object::kUnclear) out.object = Recorded::Object::kOwn;
    return out;
}

Result<void> read_recorded(const std::vector<std::string>& paths, const std::string& session, const OnRecorded& on) {
    trail::Filter filter;
    filter.session = session;
    return trail::read_trail(paths, filter, [&](std::string_view, const json& line) {
        const std::string kind = text_of(line, "kind");
        if (kind == "session_start" && on.start) on.start(session_of(line));
        if (kind == "crossing" && text_of(line, "effect") != "held" && on.crossing) on.crossing(recorded_of(line), session_of(line));
        if (kind == "approval_answered" && text_of(line, "answer") == "approve" && on.approved)
            on.approved(session_of(line).id, number_of(line, "boot_ns"), text_of(line, "tool"));
        return true;
    });
}

}  // namespace remit::cli
