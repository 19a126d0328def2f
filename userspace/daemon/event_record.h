// What the kernel says of a crossing, as a record of the trail: numbers become the names of the session's policy. Pure; used by
// daemon/recorder.h.
#pragma once

#include <memory>
#include <string>

#include "abi/event.h"
#include "abi/socket.h"
#include "policy/model.h"
#include "trail/record.h"

namespace remit::daemon {

// What the daemon knows beside the event.
struct EventContext {
    std::shared_ptr<const trail::Session> session;
    const policy::Policy* policy = nullptr;  // nullptr: names are not known
    std::string program_path;                // of what the process runs; empty: not known
    std::string file_path;                   // of what it is about to run, or of the unix socket's file
    std::string program_sha256;              // empty: not known
    std::string file_sha256;
    std::string peer_path;                       // of the program that listens behind a unix socket
    std::string host;                            // the name by which the session got to know the address; empty: by none
    std::vector<std::string> answers, withheld;  // of a name that was looked up
    std::string crossing_id;                     // of the question that the crossing waited for
    bool answered_by_person = false;
};

// Whom a stamped socket talks to.
trail::EndpointObject endpoint_of(const remit_stamp& stamp);
// Ring bytes are outside input: true when version, cpu and enums are in range and texts are closed.
bool is_sound(const remit_event& event);
trail::Record record_of(const remit_event& event, const EventContext& context);
// Of a REMIT_MOVED or REMIT_TOUCHED; target_path: what the process that was aimed at runs.
trail::Record notice_record_of(const remit_event& event, const EventContext& context, const std::string& target_path);

// "tcp 10.1.2.3:443", "/usr/bin/nc": for one line of text.
std::string object_text(const trail::Object& object);
// Names a process over pid reuse, by its start in the clock ticks that /proc shows too.
std::string exec_id(uint32_t pid, uint64_t start_ns);

}  // namespace remit::daemon
