// What every verb works with: where the daemon is, how to say things, and the exit status. Data go to out, messages to err.
#pragma once

#include <google/protobuf/message.h>

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>
#include <ostream>
#include <span>
#include <string>

#include "api/client.h"
#include "base/result.h"

namespace remit::cli {

// Is this process told that it is in a session? Then it asks about its own.
bool is_inside();

struct Cli {
    std::ostream& out;
    std::ostream& err;
    bool colour = false;  // out is a terminal that wants colours
    bool err_colour = false;
    std::string run_dir = api::kDefaultRunDir;
    bool json = false;
    int status = 0;
    bool inside = is_inside();  // asks about the session that this process is in

    // Says an error: as text with its hint on err, with --json as an object on out. Returns the exit status that belongs to it.
    int fail(const Error& error, const nlohmann::json& more = nlohmann::json::object());
    // The same for a failure that the daemon told, with the diagnostics of a policy; folder is put before their files.
    int fail(const control::v1::Failure& failure, const std::string& folder = "");
    // A JSON value, or a message as one, on out; one line.
    void print(const nlohmann::json& value);
    void print(const google::protobuf::Message& message);
};

// As print() has it.
nlohmann::json as_json(const google::protobuf::Message& message);

// One request, one answer. Nothing when it failed, which was said then; cli.status is set.
std::optional<control::v1::Response> ask(Cli& cli, const control::v1::Request& request);

// The same on the agent socket, about the session that this process is in.
std::optional<control::v1::Response> ask_inside(Cli& cli, const control::v1::Request& request);

// Text that may travel in a string field: bytes that are not UTF-8 become U+FFFD.
std::string utf8(std::string_view text);
// "2h" of an option; an empty text is 0. Fails with kUsage.
Result<uint64_t> duration_option(const std::string& text, const char* option);

// "remit run --policy P -- CMD": shown first in --help.
CLI::App* add_verb(CLI::App& parent, const char* name, const char* about, const char* example);

}  // namespace remit::cli
