// Where exported records go: stdout, a syslog collector, an OTLP collector, the journal. Used by trail_export.cc.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "base/result.h"

namespace remit::cli {

// A record as it is sent, with what envelopes tell of it.
struct Parcel {
    std::string body;  // in the wanted format, one line
    std::string kind;
    std::string host;
    std::string ts;  // RFC 3339 with nanoseconds
    bool refused = false;
    nlohmann::json record{};  // as it was read
};

class Sink {
public:
    virtual ~Sink() = default;
    // Is it for this place at all?
    virtual bool wants(const Parcel&) const { return true; }
    // All of them have arrived, as far as the way there says so. Fails with kUnavailable where it may be tried again.
    virtual Result<void> send(const std::vector<Parcel>& parcels) = 0;
};

// "" or "-": out. syslog:unix:PATH, syslog:udp:HOST:PORT, syslog:tcp:HOST:PORT (RFC 5424; over TCP with octet counts, RFC 6587).
// journald, for refusals and what happens to sessions (cli/journal_sink.h).
// otlp:http://HOST:PORT[/PATH] (OTLP/HTTP with JSON; the path is /v1/logs where none is given).
Result<std::unique_ptr<Sink>> make_sink(const std::string& to, std::ostream& out);

// A message of RFC 5424, cut to what fits.
std::string syslog_message(const Parcel& parcel, size_t most_bytes);
// The body of an OTLP/HTTP request.
std::string otlp_request(const std::vector<Parcel>& parcels);

}  // namespace remit::cli
