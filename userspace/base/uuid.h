// UUIDs of version 7 (RFC 9562): ids of sessions and questions, that sort by the time they were made. Usable everywhere.
#pragma once

#include <string>

namespace remit {

// 48 bits of wall time in milliseconds, 12 bits of the fraction below, 62 random bits; lower case with hyphens.
std::string new_uuid();

}  // namespace remit
