#include "policy/parse_errors.h"

#include <cctype>

#include "base/text.h"
#include "policy/scan.h"

namespace remit::policy {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// The text between the quotes that follow a marker: 'no field named "x"'.
std::string quoted_after(const std::string& message, std::string_view marker) {
    const size_t found = message.find(marker);
    if (found == std::string::npos) return "";
    const size_t begin = found + marker.size();
    return message.substr(begin, message.find('"', begin) - begin);
}

std::string lower(std::string word) {
    for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return word;
}

// Errors that the parser finds behind the value, not before it.
bool found_behind_value(const std::string& message) {
    return message.starts_with("Unknown enumeration value") || message.starts_with("Invalid value for boolean");
}

std::string hint_unknown_field(const Descriptor* type, const std::string& field) {
    std::vector<std::string> names;
    for (int i = 0; i < type->field_count(); i++) names.push_back(type->field(i)->name());
    const std::optional<std::string> close = nearest(field, names);
    return close ? "did you mean \"" + *close + "\"?" : "its fields: " + join(names, ", ");
}

std::string hint_enum_values(const std::string& field) {
    const google::protobuf::FileDescriptor* file = pb::Policy::descriptor()->file();
    for (int i = 0; i < file->message_type_count(); i++) {
        const FieldDescriptor* found = file->message_type(i)->FindFieldByName(field);
        if (!found || !found->enum_type()) continue;
        std::string names;
        for (int v = 0; v < found->enum_type()->value_count(); v++) names += (v ? ", " : "one of ") + found->enum_type()->value(v)->name();
        return names;
    }
    return "";
}

void word(const std::string& message, ParseError& error) {
    if (message.find("has no field named") != std::string::npos) {
        const std::string field = quoted_after(message, "no field named \"");
        const std::string type_name = quoted_after(message, "Message type \"");
        const Descriptor* type = pb::Policy::descriptor()->file()->pool()->FindMessageTypeByName(type_name);
        error.code = "unknown-field";
        error.message = "a " + lower(type ? type->name() : type_name) + " has no field \"" + field + "\"";
        if (type) error.hint = hint_unknown_field(type, field);
    } else if (message.find("specified multiple times") != std::string::npos) {
        error.code = "duplicate-field";
        error.message = "\"" + quoted_after(message, "field \"") + "\" is written twice";
        error.hint = "leave one of them out";
    } else if (message.starts_with("Unknown enumeration value")) {
        const std::string field = quoted_after(message, "for field \"");
        error.code = "wrong-type";
        error.message = "\"" + field + "\" cannot be " + quoted_after(message, "value of \"");
        error.hint = hint_enum_values(field);
    } else if (message.starts_with("Invalid value for boolean")) {
        error.code = "wrong-type";
        error.message = "\"" + quoted_after(message, "field \"") + "\" is true or false, not " + quoted_after(message, "Value: \"");
    } else if (message.starts_with("Expected string") || message.starts_with("Expected integer") || message.starts_with("Expected \"{\"") ||
               message.starts_with("Integer out of range") || message.starts_with("Expected double")) {
        error.code = "wrong-type";
        error.message = lower(message);
        while (error.message.ends_with('.')) error.message.pop_back();
    } else {
        error.code = "syntax";
        error.message = message;
        while (error.message.ends_with('.')) error.message.pop_back();
    }
}

// Index of the token at an offset, or of the one that it is in or ends; tokens.size() at the end; -1: no token but a stray byte.
int token_at(const Parsed& parsed, const Scan& scan, size_t offset) {
    int inside = -1;
    for (size_t i = 0; i < scan.tokens.size(); i++) {
        const Token& token = scan.tokens[i];
        if (token.begin == offset) return static_cast<int>(i);
        if (token.begin < offset && offset <= token.end) inside = static_cast<int>(i);
    }
    return offset >= parsed.text.size() ? static_cast<int>(scan.tokens.size()) : inside;
}

int owner(const Scan& scan, int token) {
    return token >= 0 && token < static_cast<int>(scan.tokens.size()) ? scan.tokens[token].statement : -1;
}

int last_unclosed(const Scan& scan) {
    for (int i = static_cast<int>(scan.statements.size()) - 1; i >= 0; i--)
        if (!scan.statements[i].complete && scan.statements[i].bracket) return i;
    return -1;
}

// The statement to blame for an error found at a token, or -1.
int blamed_statement(const Scan& scan, int token, const std::string& message) {
    const int here = owner(scan, token), before = owner(scan, token - 1);
    std::string field = quoted_after(message, "field named \"");
    if (field.empty()) field = quoted_after(message, "field \"");
    const bool is_here = here >= 0 && scan.statements[here].field == field;
    const bool is_before = before >= 0 && scan.statements[before].field == field;
    if (!field.empty() && (is_here || is_before)) return is_before && (found_behind_value(message) || !is_here) ? before : here;
    const bool at_end = token >= static_cast<int>(scan.tokens.size());
    if (at_end && last_unclosed(scan) >= 0) return last_unclosed(scan);
    if (before >= 0 && !scan.statements[before].complete && scan.statements[before].end == scan.tokens[token - 1].end) return before;
    return here;
}

// A field of the whole policy inside a statement whose bracket is never closed: the bracket is what is missing, not the field.
int unclosed_before(const Scan& scan, int blamed, const std::string& code) {
    if (blamed < 0 || code != "unknown-field" || !pb::Policy::descriptor()->FindFieldByName(scan.statements[blamed].field)) return -1;
    const int unclosed = last_unclosed(scan);
    return unclosed >= 0 && unclosed < blamed ? unclosed : -1;
}

}  // namespace

ParseError explain_parse_error(const Parsed& parsed, size_t offset, const std::string& message) {
    const Scan scan = scan_statements(parsed);
    ParseError error;
    word(message, error);
    const int token = token_at(parsed, scan, offset);
    const int blamed = token < 0 ? -1 : blamed_statement(scan, token, message);
    const int unclosed = unclosed_before(scan, blamed, error.code);
    const bool at_end = token >= static_cast<int>(scan.tokens.size());
    if (unclosed >= 0 || (at_end && blamed >= 0 && blamed == last_unclosed(scan))) {
        const Statement& statement = scan.statements[unclosed >= 0 ? unclosed : blamed];
        const size_t end = unclosed >= 0 ? scan.statements[blamed].begin : parsed.text.size();
        return {"syntax", "\"" + statement.field + "\" is not closed", "write the } that ends it", statement.begin, statement.begin, end};
    }
    if (blamed >= 0) {
        error.at = error.begin = scan.statements[blamed].begin;
        error.end = scan.statements[blamed].end;
        return error;
    }
    error.at = error.begin = std::min(offset, parsed.text.size());
    const bool whole_token = token >= 0 && token < static_cast<int>(scan.tokens.size());
    error.end = whole_token ? scan.tokens[token].end : error.begin + 1;
    return error;
}

}  // namespace remit::policy
