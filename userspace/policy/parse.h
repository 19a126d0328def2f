// Text to protobuf, with all parse errors in one run and the position of every field. Used inside policy/ only.
#pragma once

#include <google/protobuf/text_format.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/diagnostic.h"
#include "policy/v1/policy.pb.h"

namespace remit::policy {

namespace pb = remit::policy::v1;

// Files of one policy, bytes of one file, and parse errors shown of one file (POLICY.md); each far above what people write.
inline constexpr size_t kMaxFiles = 64;
inline constexpr size_t kMaxFileBytes = 16 << 20;
inline constexpr int kMaxParseErrors = 20;

struct Offset {
    size_t at = 0;
    std::string code;
    std::string message;
    std::string hint;
};

struct Parsed {
    pb::Policy policy;
    std::unique_ptr<google::protobuf::TextFormat::ParseInfoTree> positions;
    std::string text;  // the bytes that parsed at last: statements with errors are blanked out
    std::vector<size_t> line_starts;
    std::vector<Diagnostic> errors;                  // positions without a file
    std::vector<std::pair<size_t, size_t>> blanked;  // byte ranges
    bool complete = true;                            // false: more than kMaxParseErrors errors, and policy holds nothing

    Position position_of(size_t offset) const;
    // The parser's own place (from 0, tabs widened to 8) as a byte offset.
    size_t offset_of(int line, int column) const;

    // By begin of a line: the parser's column of each of its bytes, empty for a line without tabs; filled when asked for.
    mutable std::map<size_t, std::vector<int>> columns{};
};

Parsed parse(std::string_view bytes);

// One message of a parsed file, with where it stands: what the checks walk over. index counts repeated fields from 0.
class Place {
public:
    Place(const Parsed& parsed, uint32_t file) : parsed_(&parsed), tree_(parsed.positions.get()), file_(file) { here_.file = file; }

    // The first byte of a field of this message; of the message itself when the field is not there.
    Position at(std::string_view field, int index = 0) const;
    Position here() const { return here_; }
    // The message in a field.
    Place in(std::string_view field, int index = 0) const;
    // Some of this message's statements did not parse: what is missing was perhaps written.
    bool damaged() const;
    uint32_t file() const { return file_; }

private:
    using Tree = google::protobuf::TextFormat::ParseInfoTree;

    const google::protobuf::FieldDescriptor* find(std::string_view field) const;
    google::protobuf::TextFormat::ParseLocationRange range(std::string_view field, int index) const;

    const Parsed* parsed_;
    const Tree* tree_;
    const google::protobuf::Descriptor* descriptor_ = pb::Policy::descriptor();
    uint32_t file_;
    Position here_{};
    size_t begin_ = 0;
    size_t end_ = std::string::npos;
};

}  // namespace remit::policy
