#include "daemon/counters.h"

#include <cstdio>

#include "base/text.h"
#include "base/words.h"

namespace remit::daemon {

namespace {

// Policies and tools are an operator's; a host with more of them than this has its further ones under "other".
constexpr size_t kMostSeries = 4096;
// From 128 ns on: deciding takes a few hundred (docs/benchmarks.md).
constexpr uint64_t kFirstDecisionNs = 128;

std::string seconds(uint64_t ns) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", static_cast<double>(ns) / 1e9);
    return text;
}

}  // namespace

void Histogram::add(uint64_t ns) {
    size_t at = 0;
    for (uint64_t bound = first_ns_; at < kBounds && ns > bound; bound *= 2) at++;
    buckets_[at]++;
    sum_ns_ += ns;
}

void Histogram::append(std::string& out, const std::string& name, const std::string& labels) const {
    uint64_t count = 0;
    const std::string more = labels.empty() ? "" : labels + ",";
    uint64_t bound = first_ns_;
    for (size_t at = 0; at < kBounds; at++, bound *= 2) {
        count += buckets_[at];
        append_sample(out, name + "_bucket", more + "le=\"" + seconds(bound) + "\"", count);
    }
    count += buckets_[kBounds];
    append_sample(out, name + "_bucket", more + "le=\"+Inf\"", count);
    out += name + "_sum" + (labels.empty() ? "" : "{" + labels + "}") + " " + seconds(sum_ns_) + "\n";
    append_sample(out, name + "_count", labels, count);
}

void Counters::crossing(const trail::Record& record) {
    if (!record.effect || *record.effect == REMIT_HELD) return;
    const std::string crossing(crossing_word(record.crossing));
    Series series{crossing,
                  record.session ? record.session->policy : "",
                  record.tool,
                  std::string(verdict_word(record.verdict.value_or(REMIT_DENY))),
                  record.reason == REMIT_GRANTED ? "" : std::string(reason_word(record.reason)),
                  std::string(effect_word(*record.effect))};
    auto at = crossings_.find(series);
    if (at == crossings_.end()) {
        if (crossings_.size() >= kMostSeries) std::get<1>(series) = std::get<2>(series) = "other";
        at = crossings_.try_emplace(std::move(series), 0).first;
    }
    at->second++;
    // What a person was asked about took as long as the person.
    if (record.latency_ns && record.crossing_id.empty())
        decisions_.try_emplace(crossing, kFirstDecisionNs).first->second.add(*record.latency_ns);
}

void Counters::append(std::string& out) const {
    append_head(out, "remit_crossings_total", "counter", "Final crossings that came to the daemon.");
    for (const auto& [series, count] : crossings_) {
        const auto& [crossing, policy, tool, verdict, reason, effect] = series;
        append_sample(out, "remit_crossings_total",
                      "crossing=\"" + crossing + "\",policy=\"" + label_value(policy) + "\",tool=\"" + label_value(tool) + "\",verdict=\"" +
                          verdict + "\",reason=\"" + reason + "\",effect=\"" + effect + "\"",
                      count);
    }
    append_head(out, "remit_decision_seconds", "histogram", "From the hook on until the kernel had its verdict.");
    for (const auto& [crossing, histogram] : decisions_) histogram.append(out, "remit_decision_seconds", "crossing=\"" + crossing + "\"");
    append_head(out, "remit_revocation_seconds", "histogram", "From when all of a session is refused until its sockets were ended too.");
    revocations_.append(out, "remit_revocation_seconds", "");
    append_head(out, "remit_gap_crossings_total", "counter", "Crossings that stand in the trail as gaps.");
    append_sample(out, "remit_gap_crossings_total", "", gaps_);
}

void append_head(std::string& out, const std::string& name, const char* type, const char* help) {
    out += "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void append_sample(std::string& out, const std::string& name, const std::string& labels, uint64_t value) {
    out += name;
    if (!labels.empty()) out += "{" + labels + "}";
    out += " " + std::to_string(value) + "\n";
}

std::string label_value(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace remit::daemon
