// DNS messages (RFC 1035, EDNS of RFC 6891, errors of RFC 8914) as far as a resolver for A and AAAA needs them. Pure; all bytes are outside
// input. Used by names/ and daemon/.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace remit::names {

using Bytes = std::vector<uint8_t>;
using View = std::span<const uint8_t>;
// IPv4 as ::ffff:a.b.c.d.
using Address = std::array<uint8_t, 16>;

inline constexpr uint16_t kTypeA = 1;
inline constexpr uint16_t kTypeCname = 5;
inline constexpr uint16_t kTypeAaaa = 28;
inline constexpr uint16_t kTypeOpt = 41;
inline constexpr uint16_t kClassIn = 1;

enum class Rcode : uint8_t { kOk = 0, kFormatError = 1, kServerFailure = 2, kNoSuchName = 3, kNotImplemented = 4, kRefused = 5 };

// Why, for clients that speak EDNS.
enum class Extended : uint16_t { kNone = 0xffff, kFiltered = 17, kProhibited = 18, kNetworkError = 23 };

struct Question {
    uint16_t id = 0;
    bool recursion = false;
    uint16_t type = 0;
    uint16_t question_class = 0;
    std::string name;  // lower case, labels of letters, digits, "-" and "_"; empty: the root
    Bytes wire;        // the question section as it was sent: case is given back as it came
    bool edns = false;
    uint16_t largest = 512;  // bytes that a datagram to the client may have
};

// What cannot be a question: answered with an error, or not at all.
struct BadQuestion {
    bool silent = true;  // no header, or itself an answer
    uint16_t id = 0;
    Rcode rcode = Rcode::kFormatError;
};

std::variant<Question, BadQuestion> parse_question(View message);

struct Found {
    Address address{};
    uint32_t ttl = 0;  // the smallest of the whole chain
};

// What an upstream server said about a name.
struct Answer {
    Rcode rcode = Rcode::kServerFailure;
    struct Alias {
        std::string target;
        uint32_t ttl = 0;
    };
    std::vector<Alias> chain{};  // the aliases from the name asked on
    std::vector<Found> found{};
};

// Nothing for bytes that are no answer to this question. name: lower case. At most kMaxFound addresses and kMaxChain aliases are taken.
inline constexpr size_t kMaxFound = 64;
inline constexpr size_t kMaxChain = 16;
std::optional<Answer> parse_answer(View message, const std::string& name, uint16_t type);

// largest: of the answer; one that does not fit is cut to nothing and says so (TC). why: with EDNS only.
Bytes compose_answer(const Question& question, const Answer& answer, size_t largest, Extended why = Extended::kNone);
Bytes compose_error(const BadQuestion& bad);

// As datagram or stream message to ask with; for tests and the fuzzer.
Bytes compose_question(uint16_t id, const std::string& name, uint16_t type);

}  // namespace remit::names
