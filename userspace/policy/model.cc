#include "policy/model.h"

namespace remit::policy {

int Policy::find_tool(std::string_view tool) const {
    if (tool.empty()) return -1;  // tools whose name is in error have none
    for (size_t i = 0; i < tools.size(); i++)
        if (tools[i].name == tool) return static_cast<int>(i);
    return -1;
}

int Policy::find_mark(std::string_view mark) const {
    if (const int tool = find_tool(mark); tool >= 0) return tool;
    for (size_t i = 0; i < labels.size(); i++)
        if (labels[i] == mark) return static_cast<int>(REMIT_FIRST_LABEL + i);
    return -1;
}

}  // namespace remit::policy
