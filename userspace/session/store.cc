#include "session/store.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "base/clock.h"
#include "base/file.h"
#include "userspace/session/state.pb.h"

namespace remit::session {

namespace {

namespace fs = std::filesystem;
namespace pb = state::v1;
using google::protobuf::TextFormat;

constexpr size_t kMaxStateBytes = 1 << 20;  // 256 tools and some thousand grants, twice
constexpr size_t kMaxPolicyBytes = 16 << 20;
constexpr std::string_view kSuffix = ".textproto";

// Libraries do not log: what is wrong comes back as a problem.
class Silent : public google::protobuf::io::ErrorCollector {
public:
    void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

template <typename Message>
bool parse_text(const std::string& text, Message& out) {
    Silent silent;
    TextFormat::Parser parser;
    parser.RecordErrorsTo(&silent);
    return parser.ParseFromString(text, &out);
}

State parse_state(const std::string& name) {
    for (State state : {State::kArmed, State::kRevoked, State::kExpired, State::kDetached}) {
        if (name == state_name(state)) return state;
    }
    return State::kEnded;
}

void write_people(const Session& session, pb::Session& out) {
    out.mutable_claims()->set_name(session.claims.name);
    out.mutable_claims()->set_agent(session.claims.agent);
    out.mutable_claims()->set_on_behalf_of(session.claims.on_behalf_of);
    out.mutable_claims()->set_purpose(session.claims.purpose);
    out.mutable_claims()->set_task(session.claims.task);
    out.mutable_starter()->set_uid(session.starter.uid);
    for (gid_t gid : session.starter.gids) out.mutable_starter()->add_gids(gid);
    out.mutable_starter()->set_login_uid(session.starter.login_uid);
    out.mutable_starter()->set_pid(session.starter.pid);
    out.mutable_starter()->set_exec_id(session.starter.exec_id);
    out.mutable_starter()->set_via(session.starter.via);
}

void read_people(const pb::Session& in, Session& session) {
    session.claims = {in.claims().name(), in.claims().agent(), in.claims().on_behalf_of(), in.claims().purpose(), in.claims().task()};
    session.starter.uid = in.starter().uid();
    session.starter.gids.assign(in.starter().gids().begin(), in.starter().gids().end());
    session.starter.login_uid = in.starter().login_uid();
    session.starter.pid = in.starter().pid();
    session.starter.exec_id = in.starter().exec_id();
    session.starter.via = in.starter().via();
}

pb::Own to_proto(const Own& own) {
    pb::Own out;
    out.mutable_tools()->Assign(own.tools.begin(), own.tools.end());
    out.mutable_labels()->Assign(own.labels.begin(), own.labels.end());
    out.mutable_counters()->Assign(own.counters.begin(), own.counters.end());
    out.set_next_counter(own.next_counter);
    out.mutable_within()->Assign(own.within.begin(), own.within.end());
    for (const OperatorGrant& each : own.grants) {
        pb::Grant& grant = *out.add_grants();
        grant.set_tool(each.tool);
        grant.set_until_ns(each.until_ns);
        grant.set_max_uses(each.max_uses);
        grant.set_counter(each.counter);
        grant.set_text(each.text);
    }
    return out;
}

Own from_proto(const pb::Own& in) {
    Own own;
    own.tools.assign(in.tools().begin(), in.tools().end());
    own.labels.assign(in.labels().begin(), in.labels().end());
    own.counters.assign(in.counters().begin(), in.counters().end());
    own.next_counter = in.next_counter();
    own.within.assign(in.within().begin(), in.within().end());
    for (const pb::Grant& each : in.grants())
        own.grants.push_back({each.tool(), each.until_ns(), each.max_uses(), each.counter(), each.text()});
    return own;
}

pb::Session to_proto(const Session& session) {
    pb::Session out;
    out.set_id(session.id);
    out.set_kernel_id(session.kernel_id);
    out.set_slot(session.slot);
    out.set_origin(session.origin == Origin::kRun ? "run" : "attach");
    out.set_state(std::string(state_name(session.state)));
    out.set_cgroup(session.cgroup);
    out.set_cgroup_id(session.cgroup_id);
    out.set_generation(session.generation);
    out.set_start_ns(session.start_ns);
    out.set_expires_ns(session.expires_ns);
    out.set_started_at(session.started_at);
    out.set_expires_at(session.expires_at);
    out.set_attached_by(session.attached_by);
    out.set_linger(session.linger);
    out.set_holds_exec(session.holds_exec);
    out.set_bound(session.bound);
    out.set_end_reason(session.end_reason);
    out.set_boot_id(boot_id());
    out.set_root_mounts(session.root_mounts);
    out.set_parent(session.parent);
    out.mutable_lineage()->Assign(session.lineage.begin(), session.lineage.end());
    if (session.own) *out.mutable_own() = to_proto(*session.own);
    if (session.next) {
        out.set_next_policy_sha256(session.next->policy_sha256);
        out.set_next_tables_id(session.next->tables_id);
        if (session.next->own) *out.mutable_next_own() = to_proto(*session.next->own);
    }
    write_people(session, out);
    return out;
}

Session from_proto(const pb::Session& in) {
    Session session;
    session.id = in.id();
    session.kernel_id = in.kernel_id();
    session.slot = in.slot();
    session.origin = in.origin() == "attach" ? Origin::kAttach : Origin::kRun;
    session.state = parse_state(in.state());
    session.cgroup = in.cgroup();
    session.cgroup_id = in.cgroup_id();
    session.generation = in.generation();
    session.start_ns = in.start_ns();
    session.expires_ns = in.expires_ns();
    session.started_at = in.started_at();
    session.expires_at = in.expires_at();
    session.attached_by = in.attached_by();
    session.linger = in.linger();
    session.holds_exec = in.holds_exec();
    session.bound = in.bound();
    session.end_reason = in.end_reason();
    session.root_mounts = in.root_mounts();
    if (in.has_own()) session.own = from_proto(in.own());
    if (in.next_tables_id() != 0) {
        session.next = Switch{in.next_policy_sha256(), in.next_tables_id(), std::nullopt};
        if (in.has_next_own()) session.next->own = from_proto(in.next_own());
    }
    session.parent = in.parent();
    session.lineage.assign(in.lineage().begin(), in.lineage().end());
    read_people(in, session);
    return session;
}

bool sound(const pb::Session& in) {
    return in.kernel_id() != 0 && in.slot() > 0 && in.slot() < REMIT_MAX_SESSIONS && in.tables_id() != 0 && !in.id().empty() &&
           in.cgroup().starts_with('/');
}

}  // namespace

Result<Store> Store::open(const std::string& state_dir) {
    for (const char* folder : {"/sessions", "/policies"}) {
        if (auto made = make_folders(state_dir + folder, 0700); !made) return std::move(made).error().within("state folder");
    }
    return Store(state_dir);
}

std::string Store::session_path(const std::string& id) const {
    return state_dir_ + "/sessions/" + id + std::string(kSuffix);
}

Result<void> Store::save(const Session& session, const std::string& policy_sha256, uint32_t tables_id) {
    pb::Session out = to_proto(session);
    out.set_policy_sha256(policy_sha256);
    out.set_tables_id(tables_id);
    std::string text;
    TextFormat::PrintToString(out, &text);
    return replace_file(session_path(session.id), text, 0600);
}

void Store::remove(const std::string& id) {
    ::unlink(session_path(id).c_str());
}

std::vector<StoredSession> Store::load(std::vector<std::string>& problems) {
    std::vector<StoredSession> sessions;
    std::error_code failed;
    for (const fs::directory_entry& entry : fs::directory_iterator(state_dir_ + "/sessions", failed)) {
        const std::string path = entry.path();
        if (!path.ends_with(kSuffix)) continue;
        auto text = read_file(path, kMaxStateBytes);
        pb::Session in;
        if (text && text->empty()) {
            problems.push_back(path + " was lost when the host lost its power: its session is over, and its end is not in the trail");
            ::unlink(path.c_str());
            continue;
        }
        if (!text || !parse_text(*text, in) || !sound(in)) {
            problems.push_back(path + " holds no session");
            continue;
        }
        sessions.push_back({from_proto(in), in.policy_sha256(), in.tables_id(), in.boot_id() == boot_id()});
    }
    if (failed) problems.push_back(state_dir_ + "/sessions: " + failed.message());
    std::sort(sessions.begin(), sessions.end(), [](const auto& a, const auto& b) { return a.session.id < b.session.id; });
    return sessions;
}

Result<void> Store::save_policy(const std::string& sha256, const policy::Source& source) {
    const std::string folder = state_dir_ + "/policies/" + sha256;
    if (::access((folder + "/index.textproto").c_str(), F_OK) == 0) return {};  // the same bytes: the name is their hash
    if (auto made = make_folders(folder, 0700); !made) return made;
    pb::PolicyIndex index;
    index.set_folder(source.folder);
    for (size_t i = 0; i < source.files.size(); i++) {
        index.add_names(source.files[i].name);
        if (auto written = write_file_atomically(folder + "/" + std::to_string(i), source.files[i].bytes, 0600); !written) return written;
    }
    std::string text;
    TextFormat::PrintToString(index, &text);
    return write_file_atomically(folder + "/index.textproto", text, 0600);
}

Result<policy::Source> Store::load_policy(const std::string& sha256) {
    const std::string folder = state_dir_ + "/policies/" + sha256;
    auto text = read_file(folder + "/index.textproto", kMaxStateBytes);
    if (!text) return std::move(text).error();
    pb::PolicyIndex index;
    if (!parse_text(*text, index)) return Error{Code::kBadData, folder + "/index.textproto cannot be read", ""};
    policy::Source source;
    source.folder = index.folder();
    for (int i = 0; i < index.names_size(); i++) {
        auto bytes = read_file(folder + "/" + std::to_string(i), kMaxPolicyBytes);
        if (!bytes) return std::move(bytes).error();
        source.files.push_back({index.names(i), *std::move(bytes)});
    }
    if (policy::identity(source) != sha256)
        return Error{Code::kBadData, "policy source in " + folder + " was changed: its hash differs", "restore it, or end its sessions"};
    return source;
}

Result<uint32_t> Store::next_tables_id() {
    const std::string path = state_dir_ + "/tables";
    uint32_t last = 0;
    if (::access(path.c_str(), F_OK) == 0) {
        auto text = read_file(path, 32);
        if (!text) return std::move(text).error();
        const auto parsed = std::from_chars(text->data(), text->data() + text->size(), last);
        // Empty after a power cut, after which the kernel holds nothing.
        if (parsed.ec != std::errc() && !text->empty())
            return Error{Code::kBadData, path + " holds no number", "end all sessions, then remove it"};
    }
    if (auto written = replace_file(path, std::to_string(last + 1) + "\n", 0600); !written) return std::move(written).error();
    return last + 1;
}

}  // namespace remit::session
