#include "cli/cli.h"

#include <google/protobuf/util/json_util.h>

#include <cstdlib>

#include "base/clock.h"
#include "base/text.h"
#include "cli/table.h"

namespace remit::cli {
namespace {

using nlohmann::json;

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string diagnostic_text(const control::v1::Diagnostic& diagnostic, const std::string& folder) {
    std::string line =
        folder + diagnostic.file() + ":" + std::to_string(diagnostic.line()) + ":" + std::to_string(diagnostic.column()) + ": ";
    line += (diagnostic.warning() ? "warning: " : "") + diagnostic.code() + ": " + diagnostic.message();
    if (!diagnostic.hint().empty()) line += "\n    " + printable(diagnostic.hint());
    return line;
}

json diagnostic_json(const control::v1::Diagnostic& diagnostic, const std::string& folder) {
    return {{"file", folder + diagnostic.file()}, {"line", diagnostic.line()}, {"column", diagnostic.column()},
            {"warning", diagnostic.warning()},    {"code", diagnostic.code()}, {"message", diagnostic.message()},
            {"hint", diagnostic.hint()}};
}

// Empty: it cannot be told.
std::string json_text(const google::protobuf::Message& message) {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    options.always_print_primitive_fields = true;
    std::string text;
    return google::protobuf::util::MessageToJsonString(message, &text, options).ok() ? text : std::string();
}

}  // namespace

int Cli::fail(const Error& error, const nlohmann::json& more) {
    status = static_cast<int>(error.code);
    if (json) {
        nlohmann::json shown{{"code", status}, {"message", error.message}};
        if (!error.hint.empty()) shown["hint"] = error.hint;
        shown.update(more);
        print(nlohmann::json{{"error", shown}});
        return status;
    }
    err << paint("remit:", kRed, err_colour) << " " << printable(error.message) << "\n";
    if (!error.hint.empty()) err << "    " << printable(error.hint) << "\n";
    err.flush();
    return status;
}

int Cli::fail(const control::v1::Failure& failure, const std::string& folder) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& diagnostic : failure.diagnostics()) {
        if (json)
            list.push_back(diagnostic_json(diagnostic, folder));
        else
            err << diagnostic_text(diagnostic, folder) << "\n";
    }
    return fail(api::to_error(failure), list.empty() ? nlohmann::json::object() : nlohmann::json{{"diagnostics", list}});
}

void Cli::print(const nlohmann::json& value) {
    out << dump(value) << "\n" << std::flush;
}

void Cli::print(const google::protobuf::Message& message) {
    if (const std::string text = json_text(message); !text.empty()) out << text << "\n" << std::flush;
}

nlohmann::json as_json(const google::protobuf::Message& message) {
    return nlohmann::json::parse(json_text(message), nullptr, false);
}

static std::optional<control::v1::Response> call(Cli& cli, Result<api::Client> client, const control::v1::Request& request) {
    if (!client) {
        cli.fail(client.error());
        return std::nullopt;
    }
    auto response = client->call(request);
    if (!response) {
        cli.fail(response.error());
        return std::nullopt;
    }
    if (response->has_failure()) {
        cli.fail(response->failure());
        return std::nullopt;
    }
    return *std::move(response);
}

std::optional<control::v1::Response> ask(Cli& cli, const control::v1::Request& request) {
    return call(cli, api::Client::connect(cli.run_dir), request);
}

std::optional<control::v1::Response> ask_inside(Cli& cli, const control::v1::Request& request) {
    return call(cli, api::Client::connect_inside(cli.run_dir), request);
}

bool is_inside() {
    const char* session = std::getenv("REMIT_SESSION");
    return session && *session;
}

std::string utf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        Character character = first_character(text);
        size_t length = std::max<size_t>(character.length, 1);
        bool broken = character.code == 0xfffd && length == 1;
        out += broken ? kReplacement : text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

Result<uint64_t> duration_option(const std::string& text, const char* option) {
    if (text.empty()) return uint64_t{0};
    auto duration = parse_duration(text);
    if (!duration || *duration == 0)
        return Error{Code::kUsage, std::string(option) + " " + text + " is no duration", "write it as 90s, 30m, 2h or 1h30m"};
    return duration;
}

CLI::App* add_verb(CLI::App& parent, const char* name, const char* about, const char* example) {
    CLI::App* verb = parent.add_subcommand(name, about);
    verb->footer(example);
    return verb;
}

}  // namespace remit::cli
