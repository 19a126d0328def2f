// Tools: names and labels, and what they cover.
#include <algorithm>

#include "policy/tool_draft.h"

namespace remit::policy {
namespace {

void check_own_name(ToolDraft& out, const pb::Tool& tool, const Place& place) {
    Draft& draft = out.draft;
    if (!tool.has_name()) {
        if (!place.damaged()) draft.error(place.here(), "missing-name", "the tool has no name", "begin it with name: \"…\"");
        return;
    }
    if (!check_name(draft, place.at("name"), "tool", tool.name())) return;
    const int other = draft.policy.find_tool(tool.name());
    if (other >= 0) {
        draft.error(place.at("name"), "duplicate-name",
                    "there already is a tool \"" + tool.name() + "\" (" + shown(draft, draft.policy.tools[other].position) + ")",
                    "give one of them another name, or put all into one tool");
        return;
    }
    out.tool.name = tool.name();
}

void check_label(ToolDraft& out, const std::string& label, Position position) {
    if (!check_name(out.draft, position, "label", label)) return;
    std::vector<std::string>& labels = out.draft.policy.labels;
    const size_t bit = static_cast<size_t>(std::ranges::find(labels, label) - labels.begin());
    if (bit == REMIT_MAX_LABELS)
        return out.draft.error(position, "too-many-labels", "a policy has at most 64 labels", "let tools share labels");
    if (bit == labels.size()) labels.push_back(label);
    out.tool.labels |= 1ULL << bit;
}

// Adds the tool to the draft, also when it has errors: other rules may name it.
void read_tool(Draft& draft, const pb::Tool& tool, const Place& place) {
    ToolDraft out{.draft = draft, .partial = place.damaged()};
    out.tool.position = place.here();
    out.tool.about = tool.about();
    out.tool.writable = tool.writable();
    check_text(draft, place.at("about"), "about", tool.about());
    check_own_name(out, tool, place);
    for (int i = 0; i < tool.label_size(); i++) check_label(out, tool.label(i), place.at("label", i));
    for (int i = 0; i < tool.program_size(); i++) read_program(out, tool.program(i), place.in("program", i));
    for (int i = 0; i < tool.endpoint_size(); i++) read_endpoint(out, tool.endpoint(i), place.in("endpoint", i));
    for (int i = 0; i < tool.listen_size(); i++) read_listen(out, tool.listen(i), place.in("listen", i));
    for (int i = 0; i < tool.socket_size(); i++) read_socket(out, tool.socket(i), place.in("socket", i));
    if (out.covers_nothing() && !out.partial)
        draft.error(place.here(), "empty-tool", "tool \"" + out.tool.name + "\" covers nothing",
                    "give it a program { path: \"…\" } or an endpoint { cidr: \"…\" }");
    for (UnixEndpoint& endpoint : out.unix_endpoints) {
        endpoint.tool = static_cast<uint16_t>(draft.policy.tools.size());
        draft.policy.unix_endpoints.push_back(std::move(endpoint));
    }
    draft.policy.tools.push_back(std::move(out.tool));
    draft.partial.push_back(out.partial);
}

}  // namespace

void check_tools(Draft& draft) {
    for (size_t file : draft.order) {
        const pb::Policy& policy = draft.files[file]->policy;
        for (int i = 0; i < policy.tool_size(); i++) {
            if (draft.policy.tools.size() == REMIT_MAX_TOOLS)
                return draft.error(draft.root(file).at("tool", i), "too-many-tools", "a policy has at most 256 tools",
                                   "put what is always granted together into one tool");
            read_tool(draft, policy.tool(i), draft.root(file).in("tool", i));
        }
    }
    number_unix_endpoints(draft);
    for (size_t file : draft.order) {
        const pb::Policy& policy = draft.files[file]->policy;
        for (int i = 0; i < policy.tool_size(); i++)
            for (int l = 0; l < policy.tool(i).label_size(); l++)
                if (draft.policy.find_tool(policy.tool(i).label(l)) >= 0)
                    draft.error(draft.root(file).in("tool", i).at("label", l), "duplicate-name",
                                "\"" + policy.tool(i).label(l) + "\" is a tool and cannot be a label too",
                                "rules name both alike: give the label a name of its own");
    }
}

}  // namespace remit::policy
