// Endpoints by name: which rules are about a name, and what an address is worth that a name was found to have. Usable by everyone above
// policy/.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/tables.h"
#include "policy/model.h"
#include "policy/zones.h"

namespace remit::policy {

// name: plain (plain_host_name). Whole labels only: "*.docs.example" covers "a.docs.example", neither "docs.example" nor "mydocs.example".
bool covers_name(const Host& host, std::string_view name);

// The host rules of a policy and of those that it is within, which must outlive it, found by name in the time that the name's labels take.
class Hosts {
public:
    struct Rule {
        size_t layer = 0;  // as in Effect
        uint16_t tool = 0;
        const Host* host = nullptr;
    };

    explicit Hosts(const Policy& policy);

    void each_rule(const std::string& name, const std::function<void(const Rule&)>& visit) const;
    bool covers(const std::string& name) const;
    // The names as they are written, each once. "*.docs.example" as a name is what only the wildcard covers.
    void each_text(const std::function<void(const std::string&)>& visit) const;

private:
    std::map<std::string, std::vector<Rule>, std::less<>> by_text_;
};

// What is worth the same shares a zone.
using Worth = std::vector<Effect>;

// Of an address that these names were found to have: the host rules for any of them, and the address rules that cover it. nullopt: the
// names alone, whatever their address is.
Worth worth_of(const Policy& policy, const Hosts& hosts, std::span<const std::string> names, const std::optional<Address>& address);
// The ports of a zone of such addresses.
std::vector<Tables::Port> ports_of(const Policy& policy, const Worth& worth, uint32_t zone);
// Does a rule for addresses cover it, at any port?
bool covers_address(const Policy& policy, const Address& address);

// What covers a name: a toolset for each range of ports that is not like the others. One, empty, when no tool does.
std::vector<remit_toolset> name_toolsets(const Policy& policy, const Hosts& hosts, const std::string& name);
// Of two verdicts on these the one that goes further.
bool better(const remit_verdict& verdict, const remit_verdict& than);

}  // namespace remit::policy
