#include "policy/scan.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace remit::policy {
namespace {

using google::protobuf::io::Tokenizer;

// The parser reports what the tokenizer does not like; the scan only looks for structure.
class Silence : public google::protobuf::io::ErrorCollector {
public:
    void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

struct Lexeme {
    Tokenizer::TokenType type;
    std::string text;
};

// Walks the tokens once, with a stack of the brackets that are open: depth is the input's to choose, so nothing recurses.
class Scanner {
public:
    explicit Scanner(const Parsed& parsed) { read_tokens(parsed); }

    Scan scan() {
        while (at_ < lexemes_.size()) step();
        return std::move(scan_);
    }

private:
    void read_tokens(const Parsed& parsed) {
        google::protobuf::io::ArrayInputStream stream(parsed.text.data(), static_cast<int>(parsed.text.size()));
        Silence silence;
        Tokenizer tokenizer(&stream, &silence);
        tokenizer.set_allow_f_after_float(true);
        tokenizer.set_comment_style(Tokenizer::SH_COMMENT_STYLE);
        tokenizer.set_require_space_after_number(false);
        while (tokenizer.Next()) {
            const Tokenizer::Token& token = tokenizer.current();
            const size_t begin = parsed.offset_of(token.line, token.column);
            scan_.tokens.push_back({begin, begin + token.text.size(), -1});
            lexemes_.push_back({token.type, token.text});
        }
    }

    bool is(std::string_view text) const { return at_ < lexemes_.size() && lexemes_[at_].text == text; }
    bool is_type(Tokenizer::TokenType type) const { return at_ < lexemes_.size() && lexemes_[at_].type == type; }
    // A name with a colon or bracket behind it begins the next statement, whatever was expected here.
    bool begins_statement() const {
        if (!is_type(Tokenizer::TYPE_IDENTIFIER) || at_ + 1 >= lexemes_.size()) return false;
        const std::string& next = lexemes_[at_ + 1].text;
        return next == ":" || next == "{" || next == "<";
    }

    void take(int statement) {
        scan_.tokens[at_].statement = statement;
        if (statement >= 0) scan_.statements[statement].end = scan_.tokens[at_].end;
        at_++;
    }

    void finish(int statement) {
        scan_.statements[statement].complete = true;
        if (is(",") || is(";")) take(statement);
    }

    void step() {
        if (!open_.empty() && (is("}") || is(">") || is("]"))) {
            const int statement = open_.back();
            open_.pop_back();
            take(statement);
            if (open_.empty() || open_.back() != statement) finish(statement);
        } else if (is_type(Tokenizer::TYPE_IDENTIFIER)) {
            begin_statement();
        } else if (!open_.empty() && (is("{") || is("<") || is("["))) {  // an element of a list
            open_.push_back(open_.back());
            take(open_.back());
        } else {
            take(open_.empty() ? -1 : open_.back());
        }
    }

    void begin_statement() {
        const int statement = static_cast<int>(scan_.statements.size());
        scan_.statements.push_back({.field = lexemes_[at_].text, .begin = scan_.tokens[at_].begin});
        take(statement);
        const bool colon = is(":");
        if (colon) take(statement);
        if (is("{") || is("<") || is("[")) {
            take(statement);
            scan_.statements[statement].bracket = true;
            open_.push_back(statement);
        } else if (!begins_statement()) {
            take_value(statement, colon);
        }
    }

    void take_value(int statement, bool colon) {
        if (is("-")) take(statement);
        if (is_type(Tokenizer::TYPE_STRING)) {
            while (is_type(Tokenizer::TYPE_STRING)) take(statement);
        } else if (is_type(Tokenizer::TYPE_INTEGER) || is_type(Tokenizer::TYPE_FLOAT) || (colon && is_type(Tokenizer::TYPE_IDENTIFIER))) {
            take(statement);
        } else {
            return;
        }
        finish(statement);
    }

    Scan scan_;
    std::vector<Lexeme> lexemes_;
    std::vector<int> open_;  // statements whose bracket is open, once for every bracket
    size_t at_ = 0;
};

}  // namespace

Scan scan_statements(const Parsed& parsed) {
    return Scanner(parsed).scan();
}

}  // namespace remit::policy
