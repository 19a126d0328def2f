#include "cli/journal_sink.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "api/refusal.h"
#include "base/fd.h"
#include "base/library.h"
#include "base/text.h"
#include "cli/fields.h"
#include "cli/render.h"

namespace remit::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kJournalSocket = "/run/systemd/journal/socket";
constexpr int kWarning = 4, kNotice = 5;

// By `journalctl MESSAGE_ID=…` a search finds one kind; docs/collecting.md lists them. Made once, by systemd-id128(1).
struct MessageId {
    std::string_view kind;
    std::string_view id;
};
constexpr std::array kMessageIds{
    MessageId{"crossing", "c6c20d5dfeed46d2ab88a918aa0d5302"},         MessageId{"session_start", "16137c504fd141f5bea7b49ea9f6cc29"},
    MessageId{"session_end", "37a1bb7cd12d44a981048eea668bc8a4"},      MessageId{"session_revoked", "be02632c9f6942fb9c9bb7a73aaee931"},
    MessageId{"session_expired", "3db3c10333b2422384f8b1774baef6c8"},  MessageId{"approval_asked", "89c85992de344f628c8ec892c47df5c6"},
    MessageId{"approval_answered", "61c8a402740849cdb483d691c98a8e23"}};

std::string message_of(const Parcel& parcel) {
    const json& record = parcel.record;
    const json& session = part_of(record, "session");
    const std::string who = text_of(session, text_of(session, "name").empty() ? "id" : "name");
    if (parcel.kind == "crossing") {
        const std::string reason = text_of(record, "reason");
        return printable(text_of(record, "effect") + " " + text_of(record, "crossing") + " " + object_in_words(record) + " of session " +
                         who + ": " + api::reason_in_words(reason) + " (" + reason + ")");
    }
    std::string message = parcel.kind;
    std::replace(message.begin(), message.end(), '_', ' ');
    if (!who.empty()) message += " " + who;
    for (const char* key : {"tool", "label", "answer", "touch", "move", "change"})
        if (const std::string said = text_of(record, key); !said.empty()) message += " " + said;
    if (const std::string why = text_of(record, "why"); !why.empty()) message += ": " + why;
    return printable(message);
}

// libsystemd says nothing where no journald is.
bool is_there() {
    const Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    kJournalSocket.copy(address.sun_path, sizeof address.sun_path - 1);
    return fd && connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

struct Journald {
    Library library{"libsystemd.so.0"};
    decltype(::sd_journal_sendv)* sendv = library.find("sd_journal_sendv");
};

class JournalSink : public Sink {
public:
    bool wants(const Parcel& parcel) const override {
        return parcel.kind == "crossing" ? parcel.refused : parcel.kind != "hooks" && parcel.kind != "checkpoint";
    }

    Result<void> send(const std::vector<Parcel>& parcels) override {
        const std::string hint = "what was not delivered is sent again with the same --cursor";
        if (!is_there()) return Error{Code::kUnavailable, "no journald listens on " + std::string(kJournalSocket), hint};
        static const Journald journald;
        for (const Parcel& parcel : parcels) {
            const std::vector<std::string> fields = journal_fields(parcel);
            std::vector<iovec> pieces;
            for (const std::string& field : fields) pieces.push_back({const_cast<char*>(field.data()), field.size()});
            const int sent = journald.sendv(pieces.data(), static_cast<int>(pieces.size()));
            if (sent < 0) return Error{Code::kUnavailable, std::string("send to journald: ") + std::strerror(-sent), hint};
        }
        return {};
    }
};

}  // namespace

std::vector<std::string> journal_fields(const Parcel& parcel) {
    const json& record = parcel.record;
    const json& session = part_of(record, "session");
    const bool loud = parcel.refused || parcel.kind == "session_revoked" || parcel.kind == "touch_refused" || parcel.kind == "task_moved" ||
                      parcel.kind == "audit_gap" || parcel.kind == "socket_cut" || parcel.kind == "policy_rejected";
    std::vector<std::string> fields{"MESSAGE=" + message_of(parcel), "PRIORITY=" + std::to_string(loud ? kWarning : kNotice),
                                    "SYSLOG_IDENTIFIER=remit"};
    const auto add = [&](const std::string& name, const std::string& value) {
        if (!value.empty()) fields.push_back(name + "=" + value);
    };
    for (const MessageId& each : kMessageIds)
        if (each.kind == parcel.kind) add("MESSAGE_ID", std::string(each.id));
    add("REMIT_KIND", parcel.kind);
    add("REMIT_SEQ", std::to_string(number_of(record, "seq")));
    add("REMIT_TIME", parcel.ts);
    add("REMIT_SESSION", text_of(session, "id"));
    add("REMIT_NAME", text_of(session, "name"));
    add("REMIT_ON_BEHALF_OF", text_of(session, "on_behalf_of"));
    add("REMIT_POLICY", text_of(session, "policy"));
    add("REMIT_CROSSING", text_of(record, "crossing"));
    if (part_of(record, "object").is_object()) add("REMIT_OBJECT", object_in_words(record));
    for (const auto& [name, key] : {std::pair{"REMIT_TOOL", "tool"},
                                    {"REMIT_RULE", "rule"},
                                    {"REMIT_VERDICT", "verdict"},
                                    {"REMIT_REASON", "reason"},
                                    {"REMIT_EFFECT", "effect"}})
        add(name, text_of(record, key));
    add("REMIT_PID", number_of(part_of(record, "process"), "pid") == 0 ? "" : std::to_string(number_of(part_of(record, "process"), "pid")));
    add("REMIT_RECORD", parcel.body);
    return fields;
}

std::unique_ptr<Sink> make_journal_sink() {
    return std::make_unique<JournalSink>();
}

}  // namespace remit::cli
