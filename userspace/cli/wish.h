// What a question that waits is about, for lists that say elsewhere whose it is: pending, top.
#pragma once

#include <string>

#include "userspace/api/control.pb.h"

namespace remit::cli {

// Without the words about the session that stand before it.
inline std::string wish_of(const control::v1::Pendings::Question& question) {
    const std::string& text = question.text();
    const size_t end = text.starts_with("session " + question.session()) ? text.find(") ") : std::string::npos;
    return end == std::string::npos ? text : text.substr(end + 2);
}

}  // namespace remit::cli
