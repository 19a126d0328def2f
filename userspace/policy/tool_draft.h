// A tool in the making: what it covers is read by one file each. Used by check_tools.cc and those files only.
#pragma once

#include <string>
#include <vector>

#include "policy/draft.h"

namespace remit::policy {

struct ToolDraft {
    Draft& draft;
    Tool tool{};
    std::vector<UnixEndpoint> unix_endpoints{};
    bool partial = false;  // what it covers is not all known

    void error(Position position, std::string code, std::string message, std::string hint) {
        partial = true;
        draft.error(position, std::move(code), std::move(message), std::move(hint));
    }
    void not_supported(Position position, std::string what, std::string hint) {
        partial = true;
        draft.not_supported(position, std::move(what), std::move(hint));
    }
    bool covers_nothing() const {
        return tool.programs.empty() && tool.endpoints.empty() && tool.hosts.empty() && tool.listens.empty() && tool.sockets.empty() &&
               unix_endpoints.empty();
    }
};

void read_program(ToolDraft& out, const pb::Program& program, const Place& place);
void read_endpoint(ToolDraft& out, const pb::Endpoint& endpoint, const Place& place);
void read_unix_endpoint(ToolDraft& out, const pb::Endpoint& endpoint, const Place& place);
void read_listen(ToolDraft& out, const pb::Listen& listen, const Place& place);
void read_socket(ToolDraft& out, const pb::Socket& socket, const Place& place);

// Numbers the unix sockets of all tools whose listener matters, once all tools are read.
void number_unix_endpoints(Draft& draft);

}  // namespace remit::policy
