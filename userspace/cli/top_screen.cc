#include "cli/top_screen.h"

#include <algorithm>
#include <cstdio>

#include "base/clock.h"
#include "base/text.h"
#include "cli/fields.h"
#include "cli/render.h"
#include "cli/table.h"
#include "cli/wish.h"

namespace remit::cli {
namespace {

using control::v1::Session;

// Of a UUIDv7 the first 13 characters hold the millisecond of its start: a prefix that names one session.
constexpr size_t kShortId = 13;
constexpr size_t kFewestRefusals = 3;

std::string cut(const std::string& text, size_t width) {
    if (width_of(text) <= width) return text;
    std::string kept;
    size_t columns = 0;
    for (size_t at = 0; at < text.size() && columns + 1 < width; columns++) {
        const Character next = first_character(std::string_view(text).substr(at));
        kept += text.substr(at, next.length);
        at += next.length;
    }
    return width == 0 ? std::string() : kept + "…";
}

std::string right(const std::string& text, size_t width) {
    const size_t wide = width_of(text);
    return std::string(wide < width ? width - wide : 0, ' ') + text;
}

std::string rate(double each_second) {
    char text[32];
    if (each_second >= 9999.5)
        std::snprintf(text, sizeof text, "%.0fk", each_second / 1000);
    else
        std::snprintf(text, sizeof text, each_second > 0 && each_second < 9.95 ? "%.1f" : "%.0f", each_second);
    return text;
}

std::string byte_rate(double each_second) {
    return format_bytes(static_cast<uint64_t>(each_second));
}

TopStyle style_of(const std::string& state) {
    return state == "armed" ? TopStyle::kGood : state == "revoked" || state == "suspended" ? TopStyle::kBad : TopStyle::kDim;
}

std::string name_of(const Session& session) {
    return session.claims().name().empty() ? session.id().substr(0, kShortId) : session.claims().name();
}

// A line as wide as the screen: what does not fit is cut, with the last span that has room.
TopLine fit(TopLine line, size_t width) {
    size_t left = width;
    TopLine fitted;
    for (TopSpan& span : line) {
        span.text = cut(printable(span.text), left);
        left -= std::min(left, width_of(span.text));
        if (!span.text.empty()) fitted.push_back(std::move(span));
    }
    return fitted;
}

// The reason before the object: it is what a narrow screen must show.
TopLine refused_line(const std::string& line) {
    const nlohmann::json record = nlohmann::json::parse(line, nullptr, false);
    const nlohmann::json& session = part_of(record, "session");
    const std::string ts = text_of(record, "ts"), name = text_of(session, "name"), reason = text_of(record, "reason");
    std::string what = text_of(record, "crossing");
    if (what.empty()) what = text_of(record, "kind");
    return {{ts.size() < 19 ? ts : ts.substr(11, 8), TopStyle::kDim},
            {"  " + pad(cut(printable(name.empty() ? text_of(session, "id").substr(0, kShortId) : name), 16), 16) + " "},
            {pad(reason.empty() ? text_of(record, "effect") : reason, 14), TopStyle::kBad},
            {" " + what + " " + object_in_words(record)}};
}

double per_second(uint64_t now, uint64_t before, double seconds) {
    return now > before && seconds > 0 ? static_cast<double>(now - before) / seconds : 0;
}

}  // namespace

void TopModel::take(TopSample sample) {
    const double seconds = now_.at_ns == 0 ? 0 : static_cast<double>(sample.at_ns - now_.at_ns) / 1e9;
    crossings_rate_ = per_second(sample.status.crossings(), crossings_before_, seconds);
    crossings_before_ = sample.status.crossings();
    refused_rate_ = 0;
    rates_.clear();
    std::map<std::string, Session> these;
    for (const Session& each : sample.sessions.sessions()) {
        Session& kept = these[each.id()] = each;
        const auto before = before_.find(each.id());
        if (before == before_.end()) continue;  // new: no rate yet
        Rates& rates = rates_[each.id()];
        rates.passed = per_second(kept.passed(), before->second.passed(), seconds);
        rates.refused = per_second(kept.refused(), before->second.refused(), seconds);
        rates.out = per_second(kept.bytes_out(), before->second.bytes_out(), seconds);
        rates.in = per_second(kept.bytes_in(), before->second.bytes_in(), seconds);
        refused_rate_ += rates.refused;
    }
    before_ = std::move(these);
    now_ = std::move(sample);
    lost_.clear();
    // The busiest first; those that rest in the order in which they began.
    std::stable_sort(now_.sessions.mutable_sessions()->pointer_begin(), now_.sessions.mutable_sessions()->pointer_end(),
                     [&](const Session* a, const Session* b) {
                         const Rates one = rates_[a->id()], other = rates_[b->id()];
                         return one.passed + one.refused > other.passed + other.refused;
                     });
    scroll(0);
}

void TopModel::scroll(int sessions) {
    const int most = std::max(0, now_.sessions.sessions_size() - 1);
    first_ = static_cast<size_t>(std::clamp(static_cast<int>(first_) + sessions, 0, most));
}

TopLine TopModel::head(size_t width) const {
    TopLine line{{"remit top", TopStyle::kBold}};
    const auto& status = now_.status;
    if (now_.at_ns != 0) {
        line.push_back({"  " + status.tier() + " tier, up " + format_duration(status.up_ns() / kSecondNs * kSecondNs)});
        line.push_back({"   " + rate(crossings_rate_) + " crossings/s"});
        line.push_back({"   " + rate(refused_rate_) + " refused/s", refused_rate_ > 0 ? TopStyle::kBad : TopStyle::kPlain});
        line.push_back({"   " + std::to_string(status.lost()) + " not recorded", status.lost() > 0 ? TopStyle::kWarn : TopStyle::kPlain});
        if (!status.trail_error().empty()) line.push_back({"   the trail cannot be written: " + status.trail_error(), TopStyle::kBad});
    }
    if (!lost_.empty()) line = {line.front(), {"  " + lost_, TopStyle::kWarn}};
    return fit(std::move(line), width);
}

void TopModel::add_sessions(std::vector<TopLine>& lines, size_t rows) {
    lines.push_back({{pad("SESSION", 16) + " " + pad("POLICY", 12) + " " + pad("STATE", 9) + " " + right("PASSED/s", 8) + " " +
                          right("REFUSED/s", 9) + " " + right("SENT/s", 9) + " " + right("RECEIVED/s", 10) + " " + right("PASSED", 8) +
                          " " + right("REFUSED", 8) + "  " + pad("LEFT", 8),
                      TopStyle::kHeader}});
    const auto count = static_cast<size_t>(now_.sessions.sessions_size());
    if (count == 0) lines.push_back({{"no sessions: start one with `remit run --policy P -- CMD`", TopStyle::kDim}});
    const size_t shown = std::min(count - std::min(count, first_), rows);
    for (size_t i = 0; i < shown; i++) {
        const Session& session = now_.sessions.sessions(static_cast<int>(first_ + i));
        const auto found = rates_.find(session.id());
        const Rates rates = found == rates_.end() ? Rates{} : found->second;
        const bool ends = !session.expires().empty() && (session.state() == "armed" || session.state() == "suspended");
        lines.push_back({{pad(cut(printable(name_of(session)), 16), 16) + " " + pad(cut(printable(session.policy()), 12), 12) + " "},
                         {pad(session.state(), 9), style_of(session.state())},
                         {" " + right(rate(rates.passed), 8) + " "},
                         {right(rate(rates.refused), 9), rates.refused > 0 ? TopStyle::kBad : TopStyle::kPlain},
                         {" " + right(byte_rate(rates.out), 9) + " " + right(byte_rate(rates.in), 10) + " " +
                          right(std::to_string(session.passed()), 8) + " "},
                         {right(std::to_string(session.refused()), 8), session.refused() > 0 ? TopStyle::kBad : TopStyle::kPlain},
                         {"  " + (ends ? format_duration(session.remaining_ns() / kSecondNs * kSecondNs) : "-")}});
    }
    if (first_ + shown < count)
        lines.push_back({{std::to_string(count - first_ - shown) + " more: scroll with the arrow keys", TopStyle::kDim}});
}

void TopModel::add_pendings(std::vector<TopLine>& lines, size_t rows) const {
    const int count = now_.pendings.questions_size();
    if (count == 0) return;
    lines.emplace_back();
    lines.push_back({{pad("WAITING FOR A PERSON", 24) + std::to_string(count), TopStyle::kHeader}});
    for (int i = 0; i < count && static_cast<size_t>(i) < rows; i++) {
        const auto& question = now_.pendings.questions(i);
        const auto session = before_.find(question.session());
        const std::string name = session == before_.end() ? question.session().substr(0, kShortId) : name_of(session->second);
        lines.push_back({{"remit approve " + question.id(), TopStyle::kWarn},
                         {"  " + pad(format_duration(question.remaining_ns() / kSecondNs * kSecondNs), 6) + " "},
                         {cut(printable(name), 16) + " " + wish_of(question)}});
    }
}

void TopModel::add_refusals(std::vector<TopLine>& lines, size_t rows) const {
    if (now_.refusals.empty() || rows < 3) return;
    lines.emplace_back();
    lines.push_back({{"LAST REFUSED", TopStyle::kHeader}});
    const size_t shown = std::min(now_.refusals.size(), rows - 2);
    for (size_t i = now_.refusals.size() - shown; i < now_.refusals.size(); i++) lines.push_back(refused_line(now_.refusals[i]));
}

std::vector<TopLine> TopModel::screen(size_t width, size_t height) {
    std::vector<TopLine> lines{head(width), {}};
    // The head, the keys, headers, and room for some refusals; what is left is the sessions'.
    const size_t pendings = std::min<size_t>(static_cast<size_t>(now_.pendings.questions_size()), std::max<size_t>(1, height / 5));
    const size_t around = 5 + (pendings > 0 ? pendings + 2 : 0) + (now_.refusals.empty() ? 0 : kFewestRefusals + 2);
    if (now_.at_ns != 0) {
        add_sessions(lines, height > around ? height - around : 1);
        add_pendings(lines, pendings);
        add_refusals(lines, height > lines.size() + 1 ? height - lines.size() - 1 : 0);
    }
    for (TopLine& line : lines) line = fit(std::move(line), width);
    lines.resize(height);
    if (height > 1) lines.back() = fit({{"q quits, arrows scroll", TopStyle::kDim}}, width);
    return lines;
}

}  // namespace remit::cli
