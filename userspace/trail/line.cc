#include "trail/line.h"

#include <array>
#include <type_traits>

#include "base/clock.h"
#include "base/json.h"
#include "base/words.h"

namespace remit::trail {
namespace {

constexpr std::array<std::string_view, 22> kKinds = {"boot",
                                                     "daemon_start",
                                                     "daemon_stop",
                                                     "hooks",
                                                     "policy_loaded",
                                                     "policy_rejected",
                                                     "session_start",
                                                     "session_end",
                                                     "session_revoked",
                                                     "session_expired",
                                                     "crossing",
                                                     "approval_asked",
                                                     "approval_answered",
                                                     "label",
                                                     "socket_cut",
                                                     "task_moved",
                                                     "touch_refused",
                                                     "audit_gap",
                                                     "grant",
                                                     "config",
                                                     "checkpoint",
                                                     "segment_pruned"};
static_assert(kKinds.size() == size_t(Kind::kSegmentPruned) + 1);

void put(JsonWriter& json, const Session& session) {
    json.open("session");
    json.text("id", session.id);
    if (session.root != session.id) json.text_if("root", session.root);
    if (!session.lineage.empty()) json.text_if("parent", session.lineage.back());
    json.texts_if("lineage", session.lineage);
    json.text_if("policy", session.policy);
    json.text_if("policy_sha256", session.policy_sha256);
    json.text_if("name", session.name);
    json.text_if("agent", session.agent);
    json.text_if("on_behalf_of", session.on_behalf_of);
    json.text_if("purpose", session.purpose);
    json.text_if("task", session.task);
    json.texts_if("claimed", session.claimed);
    json.number("generation", session.generation);
    json.word("mode", mode_word(session.mode));
    json.text_if("tier", session.tier);
    json.texts_if("labels", session.labels);
    json.close();
}

void put(JsonWriter& json, const Program& program) {
    json.text_if("path", program.path);
    json.text_if("dev", program.dev);
    if (program.ino != 0) json.big("ino", program.ino);
    json.text_if("sha256", program.sha256);
}

void put(JsonWriter& json, const Process& process) {
    json.open("process");
    json.number("pid", process.pid);
    if (process.tid != process.pid) json.number("tid", process.tid);
    json.number("ppid", process.ppid);
    json.big("start_ns", process.start_ns);
    json.text_if("exec_id", process.exec_id);
    json.number("uid", process.uid);
    if (process.gid != process.uid) json.number("gid", process.gid);
    json.text_if("comm", process.comm);
    json.open("program");
    put(json, process.program);
    json.close();
    json.close();
}

void put_fields(JsonWriter& json, const ExecObject& object) {
    put(json, object.program);
    json.text_if("interpreter", object.interpreter);
    json.text_if("script", object.script);
    json.text_if("script_claimed", object.script_claimed);
    if (object.path_cut) json.mark_truncated();
}

void put_fields(JsonWriter& json, const EndpointObject& object) {
    json.text_if("protocol", object.protocol);
    json.text_if("address", object.address);
    json.number("port", object.port);
    json.text_if("host", object.host);
    json.text_if("host_from", object.host_from);
}

void put_fields(JsonWriter& json, const SocketObject& object) {
    json.text_if("family", object.family);
    json.text_if("type", object.type);
    json.text_if("protocol", object.protocol);
}

void put_fields(JsonWriter& json, const UnixObject& object) {
    put(json, object.file);
    json.text_if("abstract", object.abstract_name);
    if (object.peer_pid == 0 && object.peer.ino == 0) return;
    json.open("peer");
    if (object.peer_pid != 0) json.number("pid", object.peer_pid);
    put(json, object.peer);
    json.close();
}

void put_fields(JsonWriter& json, const NameObject& object) {
    json.text_if("name", object.name);
    json.text_if("type", object.type);
    json.texts_if("answers", object.answers);
    json.texts_if("withheld", object.withheld);
}

void put(JsonWriter& json, const Object& object) {
    std::visit(
        [&](const auto& held) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
                json.open("object");
                put_fields(json, held);
                json.close();
            }
        },
        object);
}

void put(JsonWriter& json, const Actor& actor) {
    json.open("actor");
    json.number("uid", actor.uid);
    json.numbers("gids", actor.gids);
    if (actor.login_uid) json.number("login_uid", *actor.login_uid);
    json.number("pid", actor.pid);
    json.text_if("exec_id", actor.exec_id);
    json.text_if("via", actor.via);
    json.close();
}

void put(JsonWriter& json, const PolicyChange& policy) {
    json.open("policy");
    json.text_if("name", policy.name);
    json.text_if("sha256", policy.sha256);
    json.texts_if("files", policy.files);
    json.texts_if("errors", policy.errors);
    json.close();
}

void put(JsonWriter& json, const Hooks& hooks) {
    json.open_list("kernel");
    for (const CpuNumbers& cpu : hooks.kernel) {
        json.open_item();
        json.number("cpu", cpu.cpu);
        json.big("crossings", cpu.crossings);
        json.big("accounted", cpu.accounted);
        json.open_list("missing");
        for (const Range& hole : cpu.missing) json.pair_item(hole.first, hole.last);
        json.close_list();
        json.close();
    }
    json.close_list();
    json.texts_if("programs", hooks.programs);
    json.text_if("tier", hooks.tier);
    json.truth("adopted", hooks.adopted);
    if (!hooks.lsm_called) json.truth("lsm_called", false);
}

void put(JsonWriter& json, const Assurance& assurance) {
    json.open("guarantees");
    for (const auto& [name, standing] : assurance.guarantees) json.text(name, standing);
    json.close();
    json.texts_if("lacks", assurance.lacks);
}

void put(JsonWriter& json, const Traffic& traffic) {
    json.open_item();
    json.text_if("tool", traffic.tool);
    if (!traffic.endpoint.address.empty()) put_fields(json, traffic.endpoint);
    if (traffic.listened) json.truth("listened", true);
    json.big("bytes_out", traffic.bytes_out);
    json.big("bytes_in", traffic.bytes_in);
    json.big("packets_out", traffic.packets_out);
    json.big("packets_in", traffic.packets_in);
    json.close();
}

void put(JsonWriter& json, const SessionTotals& totals) {
    json.open("totals");
    json.big("passed", totals.passed);
    json.big("refused", totals.refused);
    json.big("bytes_out", totals.bytes_out);
    json.big("bytes_in", totals.bytes_in);
    json.big("packets_out", totals.packets_out);
    json.big("packets_in", totals.packets_in);
    if (!totals.traffic.empty()) {
        json.open_list("traffic");
        for (const Traffic& each : totals.traffic) put(json, each);
        json.close_list();
    }
    json.close();
}

void put(JsonWriter& json, const Software& software) {
    json.text_if("version", software.version);
    json.text_if("kernel_release", software.kernel_release);
    if (software.torn_bytes != 0) json.big("torn_bytes", software.torn_bytes);
}

void put(JsonWriter& json, const SignedTree& tree) {
    json.texts_if("note", tree.note);
    json.texts_if("frontier", tree.frontier);
}

void put(JsonWriter& json, const KeyChange& change) {
    json.text("key", change.key);
    json.text_if("key_before", change.before);
}

void put(JsonWriter& json, const PrunedSegment& segment) {
    json.open("segment");
    json.text("file", segment.file);
    json.number("first_seq", int64_t(segment.first_seq));
    json.number("last_seq", int64_t(segment.last_seq));
    json.word("last_hash", segment.last_hash);
    json.big("bytes", segment.bytes);
    json.close();
}

void put(JsonWriter& json, Kind kind, const Notice& notice) {
    json.word(kind == Kind::kTaskMoved ? "move" : "touch", notice.what);
    if (notice.target_pid != 0) {
        json.open("target");
        json.number("pid", notice.target_pid);
        put(json, notice.target);
        json.close();
    }
    json.text_if("capability", notice.capability);
    json.text_if("name", notice.name);
    if (notice.name_cut) json.mark_truncated();
}

bool is_notice(Kind kind) {
    return kind == Kind::kTaskMoved || kind == Kind::kTouchRefused;
}

void put_head(JsonWriter& json, const Record& record, const Place& place) {
    std::string ts;
    append_time(ts, place.boot_time_at + record.boot_ns);
    json.number("v", 1);
    json.number("seq", int64_t(place.seq));
    json.word("prev", place.prev);
    json.word("ts", ts);
    json.big("boot_ns", record.boot_ns);
    json.text("host", place.host);
    json.text("boot", place.boot);
    json.word("kind", kind_word(record.kind));
}

// A question that no crossing raised has none.
bool is_about_an_object(const Record& record) {
    if (record.kind == Kind::kApprovalAsked || record.kind == Kind::kApprovalAnswered)
        return !std::holds_alternative<std::monostate>(record.object);
    return record.kind == Kind::kCrossing || record.kind == Kind::kSocketCut;
}

// What the kernel or a person decided, in TRAIL.md's order.
void put_crossing(JsonWriter& json, const Record& record) {
    json.text_if("crossing_id", record.crossing_id);
    if (record.cpu) json.number("cpu", *record.cpu);
    if (record.n) json.big("n", *record.n);
    if (record.kind == Kind::kAuditGap) {
        json.big("first", record.first);
        json.big("last", record.last);
    }
    if (record.kind == Kind::kAuditGap || record.kind == Kind::kCrossing || is_notice(record.kind))
        json.number("count", int64_t(record.count));
    if (record.numbers.size() > 1) {
        json.open_list("numbers");
        for (const Range& range : record.numbers) json.pair_item(range.first, range.last);
        json.close_list();
    }
    if (record.first_boot_ns) json.big("first_boot_ns", *record.first_boot_ns);
    if (record.last_boot_ns) json.big("last_boot_ns", *record.last_boot_ns);
    if (record.session) put(json, *record.session);
    if (record.process) put(json, *record.process);
    if (is_about_an_object(record)) json.word("crossing", crossing_word(record.crossing));
    put(json, record.object);
    if (record.notice) put(json, record.kind, *record.notice);
    json.text_if("tool", record.tool);
    json.texts_if("tools", record.tools);
    json.text_if("rule", record.rule);
    if (record.verdict) json.word("verdict", verdict_word(*record.verdict));
    if (record.reason != REMIT_GRANTED) json.word("reason", reason_word(record.reason));
    json.text_if("decided_by", record.decided_by);
    if (record.effect) json.word("effect", effect_word(*record.effect));
    if (record.latency_ns) json.number("latency_ns", int64_t(*record.latency_ns));
}

void put_others(JsonWriter& json, const Record& record) {
    json.text_if("label", record.label);
    json.text_if("answer", record.answer);
    json.text_if("scope", record.scope);
    json.text_if("change", record.change);
    if (record.uses) json.number("uses", int64_t(*record.uses));
    json.text_if("why", record.why);
    json.text_if("cgroup", record.cgroup);
    if (record.lifetime_ns) json.big("lifetime_ns", *record.lifetime_ns);
    if (record.exit_status) json.number("exit_status", *record.exit_status);
    if (record.assurance) put(json, *record.assurance);
    if (record.totals) put(json, *record.totals);
    if (record.policy) put(json, *record.policy);
    if (record.hooks) put(json, *record.hooks);
    if (record.software) put(json, *record.software);
    if (record.tree) put(json, *record.tree);
    if (record.key) put(json, *record.key);
    if (record.pruned) put(json, *record.pruned);
    if (record.actor) put(json, *record.actor);
}

}  // namespace

std::string_view kind_word(Kind kind) {
    return kKinds[size_t(kind)];
}

void append_line(std::string& out, const Record& record, const Place& place) {
    JsonWriter json(out);
    put_head(json, record, place);
    put_crossing(json, record);
    put_others(json, record);
    json.close();
}

}  // namespace remit::trail
