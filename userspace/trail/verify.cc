#include "trail/verify.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "trail/chain.h"
#include "trail/lines.h"
#include "trail/segment.h"

namespace remit::trail {
namespace {

uint64_t number_of(std::string_view text) {
    uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// A line that was read, and waits for the next one to say what its hash must be.
struct Seen {
    std::string file;
    uint64_t line = 0;
    uint64_t seq = 0;
    std::string prev;  // the hash that it gives of the line before
    std::string hash;  // its own
};

class Verifier {
public:
    Verifier(Verification& result, const Witness& witness) : result_(result), tree_(witness) {}

    // One chain. False: stopped at the first problem, which the result names.
    Result<bool> run(const std::vector<Segment>& segments, bool from_the_beginning);

private:
    Result<bool> read_segment(const Segment& segment);
    bool check_line(const Segment& segment, uint64_t number, std::string_view line);
    bool check_malformed(Seen now);
    bool check_place(const Segment& segment, const Seen& now);
    void look_for_pruned(std::string_view line);
    bool finish();
    void count(std::string_view line, const Seen& now);
    bool bad(Verdict verdict, const std::string& file, uint64_t line, std::string problem);
    bool altered(const Seen& line, const std::string& expected);

    Verification& result_;
    TreeCheck tree_;
    Chain chain_;
    bool from_the_beginning_ = false;
    std::optional<Seen> last_;
    std::string last_text_;
    // The line before the last one, where the last one gives another hash: which of them was altered shows with the next line.
    std::optional<Seen> suspect_;
    // The very first line, where it is not that of seq 0: a segment_pruned behind it must say so.
    std::optional<Seen> begins_late_;
    // The very first line, where it is malformed: whether this is a trail at all shows with the next line.
    std::optional<Seen> broken_first_;
};

bool Verifier::bad(Verdict verdict, const std::string& file, uint64_t line, std::string problem) {
    result_.verdict = verdict;
    result_.file = file;
    result_.line = line;
    result_.problem = std::move(problem);
    return false;
}

bool Verifier::altered(const Seen& line, const std::string& expected) {
    result_.expected_hash = expected;
    result_.found_hash = line.hash;
    return bad(Verdict::kTampered, line.file, line.line, "the line was altered: the next one gives another hash of it");
}

bool Verifier::check_malformed(Seen now) {
    if (suspect_) return altered(*suspect_, last_->prev);
    if (last_) return bad(Verdict::kTampered, now.file, now.line, "no record: the line was altered or inserted");
    if (broken_first_) return bad(Verdict::kMalformed, broken_first_->file, broken_first_->line, "no line of a trail");
    broken_first_ = std::move(now);
    return true;
}

// Seq and segments: is this the line that must come here?
bool Verifier::check_place(const Segment& segment, const Seen& now) {
    const uint64_t wanted = last_ ? last_->seq + 1 : from_the_beginning_ ? 0 : segment.first_seq;
    if (now.seq == wanted) return true;
    // Two lines whose line feed was altered look like one with a good beginning.
    if (last_ && !nlohmann::json::accept(last_text_))
        return bad(Verdict::kTampered, last_->file, last_->line, "no record: the line was altered");
    if (now.line == 1 && now.seq > wanted && segment.first_seq == now.seq) {
        if (!last_) {
            begins_late_ = now;
            return true;
        }
        return bad(Verdict::kSegmentMissing, now.file, 1,
                   "lines " + std::to_string(wanted) + " to " + std::to_string(now.seq - 1) + " are missing before this segment");
    }
    return bad(
        Verdict::kTampered, now.file, now.line,
        "seq " + std::to_string(now.seq) + " where " + std::to_string(wanted) + " must stand: lines were removed, inserted or moved");
}

bool Verifier::check_line(const Segment& segment, uint64_t number, std::string_view line) {
    Head head;
    const bool well_formed = parse_head(line, head);
    Seen now{segment.path, number, head.seq, std::string(head.prev), {}};
    const Digest leaf = chain_.leaf(line);
    now.hash = hex(leaf);
    if (!well_formed) return check_malformed(std::move(now));
    if (broken_first_)
        return bad(Verdict::kTampered, broken_first_->file, broken_first_->line, "no record: the line was altered or inserted");
    // Does the line behind know the last one? Then the last one's word against the one before it stands.
    if (suspect_) return now.prev == last_->hash ? altered(*suspect_, last_->prev) : altered(*last_, now.prev);
    if (!check_place(segment, now)) return false;
    if (!last_ && now.seq == 0 && now.prev != kFirstPrev)
        return bad(Verdict::kTampered, now.file, now.line, "the first prev is not 64 zeros");
    if (last_ && now.prev != last_->hash) suspect_ = last_;
    if (!suspect_)  // else the next line says what is wrong
        if (std::string wrong = tree_.add(now.seq, line, leaf); !wrong.empty())
            return bad(Verdict::kTampered, now.file, now.line, std::move(wrong));
    if (begins_late_) look_for_pruned(line);
    count(line, now);
    last_ = std::move(now);
    last_text_ = line;
    return true;
}

// Retention lets the oldest segments go, and says so further on in the chain.
void Verifier::look_for_pruned(std::string_view line) {
    if (find_value(line, "kind") != "segment_pruned") return;
    const nlohmann::json record = nlohmann::json::parse(line, nullptr, false);
    const auto segment = record.find("segment");
    if (segment == record.end() || !segment->is_object()) return;
    const auto last = segment->find("last_seq");
    const auto hash = segment->find("last_hash");
    if (last == segment->end() || hash == segment->end() || *last != begins_late_->seq - 1 || *hash != begins_late_->prev) return;
    result_.pruned_lines = begins_late_->seq;
    begins_late_.reset();
}

void Verifier::count(std::string_view line, const Seen& now) {
    const std::string_view ts = find_value(line.substr(0, 256), "ts");
    if (result_.records++ == 0) {
        result_.first_seq = now.seq;
        result_.first_ts = ts;
    }
    result_.last_seq = now.seq;
    result_.last_ts = ts;
    const std::string_view kind = find_value(line, "kind");
    if (kind == "audit_gap") result_.gaps += number_of(find_value(line, "count"));
    if (kind == "crossing" && find_value(line, "effect") != "held") result_.crossings += number_of(find_value(line, "count"));
}

Result<bool> Verifier::read_segment(const Segment& segment) {
    auto source = LineSource::open(segment.path);
    if (!source) return std::move(source).error();
    ++result_.segments;
    // The daemon may be writing the very line that is cut off at the end, so that is looked at again for 200 ms.
    constexpr int kLooks = 10;
    constexpr timespec kBetweenLooks = {0, 20'000'000};
    for (int look = 0;; ++look) {
        std::string_view line;
        auto more = source->next(line);
        for (; more && *more; more = source->next(line)) {
            result_.bytes += line.size() + 1;
            if (!check_line(segment, source->number(), line)) return false;
        }
        if (!more && more.error().code == Code::kBadData && segment.path.ends_with(kCompressed))
            return bad(Verdict::kTampered, segment.path, source->number() + 1, more.error().message);
        if (!more && more.error().code == Code::kBadData)
            return bad(Verdict::kMalformed, segment.path, source->number() + 1, "longer than any line of a trail");
        if (!more) return std::move(more).error();
        if (source->rest().empty()) return true;
        if (look == kLooks) break;
        nanosleep(&kBetweenLooks, nullptr);
    }
    if (!last_) return bad(Verdict::kMalformed, segment.path, 1, "no line of a trail");
    return bad(Verdict::kTampered, segment.path, source->number() + 1,
               "cut off in the middle of a line, by a crash (the daemon mends that when it starts) or by a hand");
}

// The last line has no witness behind it: its form is all that can be checked, and a suspicion that is left falls on the one before.
bool Verifier::finish() {
    if (suspect_) return altered(*suspect_, last_->prev);
    if (broken_first_) return bad(Verdict::kMalformed, broken_first_->file, broken_first_->line, "no line of a trail");
    if (last_ && !nlohmann::json::accept(last_text_))
        return bad(Verdict::kTampered, last_->file, last_->line, "no record: the line was altered");
    if (begins_late_)
        return bad(Verdict::kSegmentMissing, begins_late_->file, 1,
                   "lines 0 to " + std::to_string(begins_late_->seq - 1) +
                       " are missing before this segment, and no segment_pruned behind it says that they were let go");
    if (std::string wrong = last_ ? tree_.finish() : ""; !wrong.empty())
        return bad(Verdict::kTampered, last_->file, last_->line, std::move(wrong));
    result_.checkpoints += tree_.checkpoints();
    result_.signed_lines = std::max(result_.signed_lines, tree_.signed_lines());
    return true;
}

Result<bool> Verifier::run(const std::vector<Segment>& segments, bool from_the_beginning) {
    from_the_beginning_ = from_the_beginning;
    for (const Segment& segment : segments) {
        auto read = read_segment(segment);
        if (!read || !*read) return read;
    }
    return finish();
}

// By its name, or where that was changed by its first line.
Result<Segment> segment_of_file(const std::string& path) {
    Segment segment{path, 0};
    if (parse_segment_name(path, segment.first_seq)) return segment;
    auto source = LineSource::open(path);
    if (!source) return std::move(source).error();
    std::string_view line;
    Head head;
    auto more = source->next(line);
    if (more && *more && parse_head(line, head)) segment.first_seq = head.seq;
    return segment;
}

}  // namespace

Result<Verification> verify(const std::vector<std::string>& paths, const Witness& witness) {
    Verification result;
    std::vector<Segment> files;
    for (const std::string& path : paths) {
        auto folder = is_folder(path);
        if (!folder) return std::move(folder).error();
        if (!*folder) {
            auto segment = segment_of_file(path);
            if (!segment) return std::move(segment).error();
            files.push_back(std::move(*segment));
            continue;
        }
        auto segments = list_segments(path);
        if (!segments) return std::move(segments).error();
        if (segments->empty()) return Error{Code::kMissing, "no segment of a trail in " + path, "give <log-dir>/trail"};
        auto whole = Verifier(result, witness).run(*segments, true);
        if (!whole) return std::move(whole).error();
        if (!*whole) return result;
    }
    std::stable_sort(files.begin(), files.end(), [](const Segment& a, const Segment& b) { return a.first_seq < b.first_seq; });
    auto whole = Verifier(result, witness).run(files, false);
    if (!whole) return std::move(whole).error();
    return result;
}

}  // namespace remit::trail
