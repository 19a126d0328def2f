#include "base/text.h"
#include "cli/fields.h"
#include "cli/render.h"
#include "cli/report.h"

namespace remit::cli {
namespace {

using nlohmann::json;

std::string row_of(const json& traffic) {
    const std::string tool = text_of(traffic, "tool"), endpoint = object_in_words({{"object", traffic}});
    std::string row = "<tr><td>" + html(tool.empty() ? "(no tool)" : tool) + "</td><td>";
    row += endpoint.empty() ? "<span class=\"dim\">all others</span>" : "<code>" + html(endpoint) + "</code>";
    if (part_of(traffic, "listened") == true) row += " <span class=\"dim\">as a listener</span>";
    for (const char* key : {"bytes_out", "bytes_in"}) row += "</td><td class=\"n\">" + format_bytes(number_of(traffic, key));
    for (const char* key : {"packets_out", "packets_in"}) row += "</td><td class=\"n\">" + std::to_string(number_of(traffic, key));
    return row + "</td></tr>";
}

}  // namespace

std::string traffic_table(const Report& report) {
    std::string rows;
    for (const auto& [id, session] : report.sessions) {
        const json& traffic = part_of(session.totals, "traffic");
        if (!traffic.is_array()) continue;
        for (const json& each : traffic) rows += row_of(each);
    }
    if (rows.empty()) return {};
    return "<h2>Sent and received</h2><div class=\"scroll\"><table><thead><tr><th>Tool</th><th>Endpoint</th><th class=\"n\">Sent</th>"
           "<th class=\"n\">Received</th><th class=\"n\">Packets sent</th><th class=\"n\">Packets received</th></tr></thead><tbody>" +
           rows + "</tbody></table></div>";
}

}  // namespace remit::cli
