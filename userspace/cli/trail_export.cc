// remit trail export: the record in the forms that security teams collect, on stdout or to where they collect it. A reader of the files:
// however slow the way out is, no crossing waits for it. Needs no daemon.
#include <time.h>

#include <memory>

#include "base/file.h"
#include "cli/cef.h"
#include "cli/fields.h"
#include "cli/ocsf.h"
#include "cli/render.h"
#include "cli/sink.h"
#include "cli/trail_filter.h"
#include "cli/trail_paths.h"
#include "cli/verbs.h"
#include "trail/follow.h"

namespace remit::cli {
namespace {

using nlohmann::json;

constexpr size_t kBatch = 256;
constexpr size_t kMostCursor = 4096;
constexpr timespec kLookAgain{0, 200'000'000};
// Tries to deliver a batch, with a second more between them each time, where nobody follows.
constexpr int kTries = 5;
constexpr time_t kLongestPause = 30;

struct Options {
    TrailPaths paths;
    TrailFilter filter;
    std::string format = "jsonl";
    std::string to;
    std::string cursor;
    bool follow = false;
};

// Where an export goes on: the next line, and the hash that it must give of the one before.
struct Cursor {
    uint64_t next = 0;
    std::string prev;
};

Result<Cursor> read_cursor(const std::string& path) {
    if (path.empty()) return Cursor{};
    auto text = read_file(path, kMostCursor);
    if (!text && text.error().code == Code::kMissing) return Cursor{};
    if (!text) return std::move(text).error().within("read --cursor");
    const json kept = json::parse(*text, nullptr, false);
    Cursor cursor{number_of(kept, "next"), text_of(kept, "prev")};
    if (cursor.prev.empty()) return Error{Code::kBadData, path + " is no cursor of an export", "remove it to begin with the first line"};
    return cursor;
}

class Export {
public:
    Export(Cli& cli, Options options, Sink& sink, Cursor cursor)
        : cli_(cli),
          options_(std::move(options)),
          sink_(sink),
          follower_(options_.paths.resolved().front(), cursor.next),
          begins_with_(std::move(cursor.prev)) {}

    Result<void> run();

private:
    Result<void> take(std::string_view line);
    Result<void> deliver();
    std::string body_of(std::string_view line, const json& record) const;

    Cli& cli_;
    Options options_;
    Sink& sink_;
    trail::Follower follower_;
    std::string begins_with_;  // what the first line must give as its prev; empty: it may be any
    std::vector<Parcel> batch_;
    std::string hash_;  // the prev of the next line, by the last one that was taken
    uint64_t delivered_ = 0;
    uint64_t missed_ = 0;  // as it was said
};

std::string Export::body_of(std::string_view line, const json& record) const {
    if (options_.format == "cef") return cef_of(record);
    if (options_.format == "ocsf") return ocsf_of(record).dump(-1, ' ', false, json::error_handler_t::replace);
    return std::string(line);
}

Result<void> Export::take(std::string_view line) {
    json record = json::parse(line, nullptr, false);
    if (!record.is_object())
        return Error{Code::kBadData, "line " + std::to_string(follower_.next_seq() - 1) + " is no record of a trail",
                     "`remit trail verify` says more"};
    if (!begins_with_.empty() && text_of(record, "prev") != begins_with_ && follower_.missed() == 0)
        return Error{Code::kBadData, "the cursor is of another trail, or the trail was changed behind it",
                     "`remit trail verify` says which; remove the cursor to begin with the first line"};
    begins_with_.clear();
    hash_ = trail::line_hash(line);
    if (!options_.filter.takes(record)) return {};
    Parcel parcel{body_of(line, record), text_of(record, "kind"), text_of(record, "host"), text_of(record, "ts"),
                  refusal_of(record).has_value()};
    parcel.record = std::move(record);
    if (sink_.wants(parcel)) batch_.push_back(std::move(parcel));
    return {};
}

// What waits, and then the cursor: a crash in between sends it twice, and never leaves it out.
Result<void> Export::deliver() {
    for (int tries = 1; !batch_.empty(); ++tries) {
        auto sent = sink_.send(batch_);
        if (sent) break;
        if (sent.error().code != Code::kUnavailable || (!options_.follow && tries == kTries)) return sent;
        const timespec pause{std::min<time_t>(tries, kLongestPause), 0};
        nanosleep(&pause, nullptr);
    }
    batch_.clear();
    if (options_.cursor.empty() || hash_.empty() || delivered_ == follower_.next_seq()) return {};
    delivered_ = follower_.next_seq();
    return write_file_atomically(options_.cursor, json{{"next", delivered_}, {"prev", hash_}}.dump() + "\n", 0600);
}

Result<void> Export::run() {
    for (;;) {
        auto line = follower_.next();
        if (!line) return std::move(line).error();
        if (follower_.missed() != missed_) {
            cli_.err << "remit: " << follower_.missed() - missed_ << " lines before line " << follower_.next_seq() - 1
                     << " are not there any more (--trail-keep-size and --trail-keep-for of remitd let segments go)\n";
            missed_ = follower_.missed();
        }
        if (*line) {
            if (auto taken = take(**line); !taken) return taken;
            if (batch_.size() < kBatch) continue;
        }
        if (auto delivered = deliver(); !delivered) return delivered;
        if (*line) continue;
        if (!options_.follow) return {};
        nanosleep(&kLookAgain, nullptr);
    }
}

int run_export(Cli& cli, Options options) {
    if (options.paths.paths.size() > 1)
        return cli.fail(Error{Code::kUsage, "an export reads one folder", "give the folder that holds the segments"});
    if (auto settled = options.filter.settle(); !settled) return cli.fail(settled.error());
    auto sink = make_sink(options.to, cli.out);
    if (!sink) return cli.fail(sink.error());
    auto cursor = read_cursor(options.cursor);
    if (!cursor) return cli.fail(cursor.error());
    auto done = Export(cli, std::move(options), **sink, *std::move(cursor)).run();
    return done ? 0 : cli.fail(done.error());
}

}  // namespace

void add_trail_export(CLI::App& trail, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb =
        add_verb(trail, "export", "Send the record to where it is collected, as it is written",
                 "remit trail export --format ocsf --to otlp:http://127.0.0.1:4318 --follow --cursor /var/lib/remit/otlp.cursor");
    add_trail_paths(*verb, options->paths);
    add_trail_filter(*verb, options->filter);
    verb->add_option("--format", options->format, "jsonl: the records as they are; ocsf: OCSF 1.8 events; cef: ArcSight CEF")
        ->check(CLI::IsMember({"jsonl", "ocsf", "cef"}))
        ->capture_default_str();
    verb->add_option("--to", options->to,
                     "syslog:unix:PATH, syslog:udp:HOST:PORT, syslog:tcp:HOST:PORT, otlp:http://HOST:PORT, journald; else stdout");
    verb->add_flag("--follow", options->follow, "Go on as the trail is written; a collector that is away is tried again for ever");
    verb->add_option("--cursor", options->cursor, "A file that keeps how far it came: the next export goes on there");
    verb->callback([&cli, options] { cli.status = run_export(cli, *options); });
}

}  // namespace remit::cli
