#include "names/message.h"

#include <algorithm>
#include <limits>
#include <map>

namespace remit::names {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr size_t kMaxNameBytes = 255;
constexpr size_t kMaxLabelBytes = 63;
constexpr int kMaxJumps = 64;
// Of records in one answer that are looked at.
constexpr int kMaxRecords = 512;

constexpr uint16_t kIsAnswer = 0x8000;
constexpr uint16_t kOpcode = 0x7800;
constexpr uint16_t kCut = 0x0200;
constexpr uint16_t kRecursionDesired = 0x0100;
constexpr uint16_t kRecursionAvailable = 0x0080;

// What Remit itself is willing to send and take in one datagram: fits any path.
constexpr uint16_t kDatagramBytes = 1232;

class Reader {
public:
    explicit Reader(View bytes, size_t at = 0) : bytes_(bytes), at_(at) {}

    bool fine() const { return fine_; }
    bool at_end() const { return at_ == bytes_.size(); }
    size_t at() const { return at_; }

    uint8_t u8() { return need(1) ? bytes_[at_++] : uint8_t{0}; }
    uint16_t u16() {
        const uint16_t high = u8();
        return static_cast<uint16_t>(high << 8 | u8());
    }
    uint32_t u32() {
        const uint32_t high = u16();
        return high << 16 | u16();
    }
    View take(size_t count) {
        if (!need(count)) return {};
        at_ += count;
        return bytes_.subspan(at_ - count, count);
    }

    // Lower case. Pointers only go back, and only so often.
    std::string name(bool pointers) {
        std::string name;
        size_t end = 0;
        size_t largest = at_;
        for (int jumps = 0; fine_;) {
            const uint8_t length = u8();
            if (length == 0) break;
            if (length > kMaxLabelBytes) {
                const size_t target = (length & 0x3fu) << 8 | u8();
                if (!pointers || length < 0xc0 || target >= largest || ++jumps > kMaxJumps) return fail();
                if (end == 0) end = at_;
                at_ = largest = target;
                continue;
            }
            if (!name.empty()) name += '.';
            for (const uint8_t c : take(length)) name += lower(c);
            if (name.size() > kMaxNameBytes - 2) return fail();
        }
        if (end != 0) at_ = end;
        return fine_ ? name : std::string();
    }

private:
    // Characters that a name of a host does not have make the whole name one that nobody asked for: dots in labels do not join them.
    char lower(uint8_t c) {
        const bool usual = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
        return usual ? static_cast<char>(c) : '?';
    }
    bool need(size_t count) {
        fine_ = fine_ && bytes_.size() - at_ >= count;
        return fine_;
    }
    std::string fail() {
        fine_ = false;
        return {};
    }

    View bytes_;
    size_t at_;
    bool fine_ = true;
};

struct Record {
    std::string owner;
    uint16_t type = 0;
    uint16_t record_class = 0;
    uint32_t ttl = 0;
    View data;
    size_t data_at = 0;
};

Record read_record(Reader& in) {
    Record record;
    record.owner = in.name(true);
    record.type = in.u16();
    record.record_class = in.u16();
    record.ttl = in.u32();
    const uint16_t length = in.u16();
    record.data_at = in.at();
    record.data = in.take(length);
    return record;
}

void put16(Bytes& out, uint32_t value) {
    out.push_back(static_cast<uint8_t>(value >> 8));
    out.push_back(static_cast<uint8_t>(value));
}

void put32(Bytes& out, uint32_t value) {
    put16(out, value >> 16);
    put16(out, value & 0xffff);
}

void put_name(Bytes& out, const std::string& name) {
    for (size_t at = 0; at < name.size();) {
        const size_t dot = std::min(name.find('.', at), name.size());
        out.push_back(static_cast<uint8_t>(dot - at));
        out.insert(out.end(), name.begin() + static_cast<std::ptrdiff_t>(at), name.begin() + static_cast<std::ptrdiff_t>(dot));
        at = dot + 1;
    }
    out.push_back(0);
}

void put_header(Bytes& out, uint16_t id, uint32_t flags, uint32_t questions, size_t answers, bool edns) {
    put16(out, id);
    put16(out, flags);
    put16(out, questions);
    put16(out, static_cast<uint32_t>(answers));
    put16(out, 0);
    put16(out, edns ? 1 : 0);
}

void put_record_head(Bytes& out, size_t owner, uint16_t type, uint32_t ttl, size_t length) {
    put16(out, static_cast<uint32_t>(0xc000 | owner));
    put16(out, type);
    put16(out, kClassIn);
    put32(out, ttl);
    put16(out, static_cast<uint32_t>(length));
}

void put_edns(Bytes& out, Extended why) {
    out.push_back(0);
    put16(out, kTypeOpt);
    put16(out, kDatagramBytes);
    put32(out, 0);
    if (why == Extended::kNone) return put16(out, 0);
    put16(out, 6);
    put16(out, 15);  // extended error
    put16(out, 2);
    put16(out, static_cast<uint16_t>(why));
}

// Aliases and addresses of one answer, by owner.
struct Sections {
    std::map<std::string, Answer::Alias> aliases;
    std::map<std::string, std::vector<Found>> addresses;
};

void sort_in(const Record& record, uint16_t type, View message, Sections& into) {
    if (record.record_class != kClassIn) return;
    if (record.type == kTypeCname) {
        Reader target(message, record.data_at);
        std::string name = target.name(true);
        if (target.fine() && target.at() == record.data_at + record.data.size())
            into.aliases.try_emplace(record.owner, Answer::Alias{std::move(name), record.ttl});
        return;
    }
    if (record.type != type || record.data.size() != (type == kTypeA ? 4u : 16u)) return;
    Found found{.ttl = record.ttl};
    if (type == kTypeA) found.address[10] = found.address[11] = 0xff;
    std::ranges::copy(record.data, found.address.end() - static_cast<std::ptrdiff_t>(record.data.size()));
    auto& known = into.addresses[record.owner];
    if (known.size() < kMaxFound) known.push_back(found);
}

// Only what hangs together counts: from the name asked, alias by alias, to the addresses.
void follow(Sections& sections, std::string name, Answer& answer) {
    uint32_t ttl = std::numeric_limits<int32_t>::max();
    while (answer.chain.size() < kMaxChain) {
        const auto alias = sections.aliases.find(name);
        if (alias == sections.aliases.end()) break;
        ttl = std::min(ttl, alias->second.ttl);
        name = alias->second.target;
        answer.chain.push_back(alias->second);
        sections.aliases.erase(alias);
    }
    for (Found& found : sections.addresses[name]) {
        found.ttl = std::min(ttl, found.ttl);
        answer.found.push_back(found);
    }
}

}  // namespace

std::variant<Question, BadQuestion> parse_question(View message) {
    Reader in(message);
    Question question;
    question.id = in.u16();
    const uint16_t flags = in.u16();
    const uint16_t questions = in.u16(), answers = in.u16(), authorities = in.u16(), additionals = in.u16();
    if (!in.fine() || flags & kIsAnswer) return BadQuestion{};
    if (flags & kOpcode) return BadQuestion{false, question.id, Rcode::kNotImplemented};
    const BadQuestion malformed{false, question.id, Rcode::kFormatError};
    if (questions != 1 || answers != 0 || authorities != 0 || additionals > 1 || flags & kCut) return malformed;
    question.recursion = flags & kRecursionDesired;
    question.name = in.name(false);
    question.type = in.u16();
    question.question_class = in.u16();
    if (!in.fine()) return malformed;
    question.wire.assign(message.begin() + kHeaderBytes, message.begin() + static_cast<std::ptrdiff_t>(in.at()));
    if (additionals == 1) {
        const Record option = read_record(in);
        if (!in.fine() || option.type != kTypeOpt || !option.owner.empty()) return malformed;
        question.edns = true;
        question.largest = std::clamp<uint16_t>(option.record_class, 512, kDatagramBytes);
    }
    if (!in.at_end()) return malformed;
    return question;
}

std::optional<Answer> parse_answer(View message, const std::string& name, uint16_t type) {
    Reader in(message);
    in.u16();
    const uint16_t flags = in.u16();
    const uint16_t questions = in.u16(), answers = in.u16();
    in.u32();
    if (!in.fine() || !(flags & kIsAnswer) || questions != 1) return std::nullopt;
    const bool same_name = in.name(true) == name;
    if (in.u16() != type || in.u16() != kClassIn || !same_name || !in.fine()) return std::nullopt;
    Answer answer;
    answer.rcode = static_cast<Rcode>(flags & 0xf);
    Sections sections;
    for (int i = 0; i < answers && i < kMaxRecords; i++) {
        const Record record = read_record(in);
        if (!in.fine()) return std::nullopt;
        sort_in(record, type, message, sections);
    }
    if (answer.rcode == Rcode::kOk && (type == kTypeA || type == kTypeAaaa)) follow(sections, name, answer);
    return answer;
}

Bytes compose_answer(const Question& question, const Answer& answer, size_t largest, Extended why) {
    const uint32_t flags =
        kIsAnswer | kRecursionAvailable | (question.recursion ? kRecursionDesired : 0u) | static_cast<uint32_t>(answer.rcode);
    Bytes out;
    put_header(out, question.id, flags, 1, answer.chain.size() + answer.found.size(), question.edns);
    out.insert(out.end(), question.wire.begin(), question.wire.end());
    size_t owner = kHeaderBytes;
    for (const Answer::Alias& alias : answer.chain) {
        Bytes target;
        put_name(target, alias.target);
        put_record_head(out, owner, kTypeCname, alias.ttl, target.size());
        owner = out.size();
        out.insert(out.end(), target.begin(), target.end());
    }
    for (const Found& found : answer.found) {
        const size_t length = question.type == kTypeA ? 4 : 16;
        put_record_head(out, owner, question.type, found.ttl, length);
        out.insert(out.end(), found.address.end() - static_cast<std::ptrdiff_t>(length), found.address.end());
    }
    if (question.edns) put_edns(out, why);
    if (out.size() <= largest) return out;
    Bytes cut;
    put_header(cut, question.id, flags | kCut, 1, 0, question.edns);
    cut.insert(cut.end(), question.wire.begin(), question.wire.end());
    if (question.edns) put_edns(cut, why);
    return cut;
}

Bytes compose_error(const BadQuestion& bad) {
    Bytes out;
    put_header(out, bad.id, kIsAnswer | static_cast<uint32_t>(bad.rcode), 0, 0, false);
    return out;
}

Bytes compose_question(uint16_t id, const std::string& name, uint16_t type) {
    Bytes out;
    put_header(out, id, kRecursionDesired, 1, 0, false);
    put_name(out, name);
    put16(out, type);
    put16(out, kClassIn);
    return out;
}

}  // namespace remit::names
