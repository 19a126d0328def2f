// The hash that chains lines: hex SHA-256 of 0x00 and the line without its line feed, which is its RFC 6962 leaf hash. Used within trail/.
#pragma once

#include <string>
#include <string_view>

#include "base/digest.h"

namespace remit::trail {

// Kept by those who hash many lines.
class Chain {
public:
    // Writes 64 hex digits over `out`.
    void hash(std::string_view line, std::string& out) {
        hash_.add(std::string_view("\0", 1));
        hash_.add(line);
        const Digest digest = hash_.finish();
        out.clear();
        append_hex(out, digest);
    }

private:
    Sha256 hash_;
};

inline std::string chain_hash(std::string_view line) {
    std::string out;
    Chain().hash(line, out);
    return out;
}

}  // namespace remit::trail
