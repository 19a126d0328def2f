// The hash that chains lines: SHA-256 of 0x00 and the line without its line feed, which is its RFC 6962 leaf hash. Used within trail/.
#pragma once

#include <string>
#include <string_view>

#include "base/digest.h"

namespace remit::trail {

// Kept by those who hash many lines.
class Chain {
public:
    Digest leaf(std::string_view line) {
        hash_.add(std::string_view("\0", 1));
        hash_.add(line);
        return hash_.finish();
    }

private:
    Sha256 hash_;
};

inline std::string chain_hash(std::string_view line) {
    return hex(Chain().leaf(line));
}

}  // namespace remit::trail
