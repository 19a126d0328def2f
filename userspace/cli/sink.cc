#include "cli/sink.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/journal_sink.h"

namespace remit::cli {
namespace {

using nlohmann::json;

// A collector that says nothing for so long is not there.
constexpr timeval kPatience{10, 0};
// Below the largest datagram of UDP over IPv4.
constexpr size_t kMostDatagram = 65'000;
constexpr size_t kMostStream = size_t{1} << 20;
constexpr size_t kMostAnswer = size_t{64} << 10;
constexpr int kDefaultSyslogPort = 514;
// RFC 5424: facility 10 (security), severities warning and informational.
constexpr int kFacility = 10, kWarning = 4, kNotice = 6;

Error unavailable(const std::string& what) {
    return {Code::kUnavailable, what, "what was not delivered is sent again with the same --cursor"};
}

Error not_reached(const std::string& place) {
    return unavailable("reach " + place + ": " + errno_error("").message);
}

struct Place {
    std::string host, port;
};

Result<Place> parse_place(const std::string& text, int default_port) {
    const bool ipv6 = text.starts_with('[');
    const size_t end = ipv6 ? text.find(']') : text.rfind(':');
    if (ipv6 && end == std::string::npos) return Error{Code::kUsage, text + " is no HOST:PORT", "write it as 127.0.0.1:514 or [::1]:514"};
    Place place;
    place.host = ipv6 ? text.substr(1, end - 1) : text.substr(0, end);
    const size_t colon = ipv6 ? text.find(':', end) : end;
    place.port = colon == std::string::npos ? std::to_string(default_port) : text.substr(colon + 1);
    if (place.host.empty() || place.port.empty()) return Error{Code::kUsage, text + " is no HOST:PORT", "write it as 127.0.0.1:514"};
    return place;
}

Result<Fd> connect_to(const Place& place, int type) {
    const std::string named = place.host + ":" + place.port;
    addrinfo wanted{};
    wanted.ai_socktype = type;
    addrinfo* found = nullptr;
    if (const int failed = getaddrinfo(place.host.c_str(), place.port.c_str(), &wanted, &found); failed != 0)
        return unavailable("reach " + named + ": " + gai_strerror(failed));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
    for (const addrinfo* each = found; each; each = each->ai_next) {
        Fd fd(socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, each->ai_protocol));
        if (!fd) continue;
        setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
        setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
        if (connect(fd.get(), each->ai_addr, each->ai_addrlen) == 0) return fd;
    }
    return not_reached(named);
}

class StreamSink : public Sink {
public:
    explicit StreamSink(std::ostream& out) : out_(out) {}
    Result<void> send(const std::vector<Parcel>& parcels) override {
        for (const Parcel& parcel : parcels) out_ << parcel.body << "\n";
        out_.flush();
        if (!out_) return Error{Code::kInternal, "write to stdout: nobody reads any more", ""};
        return {};
    }

private:
    std::ostream& out_;
};

// To a socket of AF_UNIX or over UDP, a datagram a message.
class DatagramSink : public Sink {
public:
    using Connect = Result<Fd> (*)(const std::string& place);
    DatagramSink(std::string place, Connect connect) : place_(std::move(place)), connect_(connect) {}
    Result<void> send(const std::vector<Parcel>& parcels) override {
        if (!fd_) {
            auto connected = connect_(place_);
            if (!connected) return std::move(connected).error();
            fd_ = *std::move(connected);
        }
        for (const Parcel& parcel : parcels) {
            const std::string message = syslog_message(parcel, kMostDatagram);
            if (::send(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL) >= 0) continue;
            auto failed = not_reached(place_);
            fd_ = Fd();
            return failed;
        }
        return {};
    }

private:
    std::string place_;
    Connect connect_;
    Fd fd_;
};

Result<Fd> connect_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return Error{Code::kUsage, path + " is too long for a socket", "name it by a shorter path"};
    path.copy(address.sun_path, path.size());
    Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd) return errno_error("make a socket");
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return not_reached(path);
    return fd;
}

Result<Fd> connect_udp(const std::string& text) {
    auto place = parse_place(text, kDefaultSyslogPort);
    if (!place) return std::move(place).error();
    return connect_to(*place, SOCK_DGRAM);
}

// TCP tells of no arrival: a connection that was lost takes along what its buffers held.
class SyslogStreamSink : public Sink {
public:
    explicit SyslogStreamSink(Place place) : place_(std::move(place)) {}
    Result<void> send(const std::vector<Parcel>& parcels) override {
        if (!fd_ || was_closed()) {
            auto connected = connect_to(place_, SOCK_STREAM);
            if (!connected) return std::move(connected).error();
            fd_ = *std::move(connected);
        }
        std::string bytes;
        for (const Parcel& parcel : parcels) {
            const std::string message = syslog_message(parcel, kMostStream);
            bytes += std::to_string(message.size()) + " " + message;
        }
        if (write_all(fd_.get(), bytes, place_.host)) return {};
        auto failed = not_reached(place_.host + ":" + place_.port);
        fd_ = Fd();
        return failed;
    }

private:
    // A syslog collector never speaks: what can be read is the end.
    bool was_closed() const {
        char byte = 0;
        return recv(fd_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
    }

    Place place_;
    Fd fd_;
};

// One request a batch, each on a connection of its own: the answer is the acknowledgement.
class OtlpSink : public Sink {
public:
    OtlpSink(Place place, std::string path) : place_(std::move(place)), path_(std::move(path)) {}
    Result<void> send(const std::vector<Parcel>& parcels) override {
        auto fd = connect_to(place_, SOCK_STREAM);
        if (!fd) return std::move(fd).error();
        const std::string body = otlp_request(parcels);
        const std::string head =
            "POST " + path_ + " HTTP/1.1\r\nHost: " + place_.host + ":" + place_.port +
            "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
        if (!write_all(fd->get(), head + body, place_.host)) return not_reached(named());
        std::string answer;
        std::array<char, 4096> piece{};
        for (ssize_t got = 0; answer.size() < kMostAnswer && (got = read(fd->get(), piece.data(), piece.size())) > 0;)
            answer.append(piece.data(), static_cast<size_t>(got));
        // "HTTP/1.1 200 OK"
        const std::string status = answer.starts_with("HTTP/1.") && answer.size() > 12 ? answer.substr(9, 3) : "";
        if (status.starts_with("2")) return {};
        if (status.empty() || status.starts_with("5") || status == "429" || status == "408")
            return unavailable(named() + " answers " + (status.empty() ? "nothing" : "HTTP " + status));
        return Error{Code::kBadData, named() + " refuses the records with HTTP " + status,
                     "is " + path_ + " where it takes OTLP/HTTP logs?"};
    }

private:
    std::string named() const { return "http://" + place_.host + ":" + place_.port + path_; }
    Place place_;
    std::string path_;
};

Error no_such_place(const std::string& to) {
    return {Code::kUsage, "--to " + to + " is no place that records can be sent to",
            "write journald, syslog:unix:/dev/log, syslog:udp:HOST:PORT, syslog:tcp:HOST:PORT or otlp:http://HOST:PORT"};
}

}  // namespace

std::string syslog_message(const Parcel& parcel, size_t most_bytes) {
    // Six decimals at most.
    const std::string time = parcel.ts.size() > 27 ? parcel.ts.substr(0, 26) + "Z" : parcel.ts;
    std::string message = "<" + std::to_string(kFacility * 8 + (parcel.refused ? kWarning : kNotice)) + ">1 " +
                          (time.empty() ? "-" : time) + " " + (parcel.host.empty() ? "-" : parcel.host) + " remit " +
                          std::to_string(getpid()) + " " + parcel.kind + " - " + parcel.body;
    if (message.size() > most_bytes) message.resize(most_bytes);
    return message;
}

std::string otlp_request(const std::vector<Parcel>& parcels) {
    constexpr int kInfo = 9, kWarn = 13;  // SeverityNumber
    json records = json::array();
    for (const Parcel& parcel : parcels) {
        const auto time = parse_time(parcel.ts);
        records.push_back({{"timeUnixNano", std::to_string(time ? *time : 0)},
                           {"observedTimeUnixNano", std::to_string(wall_ns())},
                           {"severityNumber", parcel.refused ? kWarn : kInfo},
                           {"severityText", parcel.refused ? "WARN" : "INFO"},
                           {"body", {{"stringValue", parcel.body}}},
                           {"attributes", json::array({{{"key", "event.name"}, {"value", {{"stringValue", "remit." + parcel.kind}}}}})}});
    }
    const std::string host = parcels.empty() ? "" : parcels.front().host;
    const json resource{{"attributes", json::array({{{"key", "service.name"}, {"value", {{"stringValue", "remit"}}}},
                                                    {{"key", "host.name"}, {"value", {{"stringValue", host}}}}})}};
    const json scope{{"scope", {{"name", "remit.trail"}}}, {"logRecords", std::move(records)}};
    const json request{{"resourceLogs", json::array({{{"resource", resource}, {"scopeLogs", json::array({scope})}}})}};
    return request.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<std::unique_ptr<Sink>> make_sink(const std::string& to, std::ostream& out) {
    using Made = std::unique_ptr<Sink>;
    const auto rest = [&](std::string_view prefix) { return to.substr(prefix.size()); };
    if (to.empty() || to == "-") return Made(std::make_unique<StreamSink>(out));
    if (to == "journald") return make_journal_sink();
    if (to.starts_with("syslog:unix:")) return Made(std::make_unique<DatagramSink>(rest("syslog:unix:"), connect_unix));
    if (to.starts_with("syslog:udp:")) {
        if (auto place = parse_place(rest("syslog:udp:"), kDefaultSyslogPort); !place) return std::move(place).error();
        return Made(std::make_unique<DatagramSink>(rest("syslog:udp:"), connect_udp));
    }
    if (to.starts_with("syslog:tcp:")) {
        auto place = parse_place(rest("syslog:tcp:"), kDefaultSyslogPort);
        if (!place) return std::move(place).error();
        return Made(std::make_unique<SyslogStreamSink>(*std::move(place)));
    }
    if (to.starts_with("otlp:http://")) {
        constexpr int kOtlpPort = 4318;
        const std::string address = rest("otlp:http://");
        const size_t slash = address.find('/');
        auto place = parse_place(address.substr(0, slash), kOtlpPort);
        if (!place) return std::move(place).error();
        const std::string path = slash == std::string::npos || slash + 1 == address.size() ? "/v1/logs" : address.substr(slash);
        return Made(std::make_unique<OtlpSink>(*std::move(place), path));
    }
    return no_such_place(to);
}

}  // namespace remit::cli
