#include "trail/resume.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "trail/lines.h"
#include "trail/segment.h"

namespace remit::trail {
namespace {

using nlohmann::json;

// More CPUs than Linux can have (NR_CPUS of x86-64): a number from a file that was tampered with must not take the memory.
constexpr uint64_t kMostCpus = 8192;

bool read_big(const json& object, const char* key, uint64_t& value) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return false;
    const auto& text = found->get_ref<const std::string&>();
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    return end.ec == std::errc{} && end.ptr == text.data() + text.size();
}

bool read_cpu(const json& object, uint32_t& cpu) {
    const auto found = object.find("cpu");
    if (found == object.end() || !found->is_number_unsigned() || found->get<uint64_t>() >= kMostCpus) return false;
    cpu = found->get<uint32_t>();
    return true;
}

// ["first","last"]
bool read_range(const json& pair, Range& range) {
    if (!pair.is_array() || pair.size() != 2) return false;
    const json named = {{"first", pair[0]}, {"last", pair[1]}};
    return read_big(named, "first", range.first) && read_big(named, "last", range.last) && range.first <= range.last;
}

bool read_hooks(const json& line, std::vector<CpuNumbers>& state) {
    const auto kernel = line.find("kernel");
    if (kernel == line.end() || !kernel->is_array()) return false;
    for (const json& one : *kernel) {
        CpuNumbers numbers;
        const auto missing = one.find("missing");
        if (!one.is_object() || missing == one.end() || !missing->is_array() || !read_cpu(one, numbers.cpu) ||
            !read_big(one, "crossings", numbers.crossings) || !read_big(one, "accounted", numbers.accounted))
            return false;
        for (const json& pair : *missing) {
            Range hole;
            if (!read_range(pair, hole)) return false;
            numbers.missing.push_back(hole);
        }
        state.push_back(std::move(numbers));
    }
    return true;
}

// The numbers that a crossing or a gap stands for; none of what has none, as a question.
std::vector<Range> read_numbers(const json& line, uint32_t& cpu) {
    Range numbers;
    if (!read_cpu(line, cpu)) return {};
    if (line.value("kind", "") == "audit_gap") {
        const bool whole = read_big(line, "first", numbers.first) && read_big(line, "last", numbers.last);
        return whole ? std::vector{numbers} : std::vector<Range>{};
    }
    if (!read_big(line, "n", numbers.first)) return {};
    numbers.last = numbers.first + line.value("count", uint64_t{1}) - 1;
    const auto listed = line.find("numbers");
    if (listed == line.end() || !listed->is_array()) return {numbers};
    std::vector<Range> all;
    for (const json& pair : *listed)
        if (read_range(pair, numbers)) all.push_back(numbers);
    return all;
}

Error not_a_line(const std::string& path, uint64_t number) {
    return {Code::kBadData, path + ":" + std::to_string(number) + ": no record of a trail",
            "run `remit trail verify` on the folder, keep it as evidence, and start with another --log-dir"};
}

class Resumer {
public:
    Resumer(std::string_view boot, uint64_t now_ns, Ledger& ledger) : boot_(boot), now_ns_(now_ns), ledger_(ledger) {}

    // True: a `hooks` record of this boot stands in the segment.
    Result<bool> find_hooks(const Segment& segment) {
        return each_line(segment, [&](std::string_view line, uint64_t number) -> Result<void> {
            if (find_value(line, "kind") == "hooks" && find_value(line, "boot") == boot_) hooks_line_ = number;
            return {};
        });
    }

    // From line `hooks_line_` on in the segment that has it, all lines of those behind.
    Result<bool> apply(const Segment& segment, bool has_hooks) {
        const uint64_t from = has_hooks ? hooks_line_ : 1;
        return each_line(segment, [&](std::string_view line, uint64_t number) -> Result<void> {
            const std::string_view kind = find_value(line, "kind");
            if (number < from || (kind != "hooks" && kind != "crossing" && kind != "audit_gap")) return {};
            const json parsed = json::parse(line, nullptr, false);
            if (!parsed.is_object()) return not_a_line(segment.path, number);
            if (kind == "hooks") {
                if (!has_hooks || number != from) return {};
                std::vector<CpuNumbers> state;
                if (!read_hooks(parsed, state)) return not_a_line(segment.path, number);
                ledger_.restore(state, now_ns_);
                return {};
            }
            uint32_t cpu = 0;
            for (const Range& numbers : read_numbers(parsed, cpu)) ledger_.note(cpu, numbers, now_ns_);
            return {};
        });
    }

    bool found() const { return hooks_line_ != 0; }

private:
    template <typename OnLine>
    Result<bool> each_line(const Segment& segment, OnLine on_line) {
        auto source = LineSource::open(segment.path);
        if (!source) return std::move(source).error();
        std::string_view line;
        auto more = source->next(line);
        for (; more && *more; more = source->next(line))
            if (auto done = on_line(line, source->number()); !done) return std::move(done).error();
        if (!more) return std::move(more).error();
        return found();
    }

    std::string_view boot_;
    uint64_t now_ns_;
    Ledger& ledger_;
    uint64_t hooks_line_ = 0;
};

}  // namespace

Result<bool> resume(const std::string& folder, std::string_view boot, uint64_t now_ns, Ledger& ledger) {
    ledger = Ledger();
    auto segments = list_segments(folder);
    if (!segments) return std::move(segments).error();
    Resumer resumer(boot, now_ns, ledger);
    size_t from = segments->size();
    while (from > 0 && !resumer.found())
        if (auto read = resumer.find_hooks((*segments)[--from]); !read) return read;
    if (!resumer.found()) return false;
    for (size_t i = from; i < segments->size(); ++i)
        if (auto read = resumer.apply((*segments)[i], i == from); !read) return read;
    return true;
}

}  // namespace remit::trail
