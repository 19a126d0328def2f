#include "policy/parse.h"

#include <google/protobuf/io/tokenizer.h>

#include <algorithm>
#include <optional>

#include "policy/parse_errors.h"

namespace remit::policy {
namespace {

using google::protobuf::TextFormat;

// Keeps the first error of a run: the later ones may come from it, and are found again once it is blanked out.
class FirstError : public google::protobuf::io::ErrorCollector {
public:
    struct Found {
        int line;
        int column;
        std::string message;
    };

    void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
        if (!found_) found_ = Found{line, column, message};
    }
    const std::optional<Found>& found() const { return found_; }

private:
    std::optional<Found> found_;
};

std::optional<FirstError::Found> parse_once(Parsed& parsed) {
    FirstError errors;
    parsed.policy.Clear();
    parsed.positions = std::make_unique<TextFormat::ParseInfoTree>();
    TextFormat::Parser parser;
    parser.RecordErrorsTo(&errors);
    parser.WriteLocationsTo(parsed.positions.get());
    if (parser.ParseFromString(parsed.text, &parsed.policy) && !errors.found()) return std::nullopt;
    return errors.found() ? errors.found() : FirstError::Found{0, 0, "the text cannot be parsed"};
}

// The tokenizer's column of each byte of a line.
std::vector<int> columns_of(std::string_view line) {
    constexpr int kTab = 8;  // the tokenizer's
    std::vector<int> columns;
    int column = 0;
    for (char c : line) {
        columns.push_back(column);
        column += c == '\t' ? kTab - column % kTab : 1;
    }
    return columns;
}

// Newlines and tabs stay, so that every other byte keeps its line and column.
void blank(Parsed& parsed, size_t begin, size_t end) {
    for (size_t i = begin; i < std::min(end, parsed.text.size()); i++)
        if (parsed.text[i] != '\n' && parsed.text[i] != '\t') parsed.text[i] = ' ';
    parsed.blanked.emplace_back(begin, end);
}

// Every error costs another parse: of a very large file fewer are shown, so that one policy cannot keep the daemon busy.
size_t errors_shown(size_t bytes) {
    constexpr size_t kBudgetBytes = 32 << 20;
    return std::clamp<size_t>(kBudgetBytes / std::max<size_t>(bytes, 1), 1, kMaxParseErrors);
}

void give_up(Parsed& parsed, Diagnostic why) {
    parsed.errors.push_back(std::move(why));
    parsed.policy.Clear();
    parsed.positions = std::make_unique<TextFormat::ParseInfoTree>();
    parsed.complete = false;
}

}  // namespace

Position Parsed::position_of(size_t offset) const {
    const auto after = std::ranges::upper_bound(line_starts, offset);
    const size_t line = static_cast<size_t>(after - line_starts.begin());
    return {0, static_cast<uint32_t>(line), static_cast<uint32_t>(offset - line_starts[line - 1] + 1)};
}

size_t Parsed::offset_of(int line, int column) const {
    if (line < 0 || static_cast<size_t>(line) >= line_starts.size()) return text.size();
    const size_t begin = line_starts[line];
    const size_t end = static_cast<size_t>(line) + 1 < line_starts.size() ? line_starts[line + 1] - 1 : text.size();
    auto found = columns.find(begin);
    if (found == columns.end()) {
        const std::string_view bytes = std::string_view(text).substr(begin, end - begin);
        found = columns.emplace(begin, bytes.find('\t') == std::string_view::npos ? std::vector<int>{} : columns_of(bytes)).first;
    }
    const std::vector<int>& known = found->second;
    if (known.empty()) return std::min(begin + static_cast<size_t>(column), end);
    return begin + static_cast<size_t>(std::ranges::lower_bound(known, column) - known.begin());
}

Parsed parse(std::string_view bytes) {
    Parsed parsed;
    parsed.text = bytes;
    parsed.line_starts.push_back(0);
    for (size_t i = 0; i < bytes.size(); i++)
        if (bytes[i] == '\n') parsed.line_starts.push_back(i + 1);
    if (bytes.size() > kMaxFileBytes) {
        give_up(parsed, {.code = "too-large", .message = "a policy file has at most 16 MiB", .hint = "split the tools over imports"});
        return parsed;
    }
    while (const std::optional<FirstError::Found> found = parse_once(parsed)) {
        if (parsed.errors.size() >= errors_shown(bytes.size())) {
            give_up(parsed, {.position = parsed.position_of(parsed.offset_of(found->line, found->column)),
                             .code = "too-many-errors",
                             .message = "more errors follow, and nothing else was checked",
                             .hint = "correct those above first"});
            break;
        }
        const ParseError error = explain_parse_error(parsed, parsed.offset_of(found->line, found->column), found->message);
        parsed.errors.push_back(
            {.position = parsed.position_of(error.at), .code = error.code, .message = error.message, .hint = error.hint});
        blank(parsed, error.begin, error.end);
    }
    return parsed;
}

const google::protobuf::FieldDescriptor* Place::find(std::string_view field) const {
    return descriptor_->FindFieldByName(std::string(field));
}

TextFormat::ParseLocationRange Place::range(std::string_view field, int index) const {
    const google::protobuf::FieldDescriptor* found = find(field);
    if (!tree_ || !found) return {};
    if (!found->is_repeated()) return tree_->GetLocationRange(found, -1);
    // `port: ["1", "2"]` is one statement with one place for both.
    for (; index >= 0; index--)
        if (const auto range = tree_->GetLocationRange(found, index); range.start.line >= 0) return range;
    return {};
}

Position Place::at(std::string_view field, int index) const {
    const auto range = this->range(field, index);
    if (range.start.line < 0) return here_;
    Position position = parsed_->position_of(parsed_->offset_of(range.start.line, range.start.column));
    position.file = file_;
    return position;
}

Place Place::in(std::string_view field, int index) const {
    Place place = *this;
    const google::protobuf::FieldDescriptor* found = find(field);
    const auto range = this->range(field, index);
    place.here_ = at(field, index);
    place.descriptor_ = found->message_type();
    place.tree_ = tree_ ? tree_->GetTreeForNested(found, found->is_repeated() ? index : -1) : nullptr;
    place.begin_ = parsed_->offset_of(range.start.line, range.start.column);
    place.end_ = parsed_->offset_of(range.end.line, range.end.column);
    return place;
}

bool Place::damaged() const {
    return std::ranges::any_of(parsed_->blanked, [&](const auto& range) { return range.first < end_ && begin_ < range.second; });
}

}  // namespace remit::policy
