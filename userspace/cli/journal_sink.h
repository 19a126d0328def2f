// The journal of systemd as a place for records: refusals and what happens to sessions, with fields to search by. Used by sink.cc and
// trail_export.cc.
#pragma once

#include <memory>

#include "cli/sink.h"

namespace remit::cli {

// journald's socket is where libsystemd looks for it.
std::unique_ptr<Sink> make_journal_sink();

// "NAME=value" of one entry, in the order of docs/collecting.md. Pure.
std::vector<std::string> journal_fields(const Parcel& parcel);

}  // namespace remit::cli
